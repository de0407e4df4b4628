//! How long something is held, which whoever holds it and whoever renews it both see.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::words::ms;

/// Until when something is held. A renewal moves it for all who look at it.
#[derive(Debug)]
pub(crate) struct Term {
    ttl: TimeDelta,
    until_ms: AtomicI64,
}

impl Term {
    /// From now on.
    pub(crate) fn from(now: DateTime<Utc>, ttl: TimeDelta) -> Self {
        Self { ttl, until_ms: AtomicI64::new(ms(now + ttl).timestamp_millis()) }
    }

    /// What a renewal at this moment makes of it.
    pub(crate) fn renewed(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        ms(now + self.ttl)
    }

    pub(crate) fn set(&self, until: DateTime<Utc>) {
        self.until_ms.store(until.timestamp_millis(), Ordering::Release);
    }

    pub(crate) fn until(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.until_ms.load(Ordering::Acquire)).unwrap_or_default()
    }
}
