//! How long to wait before the same again.

use std::time::Duration;

use rand::RngExt as _;

/// The longest wait between two attempts, and the longest that Auth0 may ask for.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// How many refusals for want of a rate-limit token are borne for each retry that is allowed. A refused
/// call was not done, costs nothing but time, and happens to a tenant's neighbours all the time.
const REFUSALS_PER_RETRY: u32 = 3;

/// How often, and how far apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    pub(crate) max: u32,
    pub(crate) backoff: Duration,
}

/// What has happened to one call so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tries {
    /// Attempts made.
    pub(crate) attempts: u32,
    /// Those that failed, 429 and 401 apart.
    pub(crate) failed: u32,
    /// Answered 429.
    pub(crate) refused: u32,
    /// How long to wait after a 429 that no lane waits for.
    pub(crate) own_wait: Duration,
    /// Whether a fresh token was tried.
    pub(crate) renewed: bool,
}

impl Retry {
    /// Whether a failed call may be sent once more.
    pub(crate) fn allows(self, tries: Tries) -> bool {
        tries.failed <= self.max
    }

    /// Whether a call that was refused for want of a rate-limit token may be sent once more.
    pub(crate) fn bears(self, tries: Tries) -> bool {
        tries.refused <= self.max.saturating_mul(REFUSALS_PER_RETRY)
    }

    /// Exponential, between half of the step and the whole: calls that failed together come back apart.
    pub(crate) fn wait(self, failed: u32) -> Duration {
        let step = self.backoff.saturating_mul(doubled(failed)).min(LONGEST_WAIT);
        step.mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

/// 1, 2, 4 … for the first, second, third time.
pub(crate) fn doubled(times: u32) -> u32 {
    1_u32.checked_shl(times.saturating_sub(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_have_an_end() {
        let retry = Retry { max: 3, backoff: Duration::from_secs(1) };
        for (failed, whole) in [(1, 1), (2, 2), (3, 4), (40, 60)] {
            let wait = retry.wait(failed);
            let whole = Duration::from_secs(whole);
            assert!(wait >= whole / 2 && wait <= whole, "{failed}: {wait:?}");
        }
    }

    #[test]
    fn attempts_have_an_end_and_refusals_a_later_one() {
        let retry = Retry { max: 3, backoff: Duration::ZERO };
        assert!(retry.allows(Tries { failed: 3, ..Tries::default() }));
        assert!(!retry.allows(Tries { failed: 4, ..Tries::default() }));
        assert!(retry.bears(Tries { refused: 9, ..Tries::default() }));
        assert!(!retry.bears(Tries { refused: 10, ..Tries::default() }));
        let never = Retry { max: 0, backoff: Duration::ZERO };
        assert!(!never.bears(Tries { refused: 1, ..Tries::default() }));
    }
}
