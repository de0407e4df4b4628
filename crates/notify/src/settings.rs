//! Where notices come from, and how they are sent.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::patience::Patience;

/// Where notices come from: what every one of them carries.
#[derive(Clone)]
pub struct Origin {
    pub(crate) tenant: String,
    pub(crate) now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    pub(crate) audit_head: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

/// How they are sent. The same for all channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many notices may wait for a channel. One more, and the oldest makes room.
    pub room: usize,
    /// How a channel tries again.
    pub patience: Patience,
}

impl Origin {
    /// The tenant's domain, and the system's clock.
    pub fn new(tenant: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), now: Arc::new(Utc::now), audit_head: Arc::new(|| None) }
    }

    /// Another clock.
    pub fn with_clock(self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), ..self }
    }

    /// Where the head of the audit's chain is known. It is asked whenever a condition begins or ends, by whoever
    /// says so, and must not wait for anything: keep the head in memory and renew it as entries are written.
    pub fn with_audit_head(self, head: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self { audit_head: Arc::new(head), ..self }
    }
}

impl Default for Settings {
    fn default() -> Self {
        // More than a person reads, and less than a channel takes in the hour after which it gives up.
        Self { room: 200, patience: Patience::default() }
    }
}
