//! How much of the permitted rate was used while there was work.

use std::time::Duration;

use tokio::time::Instant;

/// Watches one bucket. It counts from the moment when a call is held up until none is left that wants a token: what
/// is sent without waiting says nothing about the rate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    waiting: usize,
    since: Option<Instant>,
    limited: Duration,
    used: Duration,
}

impl Meter {
    /// A call wants a token.
    pub(crate) fn comes(&mut self) {
        self.waiting += 1;
    }

    /// A call is held up: by the bucket, or because as many are under way as may be.
    pub(crate) fn held_up(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// A call got its token, which comes back after so long.
    pub(crate) fn took(&mut self, interval: Duration) {
        if self.since.is_some() {
            self.used += interval;
        }
    }

    /// A call is on its way, or was given up.
    pub(crate) fn went(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0 {
            self.limited += self.since.take().map_or(Duration::ZERO, |it| it.elapsed());
        }
    }

    /// How long there was work that the limits held up, and how much of that time's rate was used.
    pub(crate) fn read(&self) -> (Duration, Duration) {
        (self.limited + self.since.map_or(Duration::ZERO, |it| it.elapsed()), self.used)
    }
}
