//! What must have been said before a database or a tenant can be reached.

use std::path::Path;

use auth0::Domain;
use secrecy::SecretString;

use super::problems::Found;
use super::{Config, Problems, SecretAt};
use crate::files;

/// Addresses of the two databases.
#[derive(Debug, Clone)]
pub struct Databases {
    /// Where the employee table is.
    pub source: SecretString,
    /// Where everything of ours is.
    pub store: SecretString,
}

/// The tenant, with the secret at hand.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its domain, or the loopback address of a simulator.
    pub domain: Domain,
    /// The machine-to-machine application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

impl Config {
    /// The databases.
    ///
    /// # Errors
    /// One was not said.
    pub fn databases(&self) -> Result<Databases, Problems> {
        let found = Found::default();
        for database in [&self.source.database, &self.store] {
            if database.url.is_none() {
                let fix = format!("set {}, such as sqlite://rollcall.db", database.variable);
                found.missing(&database.variable, "no database is configured", &fix);
            }
        }
        let source = self.source.database.url.clone();
        let databases = source.zip(self.store.url.clone()).map(|(source, store)| Databases { source, store });
        found.or(databases).map(|it| it.expect("whatever was missing was found above"))
    }

    /// The tenant; a secret in a file is read now.
    ///
    /// # Errors
    /// Everything that was not said, at once, and a secret file that cannot be read.
    pub fn tenant(&self) -> Result<Tenant, Problems> {
        let found = Found::default();
        let domain = self.auth0.domain.clone();
        if domain.is_none() {
            found.missing("AUTH0_DOMAIN", "no tenant is configured", "set AUTH0_DOMAIN, or [auth0] domain");
        }
        let client_id = self.auth0.client_id.clone().filter(|it| !it.is_empty());
        if client_id.is_none() {
            let fix = "set AUTH0_CLIENT_ID, or [auth0] client_id, to the machine-to-machine application's";
            found.missing("AUTH0_CLIENT_ID", "no application is configured", fix);
        }
        let secret = self.client_secret(&found);
        let tenant = domain.zip(client_id).zip(secret).map(|((domain, client_id), client_secret)| Tenant {
            domain,
            client_id,
            client_secret,
        });
        found.or(tenant).map(|it| it.expect("whatever was missing was found above"))
    }

    fn client_secret(&self, found: &Found) -> Option<SecretString> {
        let path = match self.auth0.client_secret.as_ref() {
            Some(SecretAt::Variable(secret)) => return Some(secret.clone()),
            Some(SecretAt::File(path)) => path,
            None => {
                let fix = "set AUTH0_CLIENT_SECRET in the environment, or [auth0] client_secret_file";
                found.missing("AUTH0_CLIENT_SECRET", "no client secret is configured", fix);
                return None;
            }
        };
        let what = match secret_in(path) {
            Ok(secret) => return Some(secret),
            Err(what) => what,
        };
        found.missing(
            "client_secret_file",
            &what,
            "write the secret alone into the file, readable by you only",
        );
        None
    }
}

/// The secret that a file holds, or what is wrong with the file.
pub(super) fn secret_in(path: &Path) -> Result<SecretString, String> {
    match files::read_text(path, files::LONGEST_SECRET) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned().into()),
        Ok(_) => Err(format!("{} is empty", path.display())),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}
