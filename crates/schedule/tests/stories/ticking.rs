//! What is due: the newest tick, once, and a little later where there is jitter.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use schedule::Schedule;

use crate::world::{at, schedule, ticks, today};

#[test]
fn of_all_that_was_missed_the_newest_is_caught_up() {
    let nightly = schedule("nightly", "30 2 * * *", "UTC");
    let missed = |last, now| nightly.missed(last, at(now));
    assert_eq!(missed(None, "2026-11-23T12:00:00"), None, "what never was taken has missed nothing");
    let last = Some(at("2026-11-20T02:30:00"));
    assert_eq!(missed(last, "2026-11-21T02:29:59"), None);
    assert_eq!(missed(last, "2026-11-21T02:30:00"), Some(at("2026-11-21T02:30:00")));
    assert_eq!(missed(last, "2026-11-23T12:00:00"), Some(at("2026-11-23T02:30:00")));
    assert_eq!(missed(Some(at("2026-11-23T02:30:00")), "2026-11-23T12:00:00"), None);
    // Somebody ran it by hand in the meantime.
    assert_eq!(missed(Some(at("2026-11-23T09:00:00")), "2026-11-23T12:00:00"), None);
}

#[test]
fn years_of_seconds_are_caught_up_at_once() {
    let each_second = schedule("s", "* * * * * *", "Europe/Berlin");
    let now = at("2026-10-25T00:30:00");
    assert_eq!(each_second.due(at("2016-01-01T00:00:00"), now), Some(now));
    let office = schedule("office", "*/5 8-17 * * MON-FRI", "Europe/Berlin");
    let monday = at("2026-11-23T05:00:00");
    assert_eq!(office.due(at("2016-01-01T00:00:00"), monday), Some(at("2026-11-20T16:55:00")));
}

fn with_jitter(name: &str, cron: &str, jitter: u64) -> Schedule<()> {
    Schedule { jitter: Duration::from_secs(jitter), ..schedule(name, cron, "UTC") }
}

#[test]
fn jitter_is_the_same_for_all_and_another_for_each() {
    let hourly = with_jitter("hourly", "0 * * * *", 600);
    let again = with_jitter("hourly", "0 * * * *", 600);
    let other = with_jitter("other", "0 * * * *", 600);
    let late = |it: &Schedule<()>| {
        let day = ticks(it, today("00:00:00"), today("23:59:59"));
        day.into_iter().map(|tick| (it.jittered(tick) - tick).num_seconds()).collect::<Vec<_>>()
    };
    assert_eq!(late(&hourly), late(&again));
    assert_ne!(late(&hourly), late(&other));
    assert!(late(&hourly).iter().all(|it| (0..600).contains(it)));
    assert!(late(&hourly).iter().collect::<BTreeSet<_>>().len() > 15, "{:?}", late(&hourly));
    // What one release gives, the next gives: replicas of two releases run side by side.
    assert_eq!(late(&hourly)[..4], [104, 239, 247, 70]);
    assert_eq!(schedule("hourly", "0 * * * *", "UTC").jittered(today("08:00:00")), today("08:00:00"));
}

#[test]
fn jitter_never_reaches_the_next_tick_and_loses_none() {
    let each_minute = with_jitter("minute", "* * * * *", 3_600);
    let hour = ticks(&each_minute, today("08:00:00"), today("09:00:00"));
    for pair in hour.windows(2) {
        assert!(each_minute.jittered(pair[0]) < pair[1]);
    }
    let mut seen = hour[0];
    let mut taken = vec![seen];
    let mut now = hour[0];
    while now < today("09:00:00") {
        now += TimeDelta::seconds(1);
        if let Some(tick) = each_minute.due(seen, now) {
            assert_eq!(now, each_minute.jittered(tick), "at its own second");
            taken.push(tick);
            seen = tick;
        }
    }
    assert_eq!(taken, hour[..taken.len()]);
    assert!(taken.len() >= hour.len() - 1);
}

#[test]
fn jitter_that_is_not_over_leaves_the_tick_before_it_due() {
    let hourly = with_jitter("hourly", "0 * * * *", 600);
    let tick = ticks(&hourly, today("00:00:00"), today("23:00:00"))
        .into_iter()
        .find(|it| hourly.jittered(*it) > *it + TimeDelta::seconds(1))
        .unwrap();
    let before = tick - TimeDelta::hours(1);
    let first_second = tick + TimeDelta::seconds(1);
    assert_eq!(hourly.due(before - TimeDelta::hours(5), first_second), Some(before));
    assert_eq!(hourly.due(before, first_second), None);
    assert_eq!(hourly.due(before, hourly.jittered(tick)), Some(tick));
}
