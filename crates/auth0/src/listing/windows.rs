//! More than a thousand users, by windows of `created_at` that each hold fewer.
//!
//! A window that holds too many is halved. Windows are half-open, so that nobody is in two; the first is open to
//! the past and the last to the future, so that nobody is in none.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diff::{User, UserId};
use futures_util::future::try_join;

use super::by_id;
use super::search::Search;
use super::splits::Splits;
use crate::client::Client;
use crate::error::Error;

/// A stretch of time: from the start, up to the end and not with it. None is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    /// When the oldest and the newest user were made, within which halving makes sense.
    span: (DateTime<Utc>, DateTime<Utc>),
}

/// Auth0 keeps milliseconds: what is made in the same one cannot be told apart by time.
const SHORTEST: TimeDelta = TimeDelta::milliseconds(1);

impl Window {
    /// The two halves; none where it holds a single moment.
    fn halves(self) -> Option<(Self, Self)> {
        let (first, last) = self.span;
        let middle = first + (last - first) / 2;
        // Up to, and not with: the middle must lie behind the first moment.
        let middle = DateTime::from_timestamp_millis(middle.timestamp_millis())?.max(first + SHORTEST);
        if middle > last {
            return None;
        }
        let before = Self { to: Some(middle), span: (first, middle - SHORTEST), ..self };
        let after = Self { from: Some(middle), span: (middle, last), ..self };
        Some((before, after))
    }
}

/// A clause of a search.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = |it: Option<DateTime<Utc>>| {
            it.map_or_else(|| "*".to_owned(), |it| it.to_rfc3339_opts(SecondsFormat::Millis, true))
        };
        write!(f, "created_at:[{} TO {}", moment(self.from), moment(self.to))?;
        f.write_str(if self.to.is_some() { "}" } else { "]" })
    }
}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Vec<User>, Error>> + Send + 'a>>;

impl Client {
    /// Everybody of the connection, of whom the search declares so many.
    pub(super) async fn read_windows(
        &self,
        declared: Option<usize>,
    ) -> Result<BTreeMap<UserId, User>, Error> {
        let all = Search::all(self.connection_name());
        let (oldest, newest) = try_join(self.first_of(&all), self.first_of(&all.newest_first())).await?;
        let made = |it: Option<crate::wire::Profile>| moment(it.and_then(|it| it.created_at).as_deref());
        let now = Utc::now();
        let (first, last) = (made(oldest).unwrap_or(DateTime::UNIX_EPOCH), made(newest).unwrap_or(now));
        let whole = Window { from: None, to: None, span: (first, last.max(first)) };
        let read = self.read_window(whole, &Splits::of(declared)).await?;
        let (together, users) = (read.len(), by_id(read));
        if users.len() == together {
            return Ok(users);
        }
        // Nobody is in two windows, unless the search does not look at the time.
        Err(Error::ListingUnstable {
            asked: all.page(0).name(),
            what: "users",
            declared: together,
            read: users.len(),
        })
    }

    /// Everybody in the window: by pages where it holds few enough, else by halves.
    fn read_window<'a>(&'a self, window: Window, splits: &'a Splits) -> Boxed<'a> {
        Box::pin(async move {
            let search = Search::all(self.connection_name()).and(&window.to_string());
            if let Some(users) = self.read_below_ceiling(&search).await? {
                return Ok(users.into_values().collect());
            }
            splits.one_more(&search)?;
            match window.halves() {
                Some((before, after)) => {
                    let (mut users, rest) =
                        try_join(self.read_window(before, splits), self.read_window(after, splits)).await?;
                    users.extend(rest);
                    Ok(users)
                }
                None => self.read_ties(&search, splits).await,
            }
        })
    }
}

fn moment(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text?).ok().map(|it| it.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_767_225_600_000 + millis).unwrap()
    }

    fn told(window: Window) -> String {
        window.to_string()
    }

    #[test]
    fn windows_touch_and_do_not_overlap_and_are_open_at_the_ends() {
        let whole = Window { from: None, to: None, span: (at(0), at(10)) };
        assert_eq!(told(whole), "created_at:[* TO *]");
        let (before, after) = whole.halves().unwrap();
        assert_eq!(told(before), "created_at:[* TO 2026-01-01T00:00:00.005Z}");
        assert_eq!(told(after), "created_at:[2026-01-01T00:00:00.005Z TO *]");
    }

    #[test]
    fn halving_ends_at_a_single_moment_whatever_the_span() {
        for millis in 0..40 {
            let mut open = vec![Window { from: None, to: None, span: (at(0), at(millis)) }];
            let mut single = 0;
            while let Some(window) = open.pop() {
                if let Some((before, after)) = window.halves() {
                    open.extend([before, after]);
                } else {
                    assert_eq!(window.span.0, window.span.1);
                    single += 1;
                }
            }
            assert_eq!(single, millis + 1, "each moment is in one window");
        }
    }
}
