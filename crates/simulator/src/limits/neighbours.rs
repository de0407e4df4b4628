//! The calls of the tenant's other applications, as far as they have come.

use std::time::Duration;

use tokio::time::Instant;

/// Calls that come evenly. Nothing runs for them: whoever looks at the bucket lets those come that were due since.
#[derive(Debug)]
pub(super) struct Neighbours {
    every: Duration,
    next: Instant,
    /// The part of them that wait where there is no token.
    patient: f64,
    /// How many of these are due, as a fraction of one.
    due: f64,
}

impl Neighbours {
    /// Of so many calls a second, up to so many patient ones. `None` for a rate at which nobody ever calls.
    pub(super) fn calling(rate: f64, patient_rate: f64, now: Instant) -> Option<Self> {
        if !rate.is_finite() || rate <= 0.0 {
            return None;
        }
        // Not more than a million a second, so that their calls are apart.
        let every = Duration::try_from_secs_f64(1.0 / rate).ok()?.max(Duration::from_micros(1));
        let patient = (patient_rate / rate).min(1.0);
        Some(Self { every, next: now.checked_add(every)?, patient, due: 0.0 })
    }

    pub(super) fn rate(&self) -> f64 {
        1.0 / self.every.as_secs_f64()
    }

    /// When the next call came that nobody has looked at yet, and whether it is a patient one.
    pub(super) fn next_until(&mut self, now: Instant) -> Option<(Instant, bool)> {
        let at = self.next;
        if at > now {
            return None;
        }
        self.next += self.every;
        self.due += self.patient;
        let is_patient = self.due >= 1.0;
        if is_patient {
            self.due -= 1.0;
        }
        Some((at, is_patient))
    }

    /// Lets all but the last `kept` calls until now pass at once: how many they were and when the last came.
    pub(super) fn skip_to_last(&mut self, kept: u32, now: Instant) -> Option<(f64, Instant)> {
        let since = now.checked_duration_since(self.next)?;
        let due = since.as_nanos() / self.every.as_nanos() + 1;
        let skipped = u32::try_from(due.checked_sub(u128::from(kept))?).unwrap_or(u32::MAX);
        let last = self.next + self.every * skipped.checked_sub(1)?;
        self.next = last + self.every;
        Some((f64::from(skipped), last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_evenly() {
        let start = Instant::now();
        let mut neighbours = Neighbours::calling(2.5, 1.0, start).unwrap();
        let at = |millis| start + Duration::from_millis(millis);
        let mut due = |millis| std::iter::from_fn(|| neighbours.next_until(at(millis))).count();
        assert_eq!([due(399), due(400), due(401), due(2_000)], [0, 1, 0, 4]);
    }

    #[test]
    fn many_pass_at_once() {
        let start = Instant::now();
        let mut neighbours = Neighbours::calling(1_000.0, 1.0, start).unwrap();
        let now = start + Duration::from_secs(10);
        let (skipped, last) = neighbours.skip_to_last(1_000, now).unwrap();
        assert_eq!((skipped, last), (9_000.0, start + Duration::from_secs(9)));
        assert_eq!(neighbours.skip_to_last(1_000, now), None);
        assert_eq!(std::iter::from_fn(|| neighbours.next_until(now)).count(), 1_000);
    }

    #[test]
    fn some_rates_are_nobody() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300] {
            assert!(Neighbours::calling(rate, 1.0, Instant::now()).is_none(), "{rate}");
        }
    }
}
