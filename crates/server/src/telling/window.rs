//! What the last calls to Auth0 were like.

use std::collections::VecDeque;
use std::time::Duration;

use auth0::Usage;
use notify::Condition;
use tokio::time::Instant;

/// What is looked at where a share of calls counts, or that one was refused.
pub(super) const HOUR: Duration = Duration::from_hours(1);
/// What is looked at where it counts how long they take now.
pub(super) const NOW: Duration = Duration::from_mins(5);

/// Calls may fail up to this share, in percent.
const FAILING_PERCENT: u64 = 5;
/// Of fewer calls each is a large share.
const LEAST_CALLS: u64 = 20;
/// Calls may take so long, on average.
const SLOW: Duration = Duration::from_secs(5);

/// Calls of the last hour, by when they were counted.
#[derive(Default)]
pub(super) struct Window {
    /// Since when they are counted.
    begun: Option<Instant>,
    before: Sums,
    samples: VecDeque<(Instant, Sums)>,
}

/// Calls, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    ended: u64,
    failed: u64,
    refused: u64,
    took: Duration,
}

/// What calls say of a condition.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Stands(Condition),
    Over,
    /// Too few calls, or too short a time, to say that it is over.
    Nothing,
}

impl Window {
    /// Counts what has come since the last time.
    pub(super) fn count(&mut self, usage: &Usage, now: Instant) {
        self.begun.get_or_insert(now);
        let total = Sums {
            ended: usage.ended,
            failed: usage.failed,
            refused: usage.refused.values().sum::<u64>() + usage.authentication_refused,
            took: usage.took,
        };
        let news = total.since(self.before);
        self.before = total;
        if news != Sums::default() {
            self.samples.push_back((now, news));
        }
        while self.samples.front().is_some_and(|(at, _)| now.duration_since(*at) > HOUR) {
            self.samples.pop_front();
        }
    }

    /// Whether too many fail.
    pub(super) fn failing(&self, now: Instant) -> Said {
        let Sums { failed, ended: calls, .. } = self.last(HOUR, now);
        let enough = calls >= LEAST_CALLS;
        if enough && failed * 100 > calls * FAILING_PERCENT {
            Said::Stands(Condition::FailureRate { failed, calls })
        } else if enough || self.is_whole(now) {
            Said::Over
        } else {
            Said::Nothing
        }
    }

    /// Whether they take too long. What nobody has called for minutes is as it was.
    pub(super) fn slow(&self, now: Instant) -> Said {
        let Sums { ended, took, .. } = self.last(NOW, now);
        let Some(took) = u32::try_from(ended).ok().and_then(|it| took.checked_div(it)) else {
            return Said::Nothing;
        };
        if took > SLOW { Said::Stands(Condition::ApiSlow { took, limit: SLOW }) } else { Said::Over }
    }

    /// Whether some were refused for the rate.
    pub(super) fn refused(&self, now: Instant) -> Said {
        let Sums { refused, .. } = self.last(HOUR, now);
        if refused > 0 {
            Said::Stands(Condition::RateLimited { refused })
        } else if self.is_whole(now) {
            Said::Over
        } else {
            Said::Nothing
        }
    }

    fn last(&self, span: Duration, now: Instant) -> Sums {
        let within = self.samples.iter().filter(|(at, _)| now.duration_since(*at) <= span);
        within.fold(Sums::default(), |sum, (_, it)| sum.and(*it))
    }

    /// Whether all of the last hour was counted.
    fn is_whole(&self, now: Instant) -> bool {
        self.begun.is_some_and(|it| now.duration_since(it) >= HOUR)
    }
}

impl Sums {
    /// What was added. A count that is less than before is another client's, which began at nothing.
    fn since(self, before: Self) -> Self {
        if self.ended < before.ended {
            return self;
        }
        Self {
            ended: self.ended - before.ended,
            failed: self.failed.saturating_sub(before.failed),
            refused: self.refused.saturating_sub(before.refused),
            took: self.took.saturating_sub(before.took),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            ended: self.ended + other.ended,
            failed: self.failed + other.failed,
            refused: self.refused + other.refused,
            took: self.took + other.took,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(ended: u64, failed: u64, refused: u64, took_ms: u64) -> Usage {
        let took = Duration::from_millis(took_ms);
        Usage { ended, failed, authentication_refused: refused, took, ..Usage::default() }
    }

    #[test]
    fn more_than_five_percent_of_enough_calls_are_too_many() {
        let (mut window, start) = (Window::default(), Instant::now());
        window.count(&usage(19, 19, 0, 0), start);
        assert_eq!(window.failing(start), Said::Nothing, "too few calls, and too short a time");
        window.count(&usage(380, 19, 0, 0), start);
        assert_eq!(window.failing(start), Said::Over, "five percent are not more than five");
        window.count(&usage(381, 20, 0, 0), start);
        assert_eq!(window.failing(start), Said::Stands(Condition::FailureRate { failed: 20, calls: 381 }));
        let later = start + HOUR + Duration::from_secs(1);
        window.count(&usage(382, 20, 0, 0), later);
        assert_eq!(window.failing(later), Said::Over, "an hour later they count no more");
    }

    #[test]
    fn a_refusal_stands_for_an_hour_and_what_was_before_the_start_is_not_known() {
        let (mut window, start) = (Window::default(), Instant::now());
        window.count(&usage(5, 0, 0, 0), start);
        assert_eq!(window.refused(start), Said::Nothing);
        let minute = start + Duration::from_mins(1);
        window.count(&usage(6, 0, 1, 0), minute);
        assert_eq!(window.refused(minute + HOUR), Said::Stands(Condition::RateLimited { refused: 1 }));
        assert_eq!(window.refused(minute + HOUR + Duration::from_secs(1)), Said::Over);
    }

    #[test]
    fn the_average_of_the_last_minutes_says_whether_it_is_slow() {
        let (mut window, start) = (Window::default(), Instant::now());
        assert_eq!(window.slow(start), Said::Nothing);
        window.count(&usage(2, 0, 0, 10_000), start);
        assert_eq!(window.slow(start), Said::Over, "five seconds are not more than five");
        window.count(&usage(4, 0, 0, 22_000), start);
        let (took, limit) = (Duration::from_millis(5_500), SLOW);
        assert_eq!(window.slow(start), Said::Stands(Condition::ApiSlow { took, limit }));
        assert_eq!(window.slow(start + NOW + Duration::from_secs(1)), Said::Nothing, "nobody called since");
    }

    #[test]
    fn another_client_begins_at_nothing() {
        let (mut window, start) = (Window::default(), Instant::now());
        window.count(&usage(100, 0, 0, 0), start);
        window.count(&usage(30, 3, 0, 0), start);
        assert_eq!(window.last(HOUR, start), Sums { ended: 130, failed: 3, ..Sums::default() });
    }
}
