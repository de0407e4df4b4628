//! A value with the place where it was written, so that whatever is wrong with it can say where.

use super::problems::{Found, Place, Problem, did_you_mean};

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    /// The value.
    pub(super) value: T,
    /// Where it was written.
    pub(super) place: Place,
    /// Which setting it is, as a person would write it; empty for a variable.
    pub(super) key: String,
}

impl<T> At<T> {
    /// Something wrong with it.
    pub(super) fn problem(&self, what: impl Into<String>, fix: impl Into<String>) -> Problem {
        Problem { place: self.place.clone(), key: self.key.clone(), what: what.into(), fix: fix.into() }
    }

    /// Another value at the same place.
    pub(super) fn with<U>(&self, value: U) -> At<U> {
        At { value, place: self.place.clone(), key: self.key.clone() }
    }
}

impl At<String> {
    /// What the word means, of a few that are known; reports any other.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&'static str, T)], found: &Found) -> Option<T> {
        let meant = words.iter().find(|(word, _)| *word == self.value).map(|(_, value)| *value);
        if meant.is_none() {
            let all = || words.iter().map(|(word, _)| *word);
            let fix = did_you_mean(&self.value, all())
                .unwrap_or_else(|| format!("known here: {}", all().collect::<Vec<_>>().join(", ")));
            found.add(self.problem(format!("{:?} is none of the possible words", self.value), fix));
        }
        meant
    }
}
