//! The tenant's keys, kept and renewed.
//!
//! A caller chooses which key a token names. So a key that is not held may be new, and is worth one question to the
//! tenant, but not one for every caller: whoever comes while the tenant is asked waits for that answer, and whoever
//! comes soon after takes it as it was. Since an answer holds all keys, nobody can use the question up for others.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::jwt::algorithm::Algorithm;
use crate::jwt::config::KeyTimes;
use crate::jwt::error::{Error, FetchError};
use crate::jwt::fetch::Source;
use crate::jwt::key::{Key, KeySet};
use crate::jwt::verifier::Clock;

/// The keys of one tenant. Clones share them.
#[derive(Clone)]
pub(crate) struct Keyring(Arc<Shared>);

struct Shared {
    source: Source,
    times: KeyTimes,
    now: Clock,
    held: RwLock<Option<Arc<Held>>>,
    /// Its lock is held while the tenant is asked.
    last: Arc<Mutex<Option<Fetched>>>,
}

struct Held {
    keys: KeySet,
    since: DateTime<Utc>,
}

/// When the tenant was asked last, and what came of it.
struct Fetched {
    at: DateTime<Utc>,
    outcome: Outcome,
}

type Outcome = Result<(), Arc<FetchError>>;

/// What the keys that are held are good for.
enum Age {
    Fresh,
    /// Used, and renewed meanwhile.
    Stale,
    /// Not used: the tenant may have taken them back long ago.
    Dead,
}

impl Keyring {
    pub(crate) fn new(source: Source, times: KeyTimes, now: Clock) -> Self {
        let (held, last) = (RwLock::default(), Arc::default());
        Self(Arc::new(Shared { source, times, now, held, last }))
    }

    /// The key of that id. The tenant is asked where it is not held, and waited for.
    pub(crate) async fn key(&self, id: &str, algorithm: Algorithm) -> Result<Arc<Key>, Error> {
        if let Some(found) = self.find(id, algorithm) {
            return found;
        }
        let outcome = self.renew().await;
        match (self.find(id, algorithm), outcome) {
            (Some(found), _) => found,
            (None, Ok(())) => Err(Error::UnknownKey),
            // The key may be one that the tenant has published since.
            (None, Err(failure)) => Err(Error::KeysUnavailable(failure)),
        }
    }

    fn find(&self, id: &str, algorithm: Algorithm) -> Option<Result<Arc<Key>, Error>> {
        let held = self.0.held()?;
        match self.0.age(&held) {
            Age::Fresh => {}
            Age::Stale => self.renew_aside(),
            Age::Dead => return None,
        }
        held.keys.find(id, algorithm)
    }

    /// Asks the tenant, or takes the answer that just came.
    async fn renew(&self) -> Outcome {
        let last = Arc::clone(&self.0.last).lock_owned().await;
        if let Some(fetched) = self.0.recent(last.as_ref()) {
            return fetched.outcome.clone();
        }
        // In a task of its own: a caller who hangs up takes the question from nobody else, and does not make
        // it asked again.
        let asking = tokio::spawn(Arc::clone(&self.0).fetch(last));
        asking.await.unwrap_or_else(|_| Err(Arc::new(FetchError::GivenUp)))
    }

    /// Asks the tenant while the caller goes on, unless somebody does or just did.
    fn renew_aside(&self) {
        let Ok(last) = Arc::clone(&self.0.last).try_lock_owned() else { return };
        if self.0.recent(last.as_ref()).is_none() {
            drop(tokio::spawn(Arc::clone(&self.0).fetch(last)));
        }
    }
}

impl Shared {
    async fn fetch(self: Arc<Self>, mut last: OwnedMutexGuard<Option<Fetched>>) -> Outcome {
        let fetched = self.source.fetch().await;
        // The time after, so that those who waited find the answer recent, however long it took.
        let at = (self.now)();
        let outcome = match fetched {
            Ok(keys) => {
                tracing::debug!(keys = keys.len(), "the tenant's signing keys were read");
                self.hold(Held { keys, since: at });
                Ok(())
            }
            Err(failure) => {
                let held = self.held().is_some();
                tracing::warn!(
                    error = &failure as &dyn std::error::Error,
                    held,
                    "the tenant's signing keys could not be read"
                );
                Err(Arc::new(failure))
            }
        };
        *last = Some(Fetched { at, outcome: outcome.clone() });
        outcome
    }

    fn recent<'a>(&self, last: Option<&'a Fetched>) -> Option<&'a Fetched> {
        last.filter(|it| self.since(it.at).is_some_and(|it| it < self.times.between_fetches))
    }

    fn age(&self, held: &Held) -> Age {
        match self.since(held.since) {
            Some(age) if age < self.times.stale_after => Age::Fresh,
            Some(age) if age >= self.times.dead_after => Age::Dead,
            Some(_) | None => Age::Stale,
        }
    }

    /// None where the clock was set back meanwhile: then nobody knows.
    fn since(&self, at: DateTime<Utc>) -> Option<Duration> {
        ((self.now)() - at).to_std().ok()
    }

    fn held(&self) -> Option<Arc<Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, held: Held) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(held));
    }
}
