//! Who sits at the command line, as far as the operating system says.

use diff::Approver;

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
