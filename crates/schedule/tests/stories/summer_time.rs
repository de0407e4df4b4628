//! Spring and autumn: what the wall's clock leaves out, and what it shows twice.

use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Utc};
use proptest::prelude::*;
use schedule::Schedule;

use crate::world::{at, schedule, shown, ticks};

#[test]
fn a_time_that_spring_leaves_out_comes_at_the_end_of_the_gap() {
    let berlin = schedule("nightly", "30 2 * * *", "Europe/Berlin");
    assert_eq!(
        shown(&berlin, "2026-03-27T12:00:00", "2026-03-30T12:00:00"),
        ["28 02:30:00 +0100", "29 03:00:00 +0200", "30 02:30:00 +0200"]
    );
    let york = schedule("nightly", "0 15 2 * * *", "America/New_York");
    assert_eq!(
        shown(&york, "2026-03-07T00:00:00", "2026-03-09T12:00:00"),
        ["07 02:15:00 -0500", "08 03:00:00 -0400", "09 02:15:00 -0400"]
    );
    let howe = schedule("nightly", "15 2 * * *", "Australia/Lord_Howe");
    assert_eq!(
        shown(&howe, "2026-10-02T12:00:00", "2026-10-05T00:00:00"),
        ["03 02:15:00 +1030", "04 02:30:00 +1100", "05 02:15:00 +1100"]
    );
}

#[test]
fn what_spring_leaves_out_falls_together_with_what_comes_then() {
    let two = schedule("two", "0 2,3 * * *", "Europe/Berlin");
    assert_eq!(
        shown(&two, "2026-03-28T22:00:00", "2026-03-30T12:00:00"),
        ["29 03:00:00 +0200", "30 02:00:00 +0200", "30 03:00:00 +0200"]
    );
    let often = schedule("often", "*/20 2 * * *", "Europe/Berlin");
    assert_eq!(shown(&often, "2026-03-28T22:00:00", "2026-03-29T22:00:00"), ["29 03:00:00 +0200"]);
}

#[test]
fn midnight_may_be_left_out_too() {
    // In Beirut the clock goes from midnight to one.
    let beirut = schedule("daily", "0 0 * * *", "Asia/Beirut");
    assert_eq!(
        shown(&beirut, "2026-03-27T12:00:00", "2026-03-30T12:00:00"),
        ["28 00:00:00 +0200", "29 01:00:00 +0300", "30 00:00:00 +0300"]
    );
    // On a Sunday, by the wall's clock, which shows that day from one o'clock on.
    let sundays = schedule("sundays", "30 0 * * SUN", "Asia/Beirut");
    assert_eq!(shown(&sundays, "2026-03-24T12:00:00", "2026-03-31T12:00:00"), ["29 01:00:00 +0300"]);
    // Apia had no 30th of December.
    let apia = schedule("daily", "0 6 * * *", "Pacific/Apia");
    assert_eq!(
        shown(&apia, "2011-12-28T18:00:00", "2012-01-01T00:00:00"),
        ["29 06:00:00 -1000", "31 00:00:00 +1400", "31 06:00:00 +1400", "01 06:00:00 +1400"]
    );
}

#[test]
fn a_time_that_autumn_shows_twice_counts_the_first_time() {
    let berlin = schedule("nightly", "30 2 * * *", "Europe/Berlin");
    assert_eq!(
        shown(&berlin, "2026-10-24T12:00:00", "2026-10-26T12:00:00"),
        ["25 02:30:00 +0200", "26 02:30:00 +0100"]
    );
    let york = schedule("nightly", "30 1 * * *", "America/New_York");
    assert_eq!(
        shown(&york, "2026-10-31T12:00:00", "2026-11-02T12:00:00"),
        ["01 01:30:00 -0400", "02 01:30:00 -0500"]
    );
    let howe = schedule("nightly", "45 1 * * *", "Australia/Lord_Howe");
    assert_eq!(
        shown(&howe, "2026-04-04T00:00:00", "2026-04-06T00:00:00"),
        ["05 01:45:00 +1100", "06 01:45:00 +1030"]
    );
    // croner itself takes this one for an interval.
    let twice_a_day = schedule("twice", "0 2,14 * * *", "Europe/Berlin");
    assert_eq!(
        shown(&twice_a_day, "2026-10-24T22:00:00", "2026-10-25T23:00:00"),
        ["25 02:00:00 +0200", "25 14:00:00 +0100"]
    );
}

