//! Which tokens are accepted, and how long the tenant's keys are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use url::{Host, Url};

use crate::Role;

/// Which tokens are accepted.
#[derive(Clone, Debug)]
pub struct Config {
    /// The tenant, as its tokens name it: `https://tenant.eu.auth0.com/`, with the slash at the end. A custom
    /// domain is another issuer.
    pub issuer: String,
    /// What the tokens are for: the identifier of our API in the tenant.
    pub audience: String,
    /// Where the keys are; `.well-known/jwks.json` of the issuer where nothing is said.
    pub jwks_url: Option<String>,
    /// How a token says what its holder may do.
    pub roles: RoleClaim,
    /// How far the tenant's clock and ours may differ, at most [`Self::MOST_LEEWAY`].
    pub leeway: Duration,
    /// How long keys are kept, and how often they are fetched.
    pub key_times: KeyTimes,
    /// How long the tenant has to answer.
    pub request_timeout: Duration,
}

/// How long keys are kept, and how often they are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    /// The least time between two fetches, whoever asks: callers choose the key that a token names, and shall not
    /// choose how often we ask the tenant.
    pub between_fetches: Duration,
    /// From which age on they are fetched anew, beside a request that goes on with the old.
    pub stale_after: Duration,
    /// Up to which age they are used while the tenant cannot be asked.
    pub dead_after: Duration,
}

/// The claim in which a token says what its holder may do, and what each of its values means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleClaim {
    /// `permissions`, or a claim of one's own with a namespace, such as `https://example.com/roles`.
    pub claim: String,
    /// What values mean. The strongest counts; others are nothing to us.
    pub map: BTreeMap<String, Role>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not `https://HOST/`.
    #[error("{0:?} is no issuer: write it as `https://tenant.eu.auth0.com/`, with the slash at the end")]
    Issuer(String),
    /// Tokens for any API would do.
    #[error("the audience is empty; write the identifier of the API in the tenant")]
    NoAudience,
    /// Not an address, or one with a user, a fragment, or a scheme that is not https.
    #[error(
        "the address of the keys, {0:?}, is no https address; plain http is for loopback addresses alone"
    )]
    JwksUrl(String),
    /// Nobody could get a role.
    #[error("no value of a claim gives a role; write which gives viewer, approver or operator")]
    NoRoles,
    /// Expired tokens would live on.
    #[error("the leeway is {} s, and must be at most {} s", .0.as_secs(), Config::MOST_LEEWAY.as_secs())]
    Leeway(Duration),
    /// No answer could ever come, or callers would hang.
    #[error(
        "the request timeout is {} ms, and must be from 1 ms to {} s",
        .0.as_millis(), Config::MOST_TIMEOUT.as_secs()
    )]
    Timeout(Duration),
    /// Fetched more often than allowed, or kept no longer than fresh.
    #[error("the times of keys must grow: between fetches, stale after, dead after, and at most {} h", KeyTimes::LONGEST.as_secs() / 3600)]
    KeyTimes,
    /// The machine has no certificates, or none that can be read.
    #[error("an encrypted connection cannot be prepared")]
    Http(#[source] reqwest::Error),
}

impl Config {
    /// A token that expired so long ago is not a matter of clocks.
    pub const MOST_LEEWAY: Duration = Duration::from_mins(5);
    /// Whoever calls with a token waits so long.
    pub const MOST_TIMEOUT: Duration = Duration::from_mins(1);

    /// The defaults for everything that has one.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            jwks_url: None,
            roles: RoleClaim::default(),
            leeway: Duration::from_mins(1),
            key_times: KeyTimes::default(),
            request_timeout: Duration::from_secs(5),
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if !is_issuer(&self.issuer) {
            return Err(ConfigError::Issuer(self.issuer.clone()));
        }
        if self.audience.trim().is_empty() {
            return Err(ConfigError::NoAudience);
        }
        if self.roles.claim.is_empty() || self.roles.map.is_empty() {
            return Err(ConfigError::NoRoles);
        }
        if self.leeway > Self::MOST_LEEWAY {
            return Err(ConfigError::Leeway(self.leeway));
        }
        if self.request_timeout.as_millis() == 0 || self.request_timeout > Self::MOST_TIMEOUT {
            return Err(ConfigError::Timeout(self.request_timeout));
        }
        self.key_times.check()
    }

    /// Where the keys are.
    pub(crate) fn keys_at(&self) -> Result<Url, ConfigError> {
        let text = match &self.jwks_url {
            Some(text) => text.clone(),
            None => format!("{}.well-known/jwks.json", self.issuer),
        };
        let url = Url::parse(&text).ok().filter(|it| is_safe(it) && it.fragment().is_none());
        // What stands before an `@` may be a password, and is not shown.
        url.ok_or_else(|| ConfigError::JwksUrl(text.rsplit('@').next().unwrap_or_default().to_owned()))
    }
}

