//! The lease or claim under which a run goes on, renewed beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use store::{EmployeeClaim, Hold, Lease, LeaseError, Store};
use tokio::sync::Notify;

use crate::Clock;
use crate::error::ApplyError;

/// How long a lease or claim is held without a renewal.
pub(crate) const TERM: chrono::Duration = chrono::Duration::seconds(15);

/// How often it is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// So long before it ends, nothing more is sent: the bytes need a moment, and the clock of whoever takes
/// it next may be ahead of ours.
const MARGIN: chrono::Duration = chrono::Duration::seconds(3);

/// What a run holds, and whether it was lost.
pub(crate) struct Held {
    what: What,
    /// Somebody else has it: nothing more is sent.
    lost: AtomicBool,
    /// Wakes whoever keeps it, and whoever waits until it was renewed.
    look: Notify,
    renewed: Notify,
}

enum What {
    Tenant(Lease),
    Employee(EmployeeClaim),
}

impl Held {
    fn of(what: What) -> Self {
        Self { what, lost: AtomicBool::new(false), look: Notify::new(), renewed: Notify::new() }
    }

    pub(crate) fn hold(&self) -> Hold<'_> {
        match &self.what {
            What::Tenant(lease) => Hold::Tenant(lease),
            What::Employee(claim) => Hold::Employee(claim),
        }
    }

    /// Whether a call may be sent now.
    pub(crate) fn is_safe(&self, now: DateTime<Utc>) -> bool {
        !self.is_lost() && now + MARGIN < self.hold().expires_at()
    }

    /// The database says that somebody else has it: the run ends.
    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.look.notify_one();
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Waits until a call may be sent: this process has slept, and [`Self::keep`] finds out at once
    /// whether anybody took it meanwhile. If somebody did, the run ends and this never returns.
    pub(crate) async fn renewed(&self, clock: Clock) {
        loop {
            let renewed = self.renewed.notified();
            if self.is_safe(clock.now()) {
                return;
            }
            self.look.notify_one();
            renewed.await;
        }
    }

    /// Renews it until it is lost. A loss ends the run at once: somebody else has begun.
    /// A database that does not answer for a moment is no loss while it lasts.
    pub(crate) async fn keep(&self, store: &Store, clock: Clock) -> ApplyError {
        loop {
            tokio::select! {
                () = tokio::time::sleep(RENEW_EVERY) => {}
                () = self.look.notified() => {}
            }
            if self.is_lost() {
                return ApplyError::LeaseLost;
            }
            match store.renew(self.hold(), clock.now()).await {
                Ok(()) => self.renewed.notify_waiters(),
                Err(LeaseError::Store(error)) if clock.now() < self.hold().expires_at() => {
                    tracing::warn!(%error, "the lease could not be renewed, and runs on");
                }
                Err(error) => {
                    tracing::error!(%error, "the lease was lost");
                    return ApplyError::LeaseLost;
                }
            }
        }
    }

    pub(crate) async fn release(self, store: &Store) {
        let released = match self.what {
            What::Tenant(lease) => store.release(lease).await,
            What::Employee(claim) => store.release_claim(claim).await,
        };
        if let Err(error) = released {
            tracing::warn!(%error, "the lease could not be given back; it ends by itself");
        }
    }
}

impl From<Lease> for Held {
    fn from(lease: Lease) -> Self {
        Self::of(What::Tenant(lease))
    }
}

impl From<EmployeeClaim> for Held {
    fn from(claim: EmployeeClaim) -> Self {
        Self::of(What::Employee(claim))
    }
}
