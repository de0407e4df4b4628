//! From the clock on the wall to moments: local times that do not exist, and those that come twice.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// What the clock on the wall shows.
pub(crate) fn local(zone: Tz, moment: DateTime<Utc>) -> NaiveDateTime {
    moment.with_timezone(&zone).naive_local()
}

/// When it shows this first; never in spring's gap.
pub(crate) fn first(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    zone.from_local_datetime(&local).earliest().map(|it| it.to_utc())
}

/// When it shows this last; never in spring's gap.
pub(crate) fn last(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    zone.from_local_datetime(&local).latest().map(|it| it.to_utc())
}

/// When it shows this or more for the first time: in spring's gap, its end.
pub(crate) fn reached(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    first(zone, local).unwrap_or_else(|| end_of_gap(zone, local))
}

/// Whether the clock shows this twice.
pub(crate) fn comes_twice(zone: Tz, local: NaiveDateTime) -> bool {
    first(zone, local) != last(zone, local)
}

/// The second at which the clock jumps over this. It runs forward all around, so halving finds the jump.
fn end_of_gap(zone: Tz, within: NaiveDateTime) -> DateTime<Utc> {
    // No offset is longer than this; and no gap, although one was a whole day (Apia in 2011).
    let margin = TimeDelta::hours(40);
    let (mut before, mut after) = (within.and_utc() - margin, within.and_utc() + margin);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if local(zone, middle) < within { before = middle } else { after = middle }
    }
    after
}
