//! What a tenant says about itself.

use axum::http::StatusCode;
use serde_json::json;

use crate::{answer::Answer, call::Call, error::Refusal, params::Fields, tenant::Tenant};

/// `GET /tenants/settings`
pub(crate) fn tenant(_: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let settings = json!({
        "friendly_name": "Simulated tenant",
        "support_email": "support@example.com",
        "default_directory": "",
        "default_audience": "",
        "sandbox_version": "22",
        "session_lifetime": 168,
        "idle_session_lifetime": 72,
        "enabled_locales": ["en"],
        "flags": {"enable_client_connections": false},
    });
    Ok(Answer::ok(&fields.cut(settings)))
}

/// `GET /custom-domains`: none.
pub(crate) fn custom_domains(_: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    if call.query.integer("take", (1, 100), "Number of results per page. Defaults to 50")?.is_some() {
        return Ok(Answer::ok(&json!({"custom_domains": []})));
    }
    Ok(Answer::ok(&json!([])))
}

/// `GET /emails/provider`: none of its own, so mails go out through the built-in one.
pub(crate) fn email_provider(_: &mut Tenant, _: &Call) -> Result<Answer, Refusal> {
    let message = "There is not a configured email provider";
    Err(Refusal::coded(StatusCode::NOT_FOUND, message, "inexistent_email_provider"))
}
