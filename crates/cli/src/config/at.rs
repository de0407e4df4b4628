//! A value with the place where it was written, so that whatever is wrong with it can say where.

use super::problems::{Place, Problem};

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
