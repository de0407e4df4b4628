//! The simulator's one clock, and the form in which Auth0 writes times.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tokio::time::Instant;

/// Where "now" comes from: the wall clock once, at the start, and tokio's clock from then on.
///
/// Buckets, delays and timestamps thus always agree with each other, also in a test that pauses tokio's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    wall_at_start: DateTime<Utc>,
    start: Instant,
}

/// One reading of the clock, on both scales.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) wall: Timestamp,
    pub(crate) at: Instant,
}

impl Moment {
    /// An instant that has passed, on both scales.
    pub(crate) fn back_at(self, at: Instant) -> Self {
        let ago = self.at.saturating_duration_since(at).as_millis();
        Self { wall: self.wall.plus_millis(-i64::try_from(ago).unwrap_or(i64::MAX)), at }
    }
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { wall_at_start: Utc::now(), start: Instant::now() }
    }

    pub(crate) fn now(&self) -> Moment {
        let at = Instant::now();
        let passed = i64::try_from((at - self.start).as_millis()).expect("no run lasts 292 million years");
        Moment { wall: Timestamp(self.wall_at_start.timestamp_millis() + passed), at }
    }
}

/// A point in time as Auth0 writes it: UTC, milliseconds, `Z`, e.g. `2025-08-11T06:22:38.009Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point that lies this many milliseconds after 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads any RFC 3339 form.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|it| Self(it.timestamp_millis()))
    }

    /// So many seconds later, as HTTP's `Date` writes it: `Mon, 11 Aug 2025 06:22:38 GMT`.
    pub(crate) fn http_date(self, later_s: i64) -> String {
        let at = self.plus_millis(later_s.saturating_mul(1000));
        let at = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
        at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    pub(crate) const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected a time like 2025-08-11T06:22:38.009Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_milliseconds_and_z() {
        let time = Timestamp::parse("2025-08-11T08:22:38+02:00").unwrap();
        assert_eq!(time.to_string(), "2025-08-11T06:22:38.000Z");
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2025-08-11T06:22:38.000Z\"");
    }
}
