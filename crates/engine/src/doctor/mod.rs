//! Whether everything is in place: looked at one by one, whatever fails on the way.
//!
//! Nothing is written, to nobody, but for what [`Fix::Yes`] asks for: missing roles are made, and what the
//! tenant's plan lacked is forgotten. What cannot be looked at because of something else is told in one
//! line for each reason, and never as a failure of its own.

mod check;
mod connection;
mod mails;
mod pace;
mod policy;
mod reach;
mod roles;
mod scopes;
mod source;
mod store;
mod tenant;
mod unseen;

use ::store::Store;
use diff::Tenant;

pub use check::{Check, Fix, Subject, Verdict};
use tenant::Ward;

use crate::Engine;
use crate::Settings;

/// What the doctor looks at: each part as it was opened, or why it could not be.
#[derive(Debug)]
pub struct Doctor {
    /// The database with the employee table.
    pub source: Result<Store, Unopened>,
    /// The database with our own tables; none where it is the same.
    pub store: Option<Result<Store, Unopened>>,
    /// The tenant's API.
    pub auth0: Result<auth0::Client, Unopened>,
    /// The tenant, where it is known, even if nothing can be asked of it.
    pub tenant: Option<Tenant>,
    /// What the audit is chained with.
    pub audit_key: AuditKey,
    /// The rules, and how fast to go.
    pub settings: Settings,
}

/// What the audit is chained with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditKey {
    /// A key of one's own.
    Own,
    /// None: the one that everybody knows.
    None,
    /// One was named that cannot be used.
    Unusable(Unopened),
}

/// Why a part could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unopened {
    /// What was found.
    pub found: String,
    /// The same in more detail, a line each.
    pub details: Vec<String>,
    /// What to do about it.
    pub remedy: String,
}

impl Unopened {
    fn check(&self, subject: Subject, what: &'static str) -> Check {
        let Self { found, details, remedy } = self;
        subject.failed(what, found, remedy).details(details.iter().cloned())
    }
}

impl Doctor {
    /// Looks at everything, and tells it in the order in which to mend it.
    pub async fn look(&self, fix: Fix) -> Vec<Check> {
        let mut checks = self.look_at_source().await;
        checks.extend(self.look_at_store().await);
        let mut ward = Ward::new(self);
        ward.look(fix).await;
        let Ward { checks: of_auth0, connection, .. } = ward;
        checks.extend(of_auth0);
        checks.extend(self.look_at_policy(connection.as_ref()).await);
        checks
    }

    /// The store, where it can be asked.
    fn opened_store(&self) -> Option<&Store> {
        self.store.as_ref().unwrap_or(&self.source).as_ref().ok()
    }
}

impl Engine {
    /// Looks at everything that this engine works with.
    pub async fn doctor(&self, fix: Fix) -> Vec<Check> {
        let audit_key = if self.store.has_audit_key() { AuditKey::Own } else { AuditKey::None };
        let doctor = Doctor {
            audit_key,
            source: Ok(self.store.clone()),
            store: None,
            auth0: Ok(self.auth0.clone()),
            tenant: Some(self.tenant.clone()),
            settings: self.settings.clone(),
        };
        doctor.look(fix).await
    }
}
