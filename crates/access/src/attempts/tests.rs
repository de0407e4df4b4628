//! Stories of addresses that fail, on a given clock.

use super::*;

const HOME: &str = "192.0.2.1";
const OFFICE: &str = "192.0.2.2";

/// Three failures a minute, and a clock that a story sets.
struct World {
    attempts: Attempts,
    seconds: i64,
}

impl World {
    fn new() -> Self {
        Self::remembering(Attempts::MOST_ADDRESSES)
    }

    fn remembering(most: usize) -> Self {
        let limit = NonZeroU32::new(3).unwrap();
        Self { attempts: Attempts::remembering(most, limit, Duration::from_mins(1)), seconds: 0 }
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + self.seconds, 0).unwrap()
    }

    fn at(&mut self, seconds: i64) -> &mut Self {
        self.seconds = seconds;
        self
    }

    fn fails(&mut self, address: &str, times: usize) -> &mut Self {
        for _ in 0..times {
            self.attempts.failed(address.parse().unwrap(), self.now());
        }
        self
    }

    fn succeeds(&mut self, address: &str) -> &mut Self {
        self.attempts.succeeded(address.parse().unwrap(), self.now());
        self
    }

    fn waits(&self, address: &str) -> u64 {
        let checked = self.attempts.check(address.parse().unwrap(), self.now());
        checked.err().map_or(0, TryAgainIn::seconds)
    }

    fn remembered(&self) -> usize {
        let failed = self.attempts.lock();
        assert_eq!(failed.whole_at.len(), failed.by_time.len());
        failed.whole_at.len()
    }
}

#[test]
fn whoever_fails_too_often_waits_and_may_then_try_once() {
    let mut world = World::new();
    assert_eq!(world.fails(HOME, 2).waits(HOME), 0);
    assert_eq!(world.fails(HOME, 1).waits(HOME), 20, "one of three comes back in a third of a minute");
    assert_eq!(world.at(1).waits(HOME), 19);
    assert_eq!(world.at(20).waits(HOME), 0);
    assert_eq!(world.fails(HOME, 1).waits(HOME), 20);
    assert_eq!(
        world.at(80).fails(HOME, 2).waits(HOME),
        0,
        "after a minute of quiet all three are there again"
    );
}

#[test]
fn asking_costs_nothing_and_failing_while_one_waits_nothing_more() {
    let mut world = World::new();
    for _ in 0..100 {
        assert_eq!(world.waits(HOME), 0);
    }
    assert_eq!(
        world.fails(HOME, 100).waits(HOME),
        20,
        "a script that goes on does not lock the address for hours"
    );
}

#[test]
fn one_address_does_not_pay_for_another() {
    let mut world = World::new();
    assert_eq!(world.fails(HOME, 3).waits(OFFICE), 0);
}

#[test]
fn a_success_gives_one_failure_back() {
    let mut world = World::new();
    assert_eq!(world.fails(HOME, 3).succeeds(HOME).waits(HOME), 0);
    assert_eq!(world.fails(HOME, 1).waits(HOME), 20);
    world.succeeds(HOME).succeeds(HOME).succeeds(HOME).succeeds(HOME);
    assert_eq!(world.remembered(), 0);
    assert_eq!(world.fails(HOME, 3).waits(HOME), 20, "and nobody saves successes up");
}

#[test]
fn addresses_of_one_ipv6_network_are_one_and_so_are_the_spellings_of_ipv4() {
    let mut world = World::new();
    world.fails("2001:db8:0:1::1", 1).fails("2001:db8:0:1:ffff::2", 1).fails("2001:db8:0:1::3", 1);
    assert_eq!(world.waits("2001:db8:0:1:abcd::"), 20);
    assert_eq!(world.waits("2001:db8:0:2::1"), 0);
    world.fails("::ffff:192.0.2.1", 3);
    assert_eq!(world.waits(HOME), 20);
    assert_eq!(world.waits("::ffff:192.0.2.2"), 0);
}

#[test]
fn memory_is_bounded_and_those_who_failed_least_are_forgotten_first() {
    let mut world = World::remembering(10);
    world.fails(HOME, 3);
    for last in 0..200 {
        world.fails(&format!("198.51.100.{last}"), 1);
        assert!(world.remembered() <= 10);
    }
    assert_eq!(world.waits(HOME), 20, "two hundred others with one failure each do not push it out");
    for last in 0..10 {
        world.at(1).fails(&format!("203.0.113.{last}"), 3);
    }
    assert_eq!(world.waits(HOME), 19, "nor do ten others with three: who comes last is forgotten first");
    assert_eq!(world.remembered(), 10);
}

#[test]
fn what_is_over_is_forgotten() {
    let mut world = World::new();
    world.fails(HOME, 3).fails(OFFICE, 1);
    assert_eq!(world.remembered(), 2);
    world.at(60).fails("198.51.100.1", 1);
    assert_eq!(world.remembered(), 1);
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out_for_longer() {
    let mut world = World::new();
    assert_eq!(world.at(86_400).fails(HOME, 3).at(0).waits(HOME), 20);
}

#[test]
fn times_that_make_no_sense_are_brought_into_bounds() {
    let once = NonZeroU32::new(1).unwrap();
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let home = HOME.parse().unwrap();
    for (per, wait) in [(Duration::ZERO, 1), (Duration::MAX, 86_400)] {
        let attempts = Attempts::new(once, per);
        attempts.failed(home, now);
        assert_eq!(attempts.check(home, now).unwrap_err().seconds(), wait);
    }
    let waiting = TryAgainIn(Duration::from_millis(1500)).to_string();
    assert_eq!(waiting, "too many attempts have failed from this address; try again in 2 s");
}
