//! One token bucket.

use tokio::time::Instant;

use crate::{clock::Moment, limits::neighbours::Neighbours, switches::Refill};

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
    neighbours: Option<Neighbours>,
}

/// The part of a bucket's rate that neighbours wait for rather than go without.
const PATIENT: f64 = 0.9;
/// How many calls of neighbours are looked at one by one; what came before them is summed up.
const REMEMBERED: u32 = 1_000;

/// A token that is missing by less than this is there: sums of fractions are not exact.
const SLACK: f64 = 1e-6;

impl Bucket {
    pub(crate) fn full(size: Size, now: Instant) -> Self {
        Self { size, tokens: f64::from(size.burst), filled_at: now, window: i64::MIN, neighbours: None }
    }

    /// Tokens a second that come back.
    pub(crate) fn rate(&self) -> f64 {
        self.size.rate
    }

    fn rate_by(&self, refill: Refill) -> f64 {
        match refill {
            Refill::Continuous => self.size.rate,
            Refill::FixedWindow => f64::from(self.size.burst) / f64::from(self.size.window_s),
        }
    }

    /// From now on others take so many tokens a second, too. Those who called until now have called.
    pub(crate) fn share(&mut self, rate: f64, refill: Refill, now: Moment, costs: bool) {
        self.let_neighbours_call(refill, now, costs);
        self.neighbours = Neighbours::calling(rate, PATIENT * self.rate_by(refill), now.at);
    }

    /// Takes a token if there is one. With `costs`, trying in vain holds back what would have come since.
    pub(crate) fn take(&mut self, refill: Refill, now: Moment, costs: bool) -> bool {
        self.let_neighbours_call(refill, now, costs);
        self.draw(refill, now, costs)
    }

    /// Each neighbour who came before us has had a token. Where there was none, a patient one is owed the next.
    fn let_neighbours_call(&mut self, refill: Refill, now: Moment, costs: bool) {
        let Some(mut neighbours) = self.neighbours.take() else { return };
        if let Some((skipped, last)) = neighbours.skip_to_last(REMEMBERED, now.at) {
            self.let_pass(skipped, neighbours.rate(), refill, now.back_at(last));
        }
        while let Some((at, is_patient)) = neighbours.next_until(now.at) {
            if !self.draw(refill, now.back_at(at), costs && !is_patient) && is_patient {
                self.tokens -= 1.0;
            }
        }
        self.neighbours = Some(neighbours);
    }

    /// Many calls in one sum. What it leaves out, the calls after it make good.
    fn let_pass(&mut self, calls: f64, rate: f64, refill: Refill, last: Moment) {
        let burst = f64::from(self.size.burst);
        match refill {
            Refill::Continuous => {
                let passed_s = last.at.saturating_duration_since(self.filled_at).as_secs_f64();
                self.tokens = (passed_s.mul_add(self.size.rate, self.tokens) - calls).clamp(0.0, burst);
                self.filled_at = last.at;
            }
            Refill::FixedWindow => {
                self.fill(refill, last);
                let in_window_s = f64::from(self.size.window_s) - self.until_window_s(last);
                self.tokens = (self.tokens - calls.min(in_window_s * rate)).max(0.0);
            }
        }
    }

    fn draw(&mut self, refill: Refill, now: Moment, costs: bool) -> bool {
        self.fill(refill, now);
        if self.tokens >= 1.0 - SLACK {
            self.tokens = (self.tokens - 1.0).max(0.0);
            return true;
        }
        if costs {
            self.tokens = self.tokens.min(0.0);
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
                    // What neighbours are owed is not forgotten at the top of the minute.
                    self.tokens = burst + self.tokens.min(0.0);
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
            reason = "between 0, as which what is owed counts, and the burst"
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
            Refill::Continuous => (self.tokens.max(0.0).floor() + 1.0 - self.tokens) / self.size.rate,
            Refill::FixedWindow => self.until_window_s(now),
        }
    }

    fn until_window_s(&self, now: Moment) -> f64 {
        let left = self.window_ms() - now.wall.millis().rem_euclid(self.window_ms());
        f64::from(i32::try_from(left).expect("at most a minute of milliseconds")) / 1000.0
    }
}
