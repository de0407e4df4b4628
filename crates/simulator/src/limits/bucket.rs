//! One token bucket.

use tokio::time::Instant;

use crate::{clock::Moment, switches::Refill};

/// How big a bucket is and how it fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    pub(crate) burst: u32,
    /// Tokens a second.
    pub(crate) rate: f64,
    /// The window of the published pair, for the switch that fills it at its top: a second or a minute.
    pub(crate) window_s: u32,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    size: Size,
    tokens: f64,
    filled_at: Instant,
    /// Which second or minute the fixed window last filled it in.
    window: i64,
}

/// A token that is missing by less than this is there: sums of fractions are not exact.
const SLACK: f64 = 1e-6;

impl Bucket {
    pub(crate) fn full(size: Size, now: Instant) -> Self {
        Self { size, tokens: f64::from(size.burst), filled_at: now, window: i64::MIN }
    }

    /// Takes a token if there is one. With `costs`, trying in vain holds back what would have come since.
    pub(crate) fn take(&mut self, refill: Refill, now: Moment, costs: bool) -> bool {
        self.fill(refill, now);
        if self.tokens >= 1.0 - SLACK {
            self.tokens = (self.tokens - 1.0).max(0.0);
            return true;
        }
        if costs {
            self.tokens = 0.0;
        }
        false
    }

    fn fill(&mut self, refill: Refill, now: Moment) {
        let burst = f64::from(self.size.burst);
        match refill {
            Refill::Continuous => {
                let passed_s = now.at.saturating_duration_since(self.filled_at).as_secs_f64();
                self.tokens = passed_s.mul_add(self.size.rate, self.tokens).min(burst);
            }
            Refill::FixedWindow => {
                let window = now.wall.millis().div_euclid(self.window_ms());
                if window != self.window {
                    self.tokens = burst;
                    self.window = window;
                }
            }
        }
        self.filled_at = now.at;
    }

    fn window_ms(&self) -> i64 {
        i64::from(self.size.window_s) * 1000
    }

    pub(crate) fn size(&self) -> u32 {
        self.size.burst
    }

    pub(crate) fn remaining(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the burst"
        )]
        let remaining = (self.tokens + SLACK).floor() as u32;
        remaining
    }

    pub(crate) fn until_full_s(&self, refill: Refill, now: Moment) -> f64 {
        match refill {
            Refill::Continuous => (f64::from(self.size.burst) - self.tokens) / self.size.rate,
            Refill::FixedWindow => self.until_window_s(now),
        }
    }

    pub(crate) fn until_next_s(&self, refill: Refill, now: Moment) -> f64 {
        match refill {
            Refill::Continuous => (self.tokens.floor() + 1.0 - self.tokens) / self.size.rate,
            Refill::FixedWindow => self.until_window_s(now),
        }
    }

    fn until_window_s(&self, now: Moment) -> f64 {
        let left = self.window_ms() - now.wall.millis().rem_euclid(self.window_ms());
        f64::from(i32::try_from(left).expect("at most a minute of milliseconds")) / 1000.0
    }
}
