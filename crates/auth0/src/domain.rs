//! The tenant's domain: where requests go, and which tenant that is.

use std::fmt;
use std::str::FromStr;

use diff::Tenant;
use url::{Host, Url};

/// The tenant that all simulators on loopback addresses are.
const SIMULATOR: &str = "simulator";

/// An Auth0 domain, or the loopback address of a simulator. Plain http is for loopback alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Scheme, host and port, without a slash at the end.
    base: String,
    /// Host, with the port where it is not the scheme's own.
    authority: String,
    loopback: bool,
}

/// Why a text is no domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// Nothing but space.
    #[error("the Auth0 domain is empty; write it as `tenant.eu.auth0.com`")]
    Empty,
    /// Not a host at all, or one without a dot.
    #[error("{0:?} is no Auth0 domain; write it as `tenant.eu.auth0.com`")]
    Malformed(String),
    /// A path, a query or credentials.
    #[error("the Auth0 domain {0:?} has more than a host; write it as `tenant.eu.auth0.com`")]
    MoreThanHost(String),
    /// Plain http to a host that is not this machine.
    #[error(
        "{0:?} would send the client secret unencrypted; plain http is for loopback addresses alone, so use https"
    )]
    PlainHttp(String),
    /// Neither https nor http.
    #[error("{0:?} is neither https nor http")]
    Scheme(String),
}

impl Domain {
    /// Which tenant it is. All simulators on loopback addresses are one, whatever their port.
    pub fn tenant(&self) -> Tenant {
        Tenant::new(if self.loopback { SIMULATOR } else { &self.authority })
    }

    /// Whether it is this machine, where no proxy and no encryption is needed.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether what is sent there is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.base.starts_with("https://")
    }

    /// Scheme, host and port: what every path is appended to.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The Management API of a tenant that has no other audience configured.
    pub(crate) fn default_audience(&self) -> String {
        format!("https://{}/api/v2/", self.authority)
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        let malformed = || DomainError::Malformed(text.to_owned());
        let (scheme, rest) = text.split_once("://").map_or((None, text), |(it, rest)| (Some(it), rest));
        // The host decides what a missing scheme means, and a Url knows hosts only under a scheme.
        let assumed = if scheme.is_some_and(|it| it.eq_ignore_ascii_case("http")) { "http" } else { "https" };
        let url = Url::parse(&format!("{assumed}://{rest}")).map_err(|_| malformed())?;
        let host = url.host().ok_or_else(malformed)?;
        let loopback = is_loopback(&host);
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || rest.contains('@') {
            return Err(DomainError::MoreThanHost(without_credentials(text)));
        }
        if !loopback && !host.to_string().contains(['.', ':']) {
            return Err(malformed());
        }
        let scheme = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("https") => "https",
            // Without a scheme too: nobody runs Auth0 on loopback, and no simulator has TLS.
            Some("http") | None if loopback => "http",
            Some("http") => return Err(DomainError::PlainHttp(text.to_owned())),
            Some(_) => return Err(DomainError::Scheme(text.to_owned())),
            None => "https",
        };
        let authority = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        Ok(Self { base: format!("{scheme}://{authority}"), authority, loopback })
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(it) => it.is_loopback(),
        Host::Ipv6(it) => it.is_loopback(),
    }
}

/// What stands before an `@` may be a password.
fn without_credentials(text: &str) -> String {
    text.rsplit_once('@').map_or(text, |(_, rest)| rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Domain, DomainError> {
        text.parse()
    }

    #[test]
    fn a_domain_may_be_written_in_several_ways() {
        for text in [
            "tenant.eu.auth0.com",
            " Tenant.EU.auth0.com ",
            "https://tenant.eu.auth0.com",
            "tenant.eu.auth0.com/",
        ] {
            let domain = parse(text).unwrap();
            assert_eq!(domain.base(), "https://tenant.eu.auth0.com");
            assert_eq!(domain.tenant(), Tenant::new("tenant.eu.auth0.com"));
            assert_eq!(domain.default_audience(), "https://tenant.eu.auth0.com/api/v2/");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for text in ["http://127.0.0.1:3000", "http://localhost:3000/", "http://[::1]:3000", "127.0.0.1:3000"]
        {
            let domain = parse(text).unwrap();
            assert!(domain.base().starts_with("http://"), "{text}");
            assert!(domain.base().ends_with(":3000"), "{text}");
            assert_eq!(domain.tenant(), Tenant::new("simulator"));
        }
        let refused = parse("http://tenant.eu.auth0.com").unwrap_err();
        assert_eq!(refused, DomainError::PlainHttp("http://tenant.eu.auth0.com".into()));
        // A name that only begins like one of this machine.
        assert!(parse("http://127.0.0.1.attacker.example").is_err());
        assert!(parse("http://localhost.attacker.example").is_err());
    }

    #[test]
    fn what_is_no_domain_is_refused_with_the_way_to_write_it() {
        assert_eq!(parse("  "), Err(DomainError::Empty));
        assert_eq!(parse("acme"), Err(DomainError::Malformed("acme".into())));
        assert_eq!(parse("https://"), Err(DomainError::Malformed("https://".into())));
        assert!(matches!(parse("tenant.eu.auth0.com/api/v2/"), Err(DomainError::MoreThanHost(_))));
        assert!(matches!(parse("ftp://tenant.eu.auth0.com"), Err(DomainError::Scheme(_))));
        let Err(DomainError::MoreThanHost(shown)) = parse("https://me:hush@tenant.eu.auth0.com") else {
            panic!("credentials in the domain are refused");
        };
        assert!(!shown.contains("hush"));
    }
}
