//! The order of things: preview, propose, approve, claim, apply, settle, report.
//!
//! ```text
//! preview ─► propose ─► approve ─► apply ─► (preview again: empty)
//! ```
//!
//! The engine says what comes after what, and nothing else: what is done about a person is decided
//! in [`diff`], SQL is in [`store`], HTTP in [`auth0`]. [`Engine::preview`] reads and returns a plan;
//! the code that can write is not reached from it, which is what makes a dry run one.
//!
//! Applying has no choice left to make. Each call is journalled before and after it is made
//! (`run/perform.rs`), so that whoever takes the lease after a crash can settle what was left open
//! (`settle.rs`) and claim the same plan again. Nothing between two changes returns early: a run
//! gives a [`diff::Report`] with an outcome for every change. What a run did by itself stands in its
//! journal, and [`Engine::undo`] plans back from there.
//!
//! Between whole runs [`Engine::preview_changed`] plans for those whose row has changed, from a few calls.
//!
//! A run holds the tenant's lease, and [`Engine::sync_employee`] one employee beside it (`act.rs`). What is held is
//! renewed beside the run (`run/held.rs`), and looked at again right before each call is sent: a process that
//! slept sends nothing, and one that lost it ends at once.
//!
//! What looks odd: time comes from a [`Clock`] that tests fix, and many calls are in flight on one
//! task, as a bounded set of futures: the rate limiter sets the pace, so more threads would only wait.

mod act;
mod audit;
mod by_hand;
mod changed;
mod clock;
mod doctor;
mod error;
mod memory;
mod mirror;
mod preview;
mod progress;
mod quarantine;
mod read;
mod read_few;
mod review;
mod rows;
mod run;
mod service;
mod settle;
mod story;
mod sync;
mod token;
mod undo;
mod whole;

use diff::{Policy, RatePlan, Tenant};
use store::Store;

pub use act::ActError;
pub use audit::{AuditedChange, CallIds};
pub use by_hand::HandError;
pub use changed::Changed;
pub use clock::Clock;
pub use doctor::{AuditKey, Check, Doctor, Fix, Subject, Unopened, Verdict};
pub use error::{ApplyError, ReadError, ReviewError, SyncError};
pub use preview::Preview;
pub use progress::{Progress, Stop};
pub use quarantine::{Failing, QuarantineError, Released, Whose};
pub use review::{LeftOut, Rest, Yes};
pub use run::chain;
pub use story::{Chapter, Story};
pub use sync::{AtOnce, SyncOutcome, Synced};
pub use token::{Holder, TokenError};
pub use undo::UndoError;

/// One employee table, one tenant, one policy.
#[derive(Clone, Debug)]
pub struct Engine {
    store: Store,
    auth0: auth0::Client,
    settings: Settings,
    tenant: Tenant,
}

/// What the engine is told beside databases and tenant.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The rules.
    pub policy: Policy,
    /// The zone in which first and last days are judged.
    pub time_zone: chrono_tz::Tz,
    /// Older plans have their users read again before they are updated.
    pub verify_after: chrono::Duration,
    /// How many calls may be on their way at once.
    pub max_in_flight: usize,
    /// What the tenant allows, for the forecast.
    pub rate_plan: RatePlan,
    /// The share of it that may be used.
    pub share: f64,
    /// What time it is.
    pub clock: Clock,
}

impl Engine {
    /// Puts the parts together; nothing is read yet.
    pub fn new(store: Store, auth0: auth0::Client, settings: Settings) -> Self {
        let tenant = auth0.tenant();
        Self { store, auth0, settings, tenant }
    }

    /// With the other's client where that was configured alike, so that the rate, what is known of it, and the token are
    /// kept from one configuration to the next.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        let alike = self.auth0.is_configured_as(&before.auth0);
        if alike { Self { auth0: before.auth0.clone(), ..self } } else { self }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// What was asked of Auth0 since the engine was made, by it and by others with its client.
    pub fn usage(&self) -> auth0::Usage {
        self.auth0.usage()
    }

    /// How many calls are under way.
    pub fn in_flight(&self) -> usize {
        self.auth0.in_flight()
    }

    /// The limits that are kept, as far as they are known by now.
    pub fn limits(&self) -> diff::Buckets {
        self.auth0.limits()
    }

    /// The rules.
    pub fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// Today, in the policy's time zone.
    pub fn today(&self) -> chrono::NaiveDate {
        self.settings.today()
    }

    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.settings.clock.now()
    }
}

impl Settings {
    /// Today, in the policy's time zone.
    pub(crate) fn today(&self) -> chrono::NaiveDate {
        self.clock.now().with_timezone(&self.time_zone).date_naive()
    }
}