#[test]
fn every_quarter_of_an_hour_goes_through_both_hours() {
    let berlin = schedule("quick", "*/15 * * * *", "Europe/Berlin");
    assert_eq!(
        shown(&berlin, "2026-10-24T23:30:00", "2026-10-25T02:00:00"),
        [
            "25 01:45:00 +0200",
            "25 02:00:00 +0200",
            "25 02:15:00 +0200",
            "25 02:30:00 +0200",
            "25 02:45:00 +0200",
            "25 02:00:00 +0100",
            "25 02:15:00 +0100",
            "25 02:30:00 +0100",
            "25 02:45:00 +0100",
            "25 03:00:00 +0100",
        ]
    );
    let howe = schedule("quick", "*/15 * * * *", "Australia/Lord_Howe");
    assert_eq!(
        shown(&howe, "2026-04-04T14:15:00", "2026-04-04T15:30:00"),
        [
            "05 01:30:00 +1100",
            "05 01:45:00 +1100",
            "05 01:30:00 +1030",
            "05 01:45:00 +1030",
            "05 02:00:00 +1030"
        ]
    );
    assert_eq!(
        shown(&berlin, "2026-03-29T00:30:00", "2026-03-29T01:15:00"),
        ["29 01:45:00 +0100", "29 03:00:00 +0200", "29 03:15:00 +0200"]
    );
}

#[test]
fn an_hourly_schedule_ticks_once_in_each_hour_that_passes() {
    let berlin = schedule("hourly", "7 * * * *", "Europe/Berlin");
    for (from, until) in
        [("2026-03-28T12:00:00", "2026-03-30T12:00:00"), ("2026-10-24T12:00:00", "2026-10-26T12:00:00")]
    {
        let ticks = ticks(&berlin, at(from), at(until));
        assert_eq!(ticks.len(), 48);
        assert!(ticks.windows(2).all(|it| it[1] - it[0] == TimeDelta::hours(1)), "{ticks:?}");
    }
    // Half an hour back: the minute comes twice, half an hour apart.
    let howe = schedule("hourly", "45 * * * *", "Australia/Lord_Howe");
    assert_eq!(
        shown(&howe, "2026-04-04T14:00:00", "2026-04-04T16:30:00"),
        ["05 01:45:00 +1100", "05 01:45:00 +1030", "05 02:45:00 +1030"]
    );
}

/// Days of which the schedule has another number of ticks than one, by the wall's clock.
fn odd_days(schedule: &Schedule<()>, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<String> {
    let ticks: Vec<String> = ticks(schedule, from, until)
        .iter()
        .map(|it| it.with_timezone(&schedule.zone).date_naive().to_string())
        .collect();
    ticks.windows(2).filter(|it| it[0] == it[1]).map(|it| it[0].clone()).collect()
}

#[test]
fn a_year_of_nights_is_365_ticks_at_the_same_local_time() {
    for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"] {
        let nightly = schedule("nightly", "30 3 * * *", zone);
        let (from, until) = (at("2026-01-01T12:00:00"), at("2027-01-01T12:00:00"));
        let year = ticks(&nightly, from, until);
        assert_eq!(year.len(), 365, "{zone}");
        for it in &year {
            let local = it.with_timezone(&nightly.zone);
            assert_eq!((local.hour(), local.minute(), local.second()), (3, 30, 0), "{zone} {local}");
        }
        // In the hour itself that spring leaves out, it still is one a day.
        let in_the_gap = schedule("nightly", "15 2 * * *", zone);
        assert_eq!(ticks(&in_the_gap, from, until).len(), 365, "{zone}");
        assert!(odd_days(&in_the_gap, from, until).is_empty(), "{zone}");
    }
}

#[test]
fn seconds_and_leap_days_are_ticked() {
    let seconds = schedule("s", "*/20 59 23 * * *", "UTC");
    assert_eq!(
        shown(&seconds, "2026-11-23T23:59:10", "2026-11-24T23:59:10"),
        ["23 23:59:20 +0000", "23 23:59:40 +0000", "24 23:59:00 +0000"]
    );
    let leap = schedule("leap", "0 12 29 2 *", "UTC");
    let years: Vec<i32> = ticks(&leap, at("2026-01-01T00:00:00"), at("2037-01-01T00:00:00"))
        .iter()
        .map(DateTime::year)
        .collect();
    assert_eq!(years, [2028, 2032, 2036]);
    let part = at("2026-11-23T23:59:19.999");
    assert_eq!(seconds.next_after(part), Some(at("2026-11-23T23:59:20")));
    assert_eq!(seconds.next_after(at("2026-11-23T23:59:20.001")), Some(at("2026-11-23T23:59:40")));
}

