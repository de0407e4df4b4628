//! What a schedule is called: in the configuration, in the database, in a path, in a log.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// The name of a schedule, as in `nightly`: at most [`Self::MAX_CHARS`] of `a-z`, `0-9` and `-`, and no `-`
/// at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// A text that is no name for a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name for a schedule: write up to {max} of a-z, 0-9 and -, as in \"nightly\"", max = Name::MAX_CHARS)]
pub struct NameError(String);

impl Name {
    /// What people still read in a list.
    pub const MAX_CHARS: usize = 40;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_fine = |it: char| matches!(it, 'a'..='z' | '0'..='9' | '-');
        let is_short = (1..=Self::MAX_CHARS).contains(&text.len());
        if !is_short || !text.chars().all(is_fine) || text.starts_with('-') || text.ends_with('-') {
            return Err(NameError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
