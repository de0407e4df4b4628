//! The columns that templates, role rules and filters may name.
//!
//! An empty name in the source says that it has no such column.

use std::collections::{BTreeMap, BTreeSet};

use diff::Employee;

use super::at::At;
use super::problems::{Found, nearest};
use super::section::{Either, Section};

/// Columns that a source may have beside [`Employee::COLUMNS`] and that are not for templates.
const OTHERS: [&str; 4] = ["updated_at", "auth0_user_id", "auth0_account_created_at", "auth0_sync_status"];

/// `[source.columns]`: our name → the source's.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: BTreeMap<String, At<String>>,
    used: BTreeSet<String>,
}

impl Columns {
    /// Reads the section. A name of its own adds a column.
    pub(super) fn read(source: &Section<'_>) -> Self {
        let mut names = BTreeMap::new();
        for entry in source.section("columns").entries() {
            match entry.value {
                Either::Text(text) if !text.value.is_empty() || is_ours(&entry.name) => {
                    names.insert(entry.name, text);
                }
                Either::Text(_) | Either::Section(_) => {
                    let fix = format!("write {} = \"the source's name\"", entry.name);
                    source.found().add(entry.at.problem("must be the name of a column", fix));
                }
            }
        }
        Self { names, used: BTreeSet::new() }
    }

    /// Notes that `text` names a column, and reports it where no source would have it.
    pub(super) fn check(&mut self, column: &str, text: &At<String>, found: &Found) {
        self.used.insert(column.to_owned());
        if Employee::COLUMNS.contains(&column) || self.names.contains_key(column) {
            return;
        }
        let known = Employee::COLUMNS.into_iter().chain(self.names.keys().map(String::as_str));
        let add = format!("add {column} = \"its name in the source\" under [source.columns]");
        let fix = match nearest(column, known) {
            Some(near) => format!("did you mean {near:?}? if not, {add}"),
            None => add,
        };
        found.add(text.problem(format!("there is no column {column:?}"), fix));
    }

    /// Reports names that nothing uses and that look like slips of the known ones, which would
    /// otherwise leave the real column unmapped in silence.
    pub(super) fn close(self, found: &Found) -> BTreeMap<String, String> {
        let known = || Employee::COLUMNS.into_iter().chain(OTHERS);
        for (name, text) in &self.names {
            let extra = !is_ours(name) && !self.used.contains(name);
            if let Some(near) = nearest(name, known()).filter(|_| extra && is_slip(name, known())) {
                found.add(
                    text.problem(
                        "no mapping or role rule uses this column",
                        format!("did you mean {near:?}?"),
                    ),
                );
            }
        }
        self.names.into_iter().map(|(name, text)| (name, text.value)).collect()
    }
}

/// Whether every source is expected to have a column of this name.
pub(crate) fn is_ours(name: &str) -> bool {
    Employee::COLUMNS.contains(&name) || OTHERS.contains(&name)
}

/// Much nearer than a suggestion needs to be: `badge_id` is no slip of `id`, `emial` is one of `email`.
fn is_slip<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> bool {
    known.into_iter().any(|it| strsim::damerau_levenshtein(name, it) <= 1)
}
