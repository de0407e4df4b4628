//! How long is waited for an answer, before the next attempt, and altogether.

use std::time::Duration;

use rand::RngExt as _;

/// How a channel tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long one attempt may take.
    pub attempt: Duration,
    /// The wait after the first attempt that failed; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait, also where a server asks for a longer one.
    pub longest_wait: Duration,
    /// A notice that could not be sent for so long is given up.
    pub give_up_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // A mail takes several answers, and some servers think before each of them.
            attempt: Duration::from_secs(30),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(5),
            give_up_after: Duration::from_hours(1),
        }
    }
}

impl Patience {
    /// The wait after so many attempts that failed, where the server asked for `asked`. None where patience
    /// would end meanwhile: `age` is how long the notice has been due.
    pub(crate) fn wait(&self, failed: u32, asked: Option<Duration>, age: Duration) -> Option<Duration> {
        let doubled = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        let step = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
        // Channels that failed together come back apart.
        let own = step.mul_f64(rand::rng().random_range(0.5..=1.0));
        let wait = own.max(asked.unwrap_or_default().min(self.longest_wait));
        (age.saturating_add(wait) <= self.give_up_after).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_are_not_all_alike_and_have_an_end() {
        let patience = Patience::default();
        for (failed, whole) in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (99, 300)] {
            let wait = patience.wait(failed, None, Duration::ZERO).unwrap();
            assert!(wait >= SECOND * whole / 2 && wait <= SECOND * whole, "{failed}: {wait:?}");
        }
        let waits: Vec<_> = (0..8).map(|_| patience.wait(9, None, Duration::ZERO)).collect();
        assert!(waits.iter().any(|it| *it != waits[0]), "{waits:?}");
    }

    #[test]
    fn a_server_is_given_the_time_it_asks_for_within_reason() {
        let patience = Patience::default();
        assert_eq!(patience.wait(1, Some(SECOND * 40), Duration::ZERO), Some(SECOND * 40));
        assert_eq!(patience.wait(1, Some(SECOND * 86_400), Duration::ZERO), Some(SECOND * 300));
        let short = patience.wait(9, Some(SECOND), Duration::ZERO).unwrap();
        assert!(short >= SECOND * 128, "our own wait is longer: {short:?}");
    }

    #[test]
    fn patience_ends() {
        let patience = Patience::default();
        assert!(patience.wait(3, None, SECOND * 3_590).is_some());
        assert_eq!(patience.wait(3, None, SECOND * 3_600), None);
        assert_eq!(patience.wait(1, Some(SECOND * 60), SECOND * 3_590), None, "it would be over by then");
        assert_eq!(patience.wait(1, None, Duration::MAX), None);
    }
}
