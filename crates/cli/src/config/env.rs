//! The environment, which wins over the file.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::at::At;
use super::problems::{Found, Place, Problem};
use super::section::words_for;

/// Environment variables: the process's, or given ones in tests.
///
/// Without `Debug`, because it is full of secrets.
pub enum Env {
    /// The process's own.
    Process,
    /// These and no others.
    Given(BTreeMap<String, String>),
}

impl Env {
    /// No variables at all.
    pub fn empty() -> Self {
        Self::Given(BTreeMap::new())
    }

    /// These variables.
    pub fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self::Given(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The text of a variable. Empty is not set: that is how a shell or a container takes one away.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var(name).ok(),
            Self::Given(vars) => vars.get(name).cloned(),
        };
        value.filter(|it| !it.trim().is_empty())
    }

    /// The text of a variable with its place.
    pub(super) fn text(&self, name: &str) -> Option<At<String>> {
        self.get(name).map(|value| At {
            value: value.trim().to_owned(),
            place: Place::Variable(name.to_owned()),
            key: String::new(),
        })
    }

    /// A yes or no.
    pub(super) fn flag(&self, name: &str, found: &Found) -> Option<At<bool>> {
        let text = self.text(name)?;
        let value =
            match text.value.to_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => true,
                "false" | "0" | "no" | "off" => false,
                _ => {
                    found.add(text.problem(
                        format!("{:?} is neither true nor false", text.value),
                        "write true or false",
                    ));
                    return None;
                }
            };
        Some(text.with(value))
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, name: &str, bounds: &RangeInclusive<u64>, found: &Found) -> Option<At<u64>> {
        let text = self.text(name)?;
        if let Some(value) = text.value.parse().ok().filter(|it| bounds.contains(it)) {
            return Some(text.with(value));
        }
        let what = format!("{:?} is no whole number{}", text.value, words_for(bounds));
        found.add(Problem { what, ..text.problem("", "write digits, such as 10") });
        None
    }
}
