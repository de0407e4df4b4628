//! How far the tenant's clock is from ours.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{DATE, HeaderMap};

/// What the answers' `Date` says, against our clock.
#[derive(Debug, Default)]
pub(crate) struct Skew(Mutex<Option<TimeDelta>>);

impl Skew {
    /// An answer came just now. A slow one shows an older time, so that the smallest difference counts.
    pub(crate) fn heard(&self, headers: &HeaderMap, now: DateTime<Utc>) {
        let date = headers.get(DATE).and_then(|it| it.to_str().ok());
        let Some(date) = date.and_then(|it| DateTime::parse_from_rfc2822(it).ok()) else { return };
        let ahead = date.to_utc() - now;
        let mut least = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if least.is_none_or(|it| ahead.abs() < it.abs()) {
            *least = Some(ahead);
        }
    }

    /// How far the tenant's clock is ahead of ours; none before an answer told the time.
    pub(crate) fn ahead(&self) -> Option<TimeDelta> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, text.parse().unwrap())])
    }

    #[test]
    fn the_smallest_difference_counts_and_what_is_no_date_does_not() {
        let skew = Skew::default();
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        assert_eq!(skew.ahead(), None);
        skew.heard(&date("Mon, 23 Nov 2026 12:02:00 GMT"), now);
        skew.heard(&date("Mon, 23 Nov 2026 11:58:30 GMT"), now);
        skew.heard(&date("Mon, 23 Nov 2026 12:05:00 GMT"), now);
        skew.heard(&date("noon"), now);
        skew.heard(&HeaderMap::new(), now);
        assert_eq!(skew.ahead(), Some(TimeDelta::seconds(-90)));
    }
}
