//! Freezes: spans of time in which nobody is given anything, and in which what must be taken away still is.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use crate::zone;

/// A span in which giving, creating and changing wait. It holds from its beginning until just before its end.
///
/// Four ways to write it; all but the first are by the clock of the schedule's zone:
///
/// | | |
/// |---|---|
/// | `2026-12-20T18:00:00Z..2027-01-02T06:00:00+01:00` | two moments |
/// | `2026-12-20..2027-01-02` | from one day's beginning to another's |
/// | `12-20..01-02` | the same each year |
/// | `fri 18:00..mon`, `sat..mon` | the same each week |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    text: String,
    span: Span,
}

/// What may be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// All of it.
    Everything,
    /// A freeze holds: blocks, revocations and ends of sessions are done, and nothing is given, made or changed.
    OnlyTakingAway {
        /// Until when. Another freeze may follow.
        until: DateTime<Utc>,
    },
}

/// Why a text is no freeze.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// It cannot be read, or the two ends are not of one kind.
    #[error(
        "{0:?} is no freeze: write two dates, as in 2026-12-20..2027-01-02 or 12-20..01-02, two moments, as in \
         2026-12-20T18:00:00Z..2027-01-02T06:00:00Z, or two weekdays, as in fri 18:00..mon"
    )]
    Unreadable(String),
    /// It ends before it begins, or at once.
    #[error("the freeze {0:?} ends before it has begun")]
    Backwards(String),
}

/// The two ends, of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Span {
    Moments(DateTime<Utc>, DateTime<Utc>),
    Dates(NaiveDate, NaiveDate),
    Yearly(DayOfYear, DayOfYear),
    Weekly(TimeOfWeek, TimeOfWeek),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DayOfYear {
    month: u32,
    day: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TimeOfWeek {
    day: Weekday,
    time: NaiveTime,
}

impl Freeze {
    /// From one moment to another.
    ///
    /// # Errors
    /// It ends before it has begun.
    pub fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Self, FreezeError> {
        format!("{}..{}", from.to_rfc3339(), until.to_rfc3339()).parse()
    }

    /// Until when it holds, where it holds at that moment.
    pub fn holds_at(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let today = zone::local(zone, now).date();
        match self.span {
            Span::Moments(from, until) => (from <= now && now < until).then_some(until),
            Span::Dates(from, until) => within(now, zone, midnight(from), midnight(until)),
            Span::Yearly(from, until) => [today.year() - 1, today.year()].into_iter().find_map(|year| {
                let end = if until <= from { year + 1 } else { year };
                within(now, zone, midnight(from.of(year)?), midnight(until.of(end)?))
            }),
            Span::Weekly(from, until) => {
                let long = u64::from(until.day.days_since(from.day));
                let long = if long == 0 && until.time <= from.time { 7 } else { long };
                let days = (0..=7).filter_map(|ago| today.checked_sub_days(Days::new(ago)));
                days.filter(|it| it.weekday() == from.day).find_map(|day| {
                    let end = day.checked_add_days(Days::new(long))?;
                    within(now, zone, day.and_time(from.time), end.and_time(until.time))
                })
            }
        }
    }
}

/// The end, where `now` lies between the two local times.
fn within(now: DateTime<Utc>, zone: Tz, from: NaiveDateTime, until: NaiveDateTime) -> Option<DateTime<Utc>> {
    let (from, until) = (zone::reached(zone, from), zone::reached(zone, until));
    (from <= now && now < until).then_some(until)
}

fn midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN)
}

impl DayOfYear {
    /// The 29th of February is the 1st of March in other years.
    fn of(self, year: i32) -> Option<NaiveDate> {
        let Self { month, day } = self;
        NaiveDate::from_ymd_opt(year, month, day).or_else(|| NaiveDate::from_ymd_opt(year, month + 1, 1))
    }
}

impl FromStr for Freeze {
    type Err = FreezeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_owned();
        let Some(span) = span(&text) else { return Err(FreezeError::Unreadable(text)) };
        let is_forward = match span {
            Span::Moments(from, until) => from < until,
            Span::Dates(from, until) => from < until,
            Span::Yearly(from, until) => from != until,
            Span::Weekly(from, until) => from != until,
        };
        if is_forward { Ok(Self { text, span }) } else { Err(FreezeError::Backwards(text)) }
    }
}

fn span(text: &str) -> Option<Span> {
    let (from, until) = text.split_once("..")?;
    let (from, until) = (from.trim(), until.trim());
    moment(from)
        .zip(moment(until))
        .map(|(from, until)| Span::Moments(from, until))
        .or_else(|| date(from).zip(date(until)).map(|(from, until)| Span::Dates(from, until)))
        .or_else(|| day_of_year(from).zip(day_of_year(until)).map(|(from, until)| Span::Yearly(from, until)))
        .or_else(|| {
            time_of_week(from).zip(time_of_week(until)).map(|(from, until)| Span::Weekly(from, until))
        })
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

fn date(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

fn day_of_year(text: &str) -> Option<DayOfYear> {
    // Of a leap year, so that all there are can be read.
    let date: NaiveDate = format!("2000-{text}").parse().ok()?;
    Some(DayOfYear { month: date.month(), day: date.day() })
}

fn time_of_week(text: &str) -> Option<TimeOfWeek> {
    let (day, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let time = NaiveTime::parse_from_str(time.trim(), "%H:%M").ok()?;
    Some(TimeOfWeek { day: day.parse().ok()?, time })
}

impl fmt::Display for Freeze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
