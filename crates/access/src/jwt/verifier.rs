//! From the text of a token to who shows it.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use crate::jwt::algorithm::Algorithm;
use crate::jwt::config::{Config, ConfigError};
use crate::jwt::error::Error;
use crate::jwt::fetch::Source;
use crate::jwt::identity::Identity;
use crate::jwt::jws::Jws;
use crate::jwt::keyring::Keyring;

/// What tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Verifies the tokens of one tenant for one audience. Clones share the tenant's keys.
#[derive(Clone)]
pub struct Verifier {
    config: Arc<Config>,
    keys: Keyring,
    now: Clock,
}

impl Verifier {
    /// Asks nobody yet: the keys are fetched for the first token.
    ///
    /// # Errors
    /// A configuration that could not work, or would not be safe.
    pub fn new(
        config: Config,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        let now: Clock = Arc::new(now);
        let source = Source::new(config.keys_at()?, config.request_timeout)?;
        let keys = Keyring::new(source, config.key_times, Arc::clone(&now));
        Ok(Self { config: Arc::new(config), keys, now })
    }

    /// Who shows the token. It has to be called in a Tokio runtime, since it may ask the tenant for its keys.
    ///
    /// # Errors
    /// All but [`Error::KeysUnavailable`] are about the token.
    pub async fn verify(&self, token: &SecretString) -> Result<Identity, Error> {
        let jws = Jws::read(token.expose_secret())?;
        let algorithm = Algorithm::read(jws.algorithm())?;
        let key = self.keys.key(jws.key_id(), algorithm).await?;
        let claims = jws.open(&key)?;
        claims.check(&self.config, (self.now)())?;
        Identity::new(&claims, &self.config.roles)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("config", &self.config).finish_non_exhaustive()
    }
}
