//! Who sits at the command line: whom a token names, or else whom the operating system says.

use diff::Approver;
use engine::Engine;
use secrecy::SecretString;
use store::Act;

use crate::args::Global;
use crate::config::Env;
use crate::{OrFail as _, Result, files, hints};

/// The variable that holds a token. Never an argument: those stand in the list of processes.
const VARIABLE: &str = "ROLLCALL_TOKEN";

/// Who acts: verified where a token is shown, whose role must allow it then.
pub(crate) async fn actor(engine: &Engine, global: &Global, act: Act) -> Result<Approver> {
    let seen = approver();
    match token(global)? {
        Some(token) => engine.identify(&token, act, &seen).await.map_err(hints::token),
        None => Ok(seen),
    }
}

/// The file wins, because it was named for this very command.
fn token(global: &Global) -> Result<Option<SecretString>> {
    let Some(path) = &global.token_file else {
        return Ok(Env::Process.get(VARIABLE).map(SecretString::from));
    };
    let next = "name a file that holds the token alone: --token-file FILE";
    let text = files::read_text(path, files::LONGEST_SECRET)
        .or_fail(format!("read the token in {}", path.display()), next)?;
    Ok(Some(text.into()))
}

/// `os-user@host`. Unverified: anybody who may log in there can claim it.
pub(crate) fn approver() -> Approver {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    Approver::Unverified { name: format!("{user}@{}", host()) }
}

/// `host:pid`, by which people find the process that holds a lease.
pub(crate) fn holder() -> String {
    format!("{}:{}", host(), std::process::id())
}

fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}
