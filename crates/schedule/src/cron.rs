//! Cron expressions, over the clock on the wall: no zone, no summer time.
//!
//! [`croner`] reads them and finds the next match. Its own handling of zones is not used: it looks for the
//! next match by the wall's clock alone, so that in the hour that comes twice it goes back in time, and it
//! takes `0 2,14 * * *` for an interval, which would come twice on that day. It is asked about local times
//! as if they were UTC, where nothing of that matters, and `Schedule::next_after` does the rest.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime};
use croner::parser::{CronParser, Year};

/// When a schedule ticks: five fields, or six where the first is seconds, as in `30 2 * * *` and
/// `*/15 * * * *`.
///
/// Fields are as in crontab, with names of months and weekdays, `L`, `W` and `#`. Where both the day of the month
/// and the weekday are restricted either suffices, as in crontab; a `+` before the weekday asks for both.
#[derive(Clone, Debug, PartialEq)]
pub struct Cron {
    text: String,
    pattern: croner::Cron,
    hours: Hours,
}

/// Whether the hour field says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hours {
    /// Every hour: it ticks as time passes, whatever the wall's clock shows.
    Every,
    /// Some: somebody has chosen times of the day.
    Named,
}

/// Why a text is no cron expression.
#[derive(Debug, thiserror::Error)]
pub enum CronError {
    /// Another number of fields.
    #[error(
        "{cron:?} has {} instead of five (minute, hour, day, month, weekday), or six with seconds before them",
        count(*fields)
    )]
    Fields {
        /// What was written.
        cron: String,
        /// How many it has.
        fields: usize,
    },
    /// A field that cannot be read.
    #[error("{cron:?} is no cron expression")]
    Unreadable {
        /// What was written.
        cron: String,
        /// What is wrong with it.
        #[source]
        cause: croner::errors::CronError,
    },
    /// It can be read, and there is no such day.
    #[error("{0:?} never comes")]
    Never(String),
}

impl Cron {
    /// The first match later than this, by the wall's clock.
    pub(crate) fn next(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = self.pattern.find_next_occurrence(&after.and_utc(), false).ok()?;
        Some(next.naive_utc())
    }

    pub(crate) fn hours(&self) -> Hours {
        self.hours
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let cron = text.to_owned();
        let fields = text.split_whitespace().count();
        if !(5..=6).contains(&fields) {
            return Err(CronError::Fields { cron, fields });
        }
        let pattern = CronParser::builder().year(Year::Disallowed).build().parse(text);
        let pattern = pattern.map_err(|cause| CronError::Unreadable { cron: cron.clone(), cause })?;
        let every = (0..24).all(|it| pattern.pattern.hour_match(it).unwrap_or(false));
        let hours = if every { Hours::Every } else { Hours::Named };
        let parsed = Self { text: cron, pattern, hours };
        match parsed.next(DateTime::UNIX_EPOCH.naive_utc()) {
            Some(_) => Ok(parsed),
            None => Err(CronError::Never(parsed.text)),
        }
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn count(fields: usize) -> String {
    if fields == 1 { "one field".to_owned() } else { format!("{fields} fields") }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn utc(moment: &str) -> DateTime<chrono::Utc> {
        moment.parse().unwrap()
    }

    /// Should this fail one day, croner may do for us what `Schedule::next_after` does.
    #[test]
    fn croner_by_itself_is_wrong_in_the_hour_that_comes_twice() {
        let croner = |text: &str| text.parse::<croner::Cron>().unwrap();
        let second_time = utc("2026-10-25T01:20:00Z").with_timezone(&Berlin);
        let next = croner("*/15 * * * *").find_next_occurrence(&second_time, false).unwrap();
        assert_eq!(next.to_utc(), utc("2026-10-25T00:30:00Z"), "it goes back in time");
        let midnight = utc("2026-10-24T22:00:00Z").with_timezone(&Berlin);
        let two: Vec<_> = croner("0 2,14 * * *").iter_after(midnight).take(2).map(|it| it.to_utc()).collect();
        assert_eq!(two, [utc("2026-10-25T00:00:00Z"), utc("2026-10-25T01:00:00Z")], "twice for one tick");
        let before = utc("2026-03-28T23:00:00Z").with_timezone(&Berlin);
        let next = croner("0,30 2 * * *").find_next_occurrence(&before, false).unwrap();
        assert_eq!(next.to_utc(), utc("2026-03-30T00:00:00Z"), "and spring's day is left out");
    }
}
