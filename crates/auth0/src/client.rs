//! The client: cheap to clone, all clones one pace and one token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diff::{Buckets, ConnectionName, Group, RoleName, Tenant};

use crate::config::{Config, ConfigError};
use crate::domain::Domain;
use crate::error::Error;
use crate::gate::Urgency;
use crate::http::Http;
use crate::usage::{Counted, Usage};

/// One tenant's Management API, as far as Rollcall needs it.
#[derive(Clone)]
pub struct Client {
    http: Http,
    /// Ids of roles by name, once they were read.
    role_ids: Arc<Mutex<Option<BTreeMap<RoleName, String>>>>,
}

impl Client {
    /// Checks the configuration; speaks to nobody yet.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self { http: Http::new(config)?, role_ids: Arc::default() })
    }

    /// Whether the other was configured in the very same way. Then the two are better one: each would keep a rate of
    /// its own, and together they would ask for twice what is allowed.
    pub fn is_configured_as(&self, other: &Self) -> bool {
        self.http.config.is_same(&other.http.config)
    }

    /// The same client for work that a person waits for: its calls get the next token of their bucket, before
    /// all calls of runs, whenever those came. It is for a few calls at a time, since runs wait meanwhile.
    #[must_use]
    pub fn interactive(&self) -> Self {
        let mut client = self.clone();
        client.http.urgency = Urgency::Interactive;
        client
    }

    /// The same client with a [`Self::usage`] of its own, which begins now; what it counts, this one counts too.
    #[must_use]
    pub fn counting(&self) -> Self {
        let mut client = self.clone();
        client.http.usage = Arc::new(Counted::part_of(&self.http.usage, self.http.pace.metered()));
        client
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

    /// What was asked of Auth0 since the client was made, or since [`Self::counting`] began.
    pub fn usage(&self) -> Usage {
        self.http().usage.read(self.http().pace.metered())
    }

    /// Asks for a token, unless there is a good one.
    ///
    /// # Errors
    /// The tenant gives none, or does not answer.
    pub async fn check_token(&self) -> Result<(), Error> {
        self.http().token().await.map(drop)
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
        &self.http
    }

    pub(crate) fn role_ids(&self) -> MutexGuard<'_, Option<BTreeMap<RoleName, String>>> {
        self.role_ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the secret.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.http().config).finish_non_exhaustive()
    }
}
