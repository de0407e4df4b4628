//! Which signatures were accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::signature::{Code, Error};

/// How many are remembered: more than a hundred a second, through the whole of a window of five minutes.
const MOST: usize = 100_000;

/// The signatures that were accepted, each for as long as its time alone would not refuse it.
///
/// Where there are too many, a request is refused rather than one forgotten, which could then come again. Nobody can
/// bring that about from outside: only what was signed with a secret is remembered.
pub(crate) struct Replays {
    most: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    until: BTreeMap<Code, DateTime<Utc>>,
    by_time: BTreeSet<(DateTime<Utc>, Code)>,
}

impl Default for Replays {
    fn default() -> Self {
        Self::of_at_most(MOST)
    }
}

impl Replays {
    pub(crate) fn of_at_most(most: usize) -> Self {
        Self { most, seen: Mutex::default() }
    }

    /// Remembers a signature whose time is good until then, that moment included.
    pub(crate) fn remember(&self, code: Code, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now);
        if seen.until.contains_key(&code) {
            return Err(Error::Replayed);
        }
        if seen.until.len() >= self.most {
            return Err(Error::TooMany);
        }
        seen.until.insert(code, until);
        seen.by_time.insert((until, code));
        Ok(())
    }
}

impl Seen {
    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some((until, code)) = self.by_time.first().copied().filter(|(until, _)| *until < now) {
            self.by_time.remove(&(until, code));
            self.until.remove(&code);
        }
    }
}
