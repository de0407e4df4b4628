//! `[audit]`: what the audit record is chained with.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use store::AuditKeys;

use super::env::Env;
use super::online::secret_in;
use super::problems::Found;
use super::secrets::{Names, SecretAt, secret};
use super::section::Section;
use super::{Config, Problems};

/// The key of the audit record, as far as it was said.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Where it is; without one the chain is made with a key that everybody knows.
    pub key: Option<SecretAt>,
}

const KEY: Names =
    Names { variable: "ROLLCALL_AUDIT_KEY", plain: "key", file: "key_file", renew: "make another key" };

/// `[audit]`.
pub(super) fn audit(top: &Section<'_>, env: &Env, folder: &Path) -> Audit {
    let section = top.section("audit");
    let key = secret(&section, env, folder, &KEY);
    section.close();
    Audit { key }
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
