//! What time it is.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// The system's clock, one that stands still, or one that somebody else moves.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// Stands still: for tests, and for rehearsals of another day.
    Fixed(DateTime<Utc>),
    /// Moved by somebody else, in milliseconds since 1970: for tests of what happens while time passes.
    Moved(&'static AtomicI64),
}

impl Clock {
    /// Now.
    pub fn now(self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Fixed(at) => at,
            Self::Moved(at) => {
                DateTime::from_timestamp_millis(at.load(Ordering::Acquire)).unwrap_or_default()
            }
        }
    }
}
