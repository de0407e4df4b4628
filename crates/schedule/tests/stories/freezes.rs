//! When a freeze holds, and what it leaves to do.

use schedule::{Allowed, Schedule};

use crate::world::{World, at, schedule, today};

fn frozen(freezes: &[&str], zone: &str) -> Schedule<()> {
    let freeze = freezes.iter().map(|it| it.parse().unwrap()).collect();
    Schedule { freeze, ..schedule("nightly", "30 2 * * *", zone) }
}

/// Until when, by UTC.
fn until(schedule: &Schedule<()>, now: &str) -> Option<String> {
    schedule.frozen_at(at(now)).map(|it| it.format("%Y-%m-%dT%H:%M:%S").to_string())
}

#[test]
fn a_freeze_holds_from_its_beginning_until_just_before_its_end() {
    let moments = frozen(&["2026-12-20T18:00:00Z..2027-01-02T06:00:00+01:00"], "Europe/Berlin");
    let end = Some("2027-01-02T05:00:00".to_owned());
    assert_eq!(until(&moments, "2026-12-20T17:59:59"), None);
    assert_eq!(until(&moments, "2026-12-20T18:00:00"), end);
    assert_eq!(until(&moments, "2027-01-02T04:59:59"), end);
    assert_eq!(until(&moments, "2027-01-02T05:00:00"), None);
    assert_eq!(moments.allowed(at("2027-01-02T05:00:00")), Allowed::Everything);
    let only = Allowed::OnlyTakingAway { until: at("2027-01-02T05:00:00") };
    assert_eq!(moments.allowed(at("2026-12-24T20:00:00")), only);
}

#[test]
fn dates_are_days_of_the_schedules_zone() {
    let berlin = frozen(&["2026-12-20..2027-01-02"], "Europe/Berlin");
    assert_eq!(until(&berlin, "2026-12-19T22:59:59"), None);
    assert_eq!(until(&berlin, "2026-12-19T23:00:00").as_deref(), Some("2027-01-01T23:00:00"));
    assert_eq!(until(&berlin, "2027-01-01T23:00:00"), None);
    let york = frozen(&["2026-12-20..2027-01-02"], "America/New_York");
    assert_eq!(until(&york, "2026-12-20T04:59:59"), None);
    assert_eq!(until(&york, "2026-12-20T05:00:00").as_deref(), Some("2027-01-02T05:00:00"));
    // The day begins at one o'clock there.
    let beirut = frozen(&["2026-03-29..2026-03-30"], "Asia/Beirut");
    assert_eq!(until(&beirut, "2026-03-28T21:59:59"), None);
    assert_eq!(until(&beirut, "2026-03-28T22:00:00").as_deref(), Some("2026-03-29T21:00:00"));
}

#[test]
fn a_yearly_freeze_comes_each_year_and_may_go_over_new_year() {
    let christmas = frozen(&["12-20..01-02"], "UTC");
    for (now, end) in [
        ("2026-12-19T23:59:59", None),
        ("2026-12-20T00:00:00", Some("2027-01-02T00:00:00")),
        ("2027-01-01T12:00:00", Some("2027-01-02T00:00:00")),
        ("2027-01-02T00:00:00", None),
        ("2031-12-31T23:59:59", Some("2032-01-02T00:00:00")),
    ] {
        assert_eq!(until(&christmas, now).as_deref(), end, "{now}");
    }
    let leap = frozen(&["02-29..03-02"], "UTC");
    assert_eq!(until(&leap, "2027-02-28T23:59:59"), None);
    assert_eq!(until(&leap, "2027-03-01T00:00:00").as_deref(), Some("2027-03-02T00:00:00"));
    assert_eq!(until(&leap, "2028-02-29T00:00:00").as_deref(), Some("2028-03-02T00:00:00"));
}

#[test]
fn a_weekly_freeze_comes_each_week() {
    let weekend = frozen(&["fri 18:00..mon"], "Europe/Berlin");
    // The 27th of November 2026 is a Friday.
    for (now, end) in [
        ("2026-11-27T16:59:59", None),
        ("2026-11-27T17:00:00", Some("2026-11-29T23:00:00")),
        ("2026-11-29T22:59:59", Some("2026-11-29T23:00:00")),
        ("2026-11-29T23:00:00", None),
        ("2026-12-04T17:00:00", Some("2026-12-06T23:00:00")),
    ] {
        assert_eq!(until(&weekend, now).as_deref(), end, "{now}");
    }
    let all_but_friday_evening = frozen(&["fri 20:00..fri 18:00"], "UTC");
    assert_eq!(until(&all_but_friday_evening, "2026-11-27T17:59:59").as_deref(), Some("2026-11-27T18:00:00"));
    assert_eq!(until(&all_but_friday_evening, "2026-11-27T19:00:00"), None);
    assert_eq!(until(&all_but_friday_evening, "2026-11-27T20:00:00").as_deref(), Some("2026-12-04T18:00:00"));
    let nights = frozen(&["sun 22:00..mon 06:00", "mon 05:00..mon 07:00"], "UTC");
    assert_eq!(until(&nights, "2026-11-30T05:30:00").as_deref(), Some("2026-11-30T07:00:00"), "the longest");
}

#[tokio::test]
async fn ticks_go_on_in_a_freeze_and_take_away_only() {
    let frozen = Schedule {
        freeze: vec!["mon 12:00..mon 14:00".parse().unwrap()],
        ..schedule("nightly", "0 * * * *", "UTC")
    };
    assert_eq!(frozen.frozen_at(today("12:30:00")), Some(today("14:00:00")));
    let world = World::of(vec![frozen], "10:30:00");
    assert_eq!(world.beat("11:00:00").await, ["ran nightly 11:00:00"]);
    assert_eq!(world.beat("12:00:00").await, ["took away until 14:00 nightly 12:00:00"]);
    assert_eq!(world.beat("13:00:00").await, ["took away until 14:00 nightly 13:00:00"]);
    assert_eq!(world.beat("14:00:00").await, ["ran nightly 14:00:00"]);
}
