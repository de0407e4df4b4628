//! `[audit]`: what the audit record is chained with.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use store::AuditKeys;

use super::env::Env;
use super::online::secret_in;
use super::problems::Found;
use super::section::Section;
use super::{Config, Problems, SecretAt};

/// The key of the audit record, as far as it was said.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Where it is; without one the chain is made with a key that everybody knows.
    pub key: Option<SecretAt>,
}

/// `[audit]`.
pub(super) fn audit(top: &Section<'_>, env: &Env, folder: &Path) -> Audit {
    let section = top.section("audit");
    if let Some(written) = section.text("key") {
        let fix = "set ROLLCALL_AUDIT_KEY in the environment, or write key_file = \"PATH\"; and make another key, if \
                   others could read the file";
        section.found().add(written.problem("a secret does not belong into this file", fix));
    }
    let file = section.text("key_file").map(|it| SecretAt::File(folder.join(it.value)));
    section.close();
    let variable = env.text("ROLLCALL_AUDIT_KEY").map(|it| SecretAt::Variable(it.value.into()));
    let named = env.text("ROLLCALL_AUDIT_KEY_FILE").map(|it| SecretAt::File(it.value.into()));
    Audit { key: variable.or(named).or(file) }
}

impl Config {
    /// The keys of the audit record; those in a file are read now.
    ///
    /// # Errors
    /// A file that cannot be read, or a key that could be guessed.
    pub fn audit_keys(&self) -> Result<AuditKeys, Problems> {
        let (place, secret) = match &self.audit.key {
            None => return Ok(AuditKeys::none()),
            Some(SecretAt::Variable(secret)) => ("ROLLCALL_AUDIT_KEY", Ok(secret.clone())),
            Some(SecretAt::File(path)) => ("[audit] key_file", secret_in(path)),
        };
        let parse = |it: SecretString| AuditKeys::parse(it.expose_secret()).map_err(|it| it.to_string());
        let found = Found::default();
        let keys = secret.and_then(parse).unwrap_or_else(|what| {
            found.missing(
                place,
                &what,
                "write a random key, such as `openssl rand -hex 32` makes, and nothing else",
            );
            AuditKeys::none()
        });
        found.or(keys)
    }
}
