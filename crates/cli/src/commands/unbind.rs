//! `rollcall unbind`: a store that was bound to one tenant may be used for another.

use diff::Tenant;
use serde_json::json;

use crate::args::Global;
use crate::output::Format;
use crate::{Exit, Output, Result, hints, session};

/// Unbinds the store from the tenant of that name, and from no other.
pub(super) async fn run(tenant: String, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    let tenant = Tenant::new(tenant);
    store.unbind(&tenant).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&format!("unbound from {tenant}\n")),
        Format::Json => output.json(&json!({ "unbound": tenant })),
    }
    output.say("the next apply binds it to the tenant that is configured then");
    Ok(Exit::Done)
}
