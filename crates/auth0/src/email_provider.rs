//! Who sends the tenant's mails.

use diff::Group;

use crate::ask::Ask;
use crate::client::Client;
use crate::error::{Error, Refusal};
use crate::reply::Reply;
use crate::wire;

/// Who sends the tenant's mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailProvider {
    /// Auth0 itself, for trying things out.
    BuiltIn,
    /// Somebody whom the tenant has an account with.
    Own {
        /// `sendgrid`, `smtp`, `ses`, …
        name: String,
        /// Whether it is switched on.
        enabled: bool,
    },
}

impl EmailProvider {
    /// What the built-in provider sends at most (FACTS §3).
    pub const BUILT_IN_PER_MINUTE: usize = 10;
}

impl Client {
    /// Who sends the tenant's mails. Needs the scope `read:email_provider`.
    pub async fn email_provider(&self) -> Result<EmailProvider, Error> {
        let ask = Ask::get(Group::Other, &["emails", "provider"]);
        match self.http().send(&ask, Reply::json::<wire::EmailProvider>).await {
            Ok(it) => Ok(EmailProvider::Own { name: it.name, enabled: it.enabled.unwrap_or(true) }),
            Err(it) if it.failure.refusal().is_some_and(is_none) => Ok(EmailProvider::BuiltIn),
            Err(it) => Err(self.http().error(&ask, it)),
        }
    }
}

/// Whether Auth0 itself says that there is none. A proxy's 404 says nothing about mails.
fn is_none(refusal: &Refusal) -> bool {
    refusal.status == 404 && refusal.code.as_deref() == Some("inexistent_email_provider")
}
