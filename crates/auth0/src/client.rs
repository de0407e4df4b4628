//! The client: cheap to clone, all clones one pace and one token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diff::{Buckets, ConnectionName, Group, RoleName, Tenant};

use crate::config::{Config, ConfigError};
use crate::domain::Domain;
use crate::error::Error;
use crate::http::Http;
use crate::usage::Usage;

/// One tenant's Management API, as far as Rollcall needs it.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) http: Http,
    /// Ids of roles by name, once they were read.
    role_ids: Mutex<Option<BTreeMap<RoleName, String>>>,
}

impl Client {
    /// Checks the configuration; speaks to nobody yet.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner { http: Http::new(config)?, role_ids: Mutex::default() })))
    }

    /// The scopes that Auth0 granted to the application. The first thing to ask for: it shows whether the
    /// credentials work.
    pub async fn token_scopes(&self) -> Result<BTreeSet<String>, Error> {
        Ok(self.http().token().await?.scopes.clone())
    }

    /// Where requests go.
    pub fn domain(&self) -> &Domain {
        &self.http().config.domain
    }

    /// Which tenant it is.
    pub fn tenant(&self) -> Tenant {
        self.http().config.domain.tenant()
    }

    /// The application in whose name we speak.
    pub fn client_id(&self) -> &str {
        &self.http().config.client_id
    }

    /// The connection whose users are managed.
    pub fn connection_name(&self) -> &ConnectionName {
        &self.http().config.connection
    }

    /// What was asked of Auth0 since the client was made.
    pub fn usage(&self) -> Usage {
        self.http().usage.read()
    }

    /// How many calls are under way now.
    pub fn in_flight(&self) -> usize {
        self.http().pace.in_flight()
    }

    /// The limits that are kept: those configured, until answers showed others. Before `share`.
    pub fn limits(&self) -> Buckets {
        self.http().pace.limits()
    }

    /// The bucket sizes that answers have declared so far, by group. What they tell is in [`Self::limits`].
    pub fn declared_sizes(&self) -> BTreeMap<Group, u32> {
        self.http().pace.declared_sizes()
    }

    /// How far the tenant's clock is ahead of ours, by the `Date` of its answers; none before the first.
    pub fn clock_ahead(&self) -> Option<chrono::TimeDelta> {
        self.http().skew.ahead()
    }

    pub(crate) fn http(&self) -> &Http {
        &self.0.http
    }

    pub(crate) fn role_ids(&self) -> MutexGuard<'_, Option<BTreeMap<RoleName, String>>> {
        self.0.role_ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the secret.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.http().config).finish_non_exhaustive()
    }
}
