//! Addresses that fail, and others beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use access::{Attempts, TryAgainIn};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

fn attempts(limit: u32, per: Duration) -> Attempts {
    Attempts::new(NonZeroU32::new(limit).unwrap(), per)
}

fn at_ms(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_800_000_000_000 + milliseconds).unwrap()
}

#[test]
fn whoever_guesses_gets_a_burst_and_then_a_trickle() {
    let attempts = attempts(5, Duration::from_mins(1));
    let mut let_in = Vec::new();
    for second in 0..60 {
        if attempts.check(HOME, at_ms(second * 1000)).is_ok() {
            attempts.failed(HOME, at_ms(second * 1000));
            let_in.push(second);
        }
    }
    assert_eq!(let_in, [0, 1, 2, 3, 4, 12, 24, 36, 48]);
}

#[test]
fn whoever_was_let_in_before_is_kept_out_no_less() {
    let attempts = attempts(3, Duration::from_mins(1));
    for _ in 0..1000 {
        attempts.succeeded(HOME, at_ms(0));
    }
    for _ in 0..3 {
        attempts.failed(HOME, at_ms(0));
    }
    assert_eq!(attempts.check(HOME, at_ms(0)), Err(TryAgainIn(Duration::from_secs(20))));
}

#[test]
fn many_threads_fail_as_often_as_one() {
    let attempts = attempts(1000, Duration::from_hours(1));
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| (0..99).for_each(|_| attempts.failed(HOME, at_ms(0))));
        }
    });
    (0..9).for_each(|_| attempts.failed(HOME, at_ms(0)));
    assert!(attempts.check(HOME, at_ms(0)).is_ok(), "999 times");
    attempts.failed(HOME, at_ms(0));
    assert_eq!(attempts.check(HOME, at_ms(0)).unwrap_err().seconds(), 4);
    assert!(attempts.check(OFFICE, at_ms(0)).is_ok());
}

#[test]
fn ten_thousand_addresses_are_remembered_and_the_one_with_the_least_to_wait_is_forgotten() {
    let attempts = attempts(1, Duration::from_mins(1));
    let others = u32::try_from(Attempts::MOST_ADDRESSES).unwrap();
    let other = |number: u32| IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number));
    attempts.failed(HOME, at_ms(0));
    for number in 1..others {
        attempts.failed(other(number), at_ms(1000));
    }
    assert!(attempts.check(HOME, at_ms(1000)).is_err(), "there is room for all of them");
    attempts.failed(other(others), at_ms(1000));
    assert!(attempts.check(HOME, at_ms(1000)).is_ok(), "and for no more");
    assert!((1..=others).all(|it| attempts.check(other(it), at_ms(1000)).is_err()));
    assert!(attempts.check(other(1), at_ms(61_000)).is_ok());
}

#[test]
fn whoever_has_a_network_of_ipv6_has_one_address() {
    let attempts = attempts(100, Duration::from_mins(1));
    let network = 0x2001_0db8_0000_0001_u128 << 64;
    for number in 0..100_u128 {
        let it = IpAddr::V6(Ipv6Addr::from_bits(network + (number << 57) + number));
        attempts.failed(it, at_ms(0));
    }
    let within = |bits| attempts.check(IpAddr::V6(Ipv6Addr::from_bits(bits)), at_ms(0));
    assert!(within(network).is_err());
    assert!(within(network + u128::from(u64::MAX)).is_err());
    assert!(within(network + (1 << 64)).is_ok());
    assert!(within(network - 1).is_ok());
}

/// What happens to one address, and after how many milliseconds.
fn events() -> impl Strategy<Value = Vec<(i64, bool, bool)>> {
    prop::collection::vec((0..20_000_i64, any::<bool>(), any::<bool>()), 1..80)
}

proptest! {
    #[test]
    fn whoever_waits_as_told_is_let_in_to_the_nanosecond(limit in 1_u32..50, per_s in 1_u64..4000, fails in 1_u32..80) {
        let attempts = attempts(limit, Duration::from_secs(per_s));
        (0..fails).for_each(|_| attempts.failed(HOME, at_ms(0)));
        match attempts.check(HOME, at_ms(0)) {
            Ok(()) => prop_assert!(fails < limit),
            Err(TryAgainIn(wait)) => {
                prop_assert!(fails >= limit);
                prop_assert!(wait <= Duration::from_secs(per_s) / limit, "one is enough");
                let then = at_ms(0) + wait;
                prop_assert!(attempts.check(HOME, then).is_ok());
                prop_assert!(attempts.check(HOME, then - TimeDelta::nanoseconds(1)).is_err());
            }
        }
    }

    #[test]
    fn in_no_stretch_of_time_does_anybody_fail_more_often_than_twice_the_limit(
        limit in 1_u32..10,
        steps in prop::collection::vec(0..20_000_i64, 1..200),
    ) {
        let attempts = attempts(limit, Duration::from_mins(1));
        let (mut now, mut failed) = (0, Vec::new());
        for step in steps {
            now += step;
            if attempts.check(HOME, at_ms(now)).is_ok() {
                attempts.failed(HOME, at_ms(now));
                failed.push(now);
            }
        }
        for start in &failed {
            let within = failed.iter().filter(|it| (*start..*start + 60_000).contains(it)).count();
            prop_assert!(within <= 2 * limit as usize, "{failed:?}");
        }
    }

    #[test]
    fn what_others_do_changes_nothing(events in events()) {
        let (beside, alone) = (attempts(3, Duration::from_mins(1)), attempts(3, Duration::from_mins(1)));
        let mut now = 0;
        for (step, at_home, fails) in events {
            now += step;
            let address = if at_home { HOME } else { OFFICE };
            for it in [&beside, &alone].into_iter().take(if at_home { 2 } else { 1 }) {
                if fails { it.failed(address, at_ms(now)) } else { it.succeeded(address, at_ms(now)) }
            }
            prop_assert_eq!(beside.check(HOME, at_ms(now)), alone.check(HOME, at_ms(now)));
        }
    }
}
