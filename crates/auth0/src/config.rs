//! What the client needs to know.

use std::time::Duration;

use diff::{ConnectionName, RatePlan};
use secrecy::{ExposeSecret, SecretString};

use crate::domain::Domain;
use crate::listing::ManyUsers;

/// Where Auth0 is, who we are there, and how hard we may press. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// The tenant's domain, or a custom domain of it.
    pub domain: Domain,
    /// The machine-to-machine application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The Management API's identifier; `https://{domain}/api/v2/` where absent. With a custom domain
    /// it stays that of the tenant's own domain.
    pub audience: Option<String>,
    /// The connection whose users are managed.
    pub connection: ConnectionName,
    /// How more users are read than the search gives out.
    pub many_users: ManyUsers,
    /// What the tenant allows, as far as known; rate-limit headers correct it.
    pub rate_plan: RatePlan,
    /// How much of it is ours: the rest is for logins and other applications.
    pub share: f64,
    /// How many calls may wait for their answers at once.
    pub max_in_flight: usize,
    /// From sending a request to the last byte of its answer.
    pub request_timeout: Duration,
    /// The same for the file of an export, which may be large.
    pub download_timeout: Duration,
    /// How long before its expiry a token is renewed.
    pub token_refresh_buffer: Duration,
    /// How often a call is repeated.
    pub max_retries: u32,
    /// The wait before the first repetition; each further one is twice as long.
    pub retry_backoff: Duration,
}

/// A hundredth: of Auth0's smallest plan that is still more than a call a minute.
pub const SMALLEST_SHARE: f64 = 0.01;

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No client id.
    #[error("the client id is empty; set AUTH0_CLIENT_ID to that of the machine-to-machine application")]
    NoClientId,
    /// No secret.
    #[error(
        "the client secret is empty; set AUTH0_CLIENT_SECRET to that of the machine-to-machine application"
    )]
    NoClientSecret,
    /// Less than [`SMALLEST_SHARE`], or more than 1.
    #[error("the share of the rate limit is {0}, and must be at least {SMALLEST_SHARE} and at most 1")]
    Share(f64),
    /// No call could ever be made.
    #[error("max_in_flight is 0, and must be at least 1")]
    NoneInFlight,
    /// No answer could ever come.
    #[error("the request timeout is 0, and must be longer")]
    NoTime,
    /// The machine has no certificates, or none that can be read.
    #[error("an encrypted connection cannot be prepared")]
    Http(#[source] reqwest::Error),
}

impl Config {
    /// The defaults for everything that has one.
    pub fn new(domain: Domain, client_id: impl Into<String>, client_secret: SecretString) -> Self {
        Self {
            domain,
            client_id: client_id.into(),
            client_secret,
            audience: None,
            connection: ConnectionName::new("Username-Password-Authentication"),
            many_users: ManyUsers::default(),
            rate_plan: RatePlan::default(),
            share: 0.8,
            max_in_flight: 64,
            request_timeout: Duration::from_secs(10),
            // A gigabyte at a megabyte a second takes less; a file that drips is given up.
            download_timeout: Duration::from_mins(20),
            token_refresh_buffer: Duration::from_mins(5),
            max_retries: 3,
            retry_backoff: Duration::from_secs(1),
        }
    }

    /// Whether the other says the very same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let Self {
            domain,
            client_id,
            client_secret,
            audience,
            connection,
            many_users,
            rate_plan,
            share,
            max_in_flight,
            request_timeout,
            download_timeout,
            token_refresh_buffer,
            max_retries,
            retry_backoff,
        } = self;
        *domain == other.domain
            && *client_id == other.client_id
            && client_secret.expose_secret() == other.client_secret.expose_secret()
            && *audience == other.audience
            && *connection == other.connection
            && *many_users == other.many_users
            && *rate_plan == other.rate_plan
            && share.to_bits() == other.share.to_bits()
            && *max_in_flight == other.max_in_flight
            && *request_timeout == other.request_timeout
            && *download_timeout == other.download_timeout
            && *token_refresh_buffer == other.token_refresh_buffer
            && *max_retries == other.max_retries
            && *retry_backoff == other.retry_backoff
    }

    /// What a token is asked for.
    pub(crate) fn audience(&self) -> String {
        self.audience.clone().unwrap_or_else(|| self.domain.default_audience())
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.client_id.trim().is_empty() {
            return Err(ConfigError::NoClientId);
        }
        if self.client_secret.expose_secret().trim().is_empty() {
            return Err(ConfigError::NoClientSecret);
        }
        if !(SMALLEST_SHARE..=1.0).contains(&self.share) {
            return Err(ConfigError::Share(self.share));
        }
        if self.max_in_flight == 0 {
            return Err(ConfigError::NoneInFlight);
        }
        if self.request_timeout.is_zero() {
            return Err(ConfigError::NoTime);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::new("tenant.eu.auth0.com".parse().unwrap(), "id", "hush".into())
    }

    #[test]
    fn the_secret_is_not_in_debug() {
        assert!(!format!("{:?}", config()).contains("hush"));
    }

    #[test]
    fn values_that_cannot_work_are_refused() {
        assert!(config().check().is_ok());
        assert!(matches!(Config { share: 0.0, ..config() }.check(), Err(ConfigError::Share(_))));
        assert!(matches!(Config { share: f64::NAN, ..config() }.check(), Err(ConfigError::Share(_))));
        assert!(matches!(Config { share: 1e-300, ..config() }.check(), Err(ConfigError::Share(_))));
        let hasty = Config { request_timeout: Duration::ZERO, ..config() };
        assert!(matches!(hasty.check(), Err(ConfigError::NoTime)));
        assert!(matches!(Config { max_in_flight: 0, ..config() }.check(), Err(ConfigError::NoneInFlight)));
        let nameless = Config { client_id: " ".into(), ..config() };
        assert!(matches!(nameless.check(), Err(ConfigError::NoClientId)));
        let secretless = Config { client_secret: "".into(), ..config() };
        assert!(matches!(secretless.check(), Err(ConfigError::NoClientSecret)));
    }

    #[test]
    fn the_audience_of_a_custom_domain_is_the_tenants_own() {
        assert_eq!(config().audience(), "https://tenant.eu.auth0.com/api/v2/");
        let own = "https://tenant.eu.auth0.com/api/v2/";
        let custom =
            Config { domain: "login.example.com".parse().unwrap(), audience: Some(own.into()), ..config() };
        assert_eq!(custom.audience(), own);
    }
}