/// Crons of a small grammar, each with what its fields let through.
#[derive(Clone, Debug)]
struct Grammar {
    text: String,
    fields: [Vec<u32>; 5],
    days_restricted: bool,
    weekdays_restricted: bool,
}

fn field(low: u32, high: u32) -> impl Strategy<Value = (String, Vec<u32>)> {
    let all = move || (low..=high).collect::<Vec<_>>();
    prop_oneof![
        3 => Just(()).prop_map(move |()| ("*".to_owned(), all())),
        3 => (low..=high).prop_map(|it| (it.to_string(), vec![it])),
        1 => (2..=high / 2).prop_map(move |step| {
            let hits = all().into_iter().filter(|it| (it - low).is_multiple_of(step)).collect();
            (format!("*/{step}"), hits)
        }),
        1 => (low..=high, low..=high).prop_map(|(a, b)| (format!("{}-{}", a.min(b), a.max(b)), (a.min(b)..=a.max(b)).collect())),
        1 => (low..=high, low..=high).prop_map(|(a, b)| (format!("{a},{b}"), vec![a, b])),
    ]
}

prop_compose! {
    fn grammar()(minute in field(0, 59), hour in field(0, 23), day in field(1, 31), month in field(1, 12), weekday in field(0, 6)) -> Grammar {
        let fields = [minute, hour, day, month, weekday];
        let text = fields.iter().map(|it| it.0.as_str()).collect::<Vec<_>>().join(" ");
        let (days_restricted, weekdays_restricted) = (fields[2].0 != "*", fields[4].0 != "*");
        Grammar { text, fields: fields.map(|it| it.1), days_restricted, weekdays_restricted }
    }
}

impl Grammar {
    fn matches_day(&self, it: DateTime<Utc>) -> bool {
        let day = self.fields[2].contains(&it.day());
        let weekday = self.fields[4].contains(&it.weekday().num_days_from_sunday());
        let which = match (self.days_restricted, self.weekdays_restricted) {
            (true, true) => day || weekday,
            (true, false) => day,
            (false, true) => weekday,
            (false, false) => true,
        };
        which && self.fields[3].contains(&it.month())
    }

    /// Looks at every minute of the next so many days.
    fn next_by_hand(&self, after: DateTime<Utc>, days: i64) -> Option<DateTime<Utc>> {
        let mut it = after - TimeDelta::seconds(after.second().into()) + TimeDelta::minutes(1);
        while it <= after + TimeDelta::days(days) {
            if !self.matches_day(it) {
                it = (it.date_naive() + TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN).and_utc();
            } else if self.fields[0].contains(&it.minute()) && self.fields[1].contains(&it.hour()) {
                return Some(it);
            } else {
                it += TimeDelta::minutes(1);
            }
        }
        None
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_next_tick_is_what_a_look_at_every_minute_finds(cron in grammar(), start in 1_700_000_000_i64..1_900_000_000) {
        // Days that no year has are refused.
        let Ok(parsed) = cron.text.parse() else { return Ok(()) };
        let schedule = Schedule { cron: parsed, ..schedule("any", "0 0 * * *", "UTC") };
        let mut after = DateTime::from_timestamp(start, 0).unwrap();
        for _ in 0..5 {
            let (ours, by_hand) = (schedule.next_after(after), cron.next_by_hand(after, 3_000));
            prop_assert_eq!(ours, by_hand, "{} after {}", cron.text, after);
            let Some(next) = ours else { break };
            after = next;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn ticks_rise_in_every_zone_and_the_newest_is_found(cron in grammar(), zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "America/Santiago"]), month in prop::sample::select(vec![3, 4, 9, 10, 11]), hours in 1_i64..2_000) {
        let Ok(parsed) = cron.text.parse() else { return Ok(()) };
        let schedule = Schedule { cron: parsed, ..schedule("any", "0 0 * * *", zone) };
        let start = at(&format!("2026-{month:02}-01T00:00:00"));
        let end = start + TimeDelta::hours(hours);
        let mut after = start;
        let mut newest = None;
        for _ in 0..500 {
            let Some(next) = schedule.next_after(after) else { break };
            prop_assert!(next > after, "{} in {}: {} after {}", cron.text, zone, next, after);
            // Nothing lies between: from any moment on the way the next one is the same.
            prop_assert_eq!(schedule.next_after(after + (next - after) / 2), Some(next));
            prop_assert_eq!(schedule.next_after(next - TimeDelta::seconds(1)), Some(next));
            if next <= end { newest = Some(next) }
            after = next;
        }
        if after > end {
            prop_assert_eq!(schedule.due(start, end), newest);
        }
    }
}
