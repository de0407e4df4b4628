//! Our idea of one of Auth0's token buckets.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Tokio's clock, so that a test can pause it.
#[derive(Clone, Copy, Debug)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A governor limiter, and what we know about it that governor does not tell.
pub(crate) struct Bucket {
    limit: diff::Bucket,
    share: f64,
    limiter: RateLimiter<NotKeyed, InMemoryState, RuntimeClock, StateInformationMiddleware>,
    clock: RuntimeClock,
    burst: NonZeroU32,
    /// What one token costs.
    interval: Duration,
    /// How many tokens were left, and when.
    left: (u32, Instant),
    /// Tokens spent on calls whose answers are not in yet.
    in_flight: u32,
    /// Whether an answer has told the state of the server's bucket.
    heard: bool,
}

impl Bucket {
    /// A bucket with one token in it.
    ///
    /// The server's may be empty: the process before this one, or another application, has just used it.
    /// One call goes ahead, and its answer says how much more there is.
    pub(crate) fn new(limit: diff::Bucket, share: f64) -> Self {
        Self::filled(limit, share, 1, false)
    }

    /// A bucket with so many tokens in it, as the server told.
    pub(crate) fn told(limit: diff::Bucket, share: f64, left: u32) -> Self {
        Self::filled(limit, share, left, true)
    }

    fn filled(limit: diff::Bucket, share: f64, left: u32, heard: bool) -> Self {
        // A share of a tiny bucket is still one call, else nothing would ever be sent.
        let burst = NonZeroU32::new(portion(limit.burst, share)).unwrap_or(NonZeroU32::MIN);
        let per_minute = f64::from(limit.per_minute.max(1)) * share;
        let interval = Duration::from_secs_f64(60.0 / per_minute);
        let quota =
            Quota::with_period(interval).unwrap_or(Quota::per_minute(NonZeroU32::MIN)).allow_burst(burst);
        let clock = RuntimeClock(Instant::now());
        let limiter = RateLimiter::direct_with_clock(quota, clock).with_middleware();
        let full = (burst.get(), Instant::now());
        let mut bucket =
            Self { limit, share, limiter, clock, burst, interval, left: full, in_flight: 0, heard };
        bucket.burn(burst.get() - left.min(burst.get()));
        bucket
    }

    /// What Auth0 publishes about it, or told.
    pub(crate) fn limit(&self) -> diff::Bucket {
        self.limit
    }

    /// What one token costs us.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Whether the state of the server's bucket is known, so that waiting is for its rate.
    pub(crate) fn is_heard(&self) -> bool {
        self.heard
    }

    /// Takes a token, or tells how long until there is one.
    pub(crate) fn take(&mut self) -> Result<(), Duration> {
        match self.limiter.check() {
            Ok(state) => {
                self.left = (state.remaining_burst_capacity(), Instant::now());
                self.in_flight += 1;
                Ok(())
            }
            Err(not_until) => Err(not_until.wait_time_from(self.clock.now())),
        }
    }

    /// An answer came, with what the server has left, where it says so.
    ///
    /// Ours is lower than the server's by the calls under way, so only a lower number says something:
    /// somebody else draws from the bucket too.
    pub(crate) fn answered(&mut self, remaining: Option<u32>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.heard {
            if let Some(remaining) = remaining {
                self.burn(self.left().saturating_sub(remaining));
            }
        } else {
            let left = remaining.unwrap_or(u32::MAX).min(self.burst.get()).saturating_sub(self.in_flight);
            let in_flight = self.in_flight;
            *self = Self::filled(self.limit, self.share, left, true);
            self.in_flight = in_flight;
        }
    }

    /// No answer came.
    pub(crate) fn lost(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A call was refused: the server's bucket is empty, so ours is.
    pub(crate) fn refused(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.heard = true;
        self.burn(self.left());
    }

    /// How many tokens there are now.
    pub(crate) fn left(&self) -> u32 {
        let (left, since) = self.left;
        let refilled = since.elapsed().as_nanos() / self.interval.as_nanos().max(1);
        let refilled = u32::try_from(refilled).unwrap_or(u32::MAX);
        left.saturating_add(refilled).min(self.burst.get())
    }

    fn burn(&mut self, surplus: u32) {
        let Some(surplus) = NonZeroU32::new(surplus) else { return };
        // Our count rounds down where governor's does not, so that what we count is always there to burn.
        if let Ok(Ok(state)) = self.limiter.check_n(surplus) {
            self.left = (state.remaining_burst_capacity(), Instant::now());
        }
    }
}

/// The share of a whole number, rounded down, and never 0 of something.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a u32 is not above it"
)]
fn portion(whole: u32, share: f64) -> u32 {
    ((f64::from(whole) * share) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: diff::Bucket = diff::Bucket { burst: 10, per_minute: 120 };

    fn taken(bucket: &mut Bucket) -> u32 {
        std::iter::from_fn(|| bucket.take().ok()).map(|()| 1).sum()
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_goes_ahead_and_its_answer_opens_the_bucket() {
        let mut bucket = Bucket::new(TEN, 1.0);
        assert_eq!(taken(&mut bucket), 1);
        bucket.answered(Some(7));
        assert_eq!(taken(&mut bucket), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_without_headers_is_taken_to_have_what_is_configured() {
        let mut bucket = Bucket::new(TEN, 0.8);
        assert_eq!(taken(&mut bucket), 1);
        bucket.answered(None);
        assert_eq!(taken(&mut bucket), 8, "the share of ten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_surplus_is_burnt_when_somebody_else_draws() {
        let mut bucket = Bucket::told(TEN, 1.0, 9);
        assert_eq!(bucket.left(), 9);
        bucket.answered(Some(4));
        assert_eq!(taken(&mut bucket), 4);
        bucket.answered(Some(9));
        assert_eq!(taken(&mut bucket), 0, "a higher number only tells of calls under way");
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_come_back_at_the_share_of_the_rate() {
        let mut bucket = Bucket::told(TEN, 0.5, 0);
        let wait = bucket.take().unwrap_err();
        assert_eq!(wait, Duration::from_secs(1), "one a second is half of 120 a minute");
        tokio::time::advance(Duration::from_millis(3_500)).await;
        assert_eq!(bucket.left(), 3);
        assert_eq!(taken(&mut bucket), 3);
        tokio::time::advance(Duration::from_mins(5)).await;
        assert_eq!(taken(&mut bucket), 5, "never more than the share of the size");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_empties_the_bucket() {
        let mut bucket = Bucket::told(TEN, 1.0, 10);
        bucket.refused();
        assert_eq!(taken(&mut bucket), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_of_a_tiny_bucket_is_one_call() {
        let free = diff::Bucket { burst: 2, per_minute: 120 };
        let mut bucket = Bucket::told(free, 0.1, 2);
        assert_eq!(taken(&mut bucket), 1);
    }
}