impl Default for RoleClaim {
    /// The permissions that Auth0 puts into a token where the API has role-based access control switched on, with
    /// the roles' own words.
    fn default() -> Self {
        Self {
            claim: "permissions".to_owned(),
            map: Role::ALL.map(|it| (it.word().to_owned(), it)).into_iter().collect(),
        }
    }
}

impl Default for KeyTimes {
    fn default() -> Self {
        Self {
            between_fetches: Duration::from_secs(30),
            stale_after: Duration::from_mins(10),
            dead_after: Duration::from_hours(24),
        }
    }
}

impl KeyTimes {
    /// A key that the tenant took back is not used longer, whatever keeps us from hearing of it.
    pub const LONGEST: Duration = Duration::from_hours(7 * 24);

    fn check(self) -> Result<(), ConfigError> {
        let Self { between_fetches, stale_after, dead_after } = self;
        let grow = !between_fetches.is_zero()
            && between_fetches <= stale_after
            && stale_after < dead_after
            && dead_after <= Self::LONGEST;
        if grow { Ok(()) } else { Err(ConfigError::KeyTimes) }
    }
}

/// Auth0's issuers have no path. Compared with what a parser makes of it, so that no other spelling passes.
fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|it| {
        is_safe(&it)
            && it.path() == "/"
            && it.query().is_none()
            && it.fragment().is_none()
            && it.as_str() == text
    })
}

/// Whether what comes from there is from there, and nothing in it is secret.
fn is_safe(url: &Url) -> bool {
    let encrypted = match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    };
    encrypted && url.host().is_some() && url.username().is_empty() && url.password().is_none()
}

/// Whether it is this machine, where no encryption and no proxy is needed.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(it)) => it.is_loopback(),
        Some(Host::Ipv6(it)) => it.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://tenant.eu.auth0.com/";

    fn config() -> Config {
        Config::new(ISSUER, "https://rollcall.example.com")
    }

    #[test]
    fn the_keys_are_where_a_tenant_publishes_them_unless_said_otherwise() {
        assert_eq!(config().keys_at().unwrap().as_str(), "https://tenant.eu.auth0.com/.well-known/jwks.json");
        let other = Config { jwks_url: Some("http://127.0.0.1:3000/keys".to_owned()), ..config() };
        assert_eq!(other.keys_at().unwrap().as_str(), "http://127.0.0.1:3000/keys");
    }

    #[test]
    fn an_issuer_is_written_as_tokens_have_it() {
        assert!(config().check().is_ok());
        assert!(Config::new("http://localhost:3000/", "api").check().is_ok());
        for wrong in [
            "",
            "tenant.eu.auth0.com",
            "https://tenant.eu.auth0.com",
            "https://Tenant.eu.auth0.com/",
            "http://tenant.eu.auth0.com/",
            "https://tenant.eu.auth0.com/path/",
            "https://tenant.eu.auth0.com/?",
            "https://tenant.eu.auth0.com/#",
            "https://user:pass@tenant.eu.auth0.com/",
            " https://tenant.eu.auth0.com/",
            "https://tenant.eu.auth0.com:443/",
            "ftp://tenant.eu.auth0.com/",
        ] {
            let refused = Config::new(wrong, "api").check();
            assert!(matches!(refused, Err(ConfigError::Issuer(_))), "{wrong}: {refused:?}");
        }
    }

    #[test]
    fn keys_are_not_taken_from_just_anywhere() {
        for wrong in
            ["", "keys", "http://tenant.eu.auth0.com/keys", "file:///etc/passwd", "https://a:hush@b.c/"]
        {
            let refused = Config { jwks_url: Some(wrong.to_owned()), ..config() }.keys_at().unwrap_err();
            assert!(matches!(refused, ConfigError::JwksUrl(_)), "{wrong}: {refused:?}");
            assert!(!refused.to_string().contains("hush"));
        }
    }

    #[test]
    fn values_that_cannot_work_are_refused() {
        let any = Config { audience: " ".to_owned(), ..config() };
        assert!(matches!(any.check(), Err(ConfigError::NoAudience)));
        let nobody = RoleClaim { claim: "permissions".to_owned(), map: BTreeMap::new() };
        assert!(matches!(Config { roles: nobody, ..config() }.check(), Err(ConfigError::NoRoles)));
        let generous = Config { leeway: Duration::from_secs(301), ..config() };
        assert!(matches!(generous.check(), Err(ConfigError::Leeway(_))));
        for wrong in [Duration::ZERO, Duration::from_secs(61)] {
            let config = Config { request_timeout: wrong, ..config() };
            assert!(matches!(config.check(), Err(ConfigError::Timeout(_))));
        }
        let times = KeyTimes::default();
        for wrong in [
            KeyTimes { between_fetches: Duration::ZERO, ..times },
            KeyTimes { between_fetches: Duration::from_hours(1), ..times },
            KeyTimes { stale_after: Duration::from_hours(24), ..times },
            KeyTimes { dead_after: Duration::MAX, ..times },
        ] {
            let config = Config { key_times: wrong, ..config() };
            assert!(matches!(config.check(), Err(ConfigError::KeyTimes)), "{wrong:?}");
        }
    }
}
