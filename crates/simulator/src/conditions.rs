//! What surrounds the tenant: how far away it is, and who else uses it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::ids;

/// The distance and the neighbours. Readable and settable while running under `/_simulator/conditions`.
///
/// They are not among the [`Switches`](crate::Switches): those are about what Auth0 does, and turning one starts the
/// buckets anew, while neighbours come and go and the buckets stay as they are. What is left out is nought.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// How long each answer is held back, on top of the work.
    pub latency_ms: u64,
    /// Up to how much longer than that, evenly spread.
    pub jitter_ms: u64,
    /// How many calls a second the tenant's other applications make, evenly in time; fractions are allowed.
    ///
    /// They take their tokens out of the same buckets. One that finds none waits in line for the next, so that the
    /// bucket's rate less theirs is left, up to nine tenths of that rate; those beyond it take what is there, and go
    /// without where nothing is. On plans without a global bucket they are spread over the groups' buckets in
    /// proportion to their rates. They are in no journal and no statistics. At most a million; what is negative or
    /// no number is nobody.
    pub background_rps: f64,
}

impl Conditions {
    /// Why they cannot be; `None` if they can.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let can_be = (0.0..=1_000_000.0).contains(&self.background_rps);
        (!can_be).then_some("background_rps is a number of calls a second, from 0 to 1000000")
    }
}

/// What the waits are drawn from: the same seed gives the same waits, in the order of the requests.
#[derive(Debug)]
pub(crate) struct Dice {
    seed: u64,
    thrown: AtomicU64,
}

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, thrown: AtomicU64::new(0) }
    }

    /// How long the next request is held back.
    pub(crate) fn wait(&self, conditions: &Conditions) -> Duration {
        let Conditions { latency_ms, jitter_ms, background_rps: _ } = *conditions;
        if jitter_ms == 0 {
            return Duration::from_millis(latency_ms);
        }
        let number = self.thrown.fetch_add(1, Ordering::Relaxed);
        let drawn = ids::mixed(ids::mixed(self.seed).wrapping_add(number));
        let jitter_us = jitter_ms.saturating_mul(1000);
        Duration::from_millis(latency_ms) + Duration::from_micros(drawn % jitter_us.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(seed: u64, count: usize) -> Vec<Duration> {
        let (dice, conditions) =
            (Dice::new(seed), Conditions { latency_ms: 80, jitter_ms: 40, background_rps: 0.0 });
        (0..count).map(|_| dice.wait(&conditions)).collect()
    }

    #[test]
    fn waits_are_spread_over_the_jitter() {
        let waits = waits(1, 1_000);
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least >= Duration::from_millis(80) && *least < Duration::from_millis(81), "{least:?}");
        assert!(*most > Duration::from_millis(119) && *most <= Duration::from_millis(120), "{most:?}");
        let mean = waits.iter().sum::<Duration>() / 1_000;
        assert!(mean.abs_diff(Duration::from_millis(100)) < Duration::from_millis(2), "{mean:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        assert_eq!(waits(7, 50), waits(7, 50));
        assert_ne!(waits(7, 50), waits(8, 50));
    }

    #[test]
    fn without_jitter_all_wait_alike() {
        let conditions = Conditions { latency_ms: 80, ..Conditions::default() };
        assert_eq!(Dice::new(0).wait(&conditions), Duration::from_millis(80));
    }

    #[test]
    fn nobody_calls_less_than_never() {
        for (background_rps, can_be) in
            [(0.0, true), (2.5, true), (-1.0, false), (f64::NAN, false), (1e9, false)]
        {
            let conditions = Conditions { background_rps, ..Conditions::default() };
            assert_eq!(conditions.fault().is_none(), can_be, "{background_rps}");
        }
    }
}
