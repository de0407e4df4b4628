//! The tenant's own domains.

use diff::Group;

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::wire;

/// A domain of the tenant's own, which the links in its mails may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomDomain {
    /// Such as `login.example.com`.
    pub domain: String,
    /// Whether it is verified and in use.
    pub is_ready: bool,
    /// Whether mails use it where a request names none.
    pub is_default: bool,
}

impl Client {
    /// The custom domains, by name. Needs the scope `read:custom_domains`.
    pub async fn custom_domains(&self) -> Result<Vec<CustomDomain>, Error> {
        let ask = Ask::get(Group::Other, &["custom-domains"]);
        let domains: Vec<wire::CustomDomain> = self.http().read(&ask).await?;
        let mut domains: Vec<CustomDomain> = domains.into_iter().map(CustomDomain::from).collect();
        domains.sort_by(|a, b| a.domain.cmp(&b.domain));
        Ok(domains)
    }
}

impl From<wire::CustomDomain> for CustomDomain {
    fn from(wire: wire::CustomDomain) -> Self {
        Self {
            domain: wire.domain,
            is_ready: wire.status == "ready",
            is_default: wire.is_default.unwrap_or(false),
        }
    }
}
