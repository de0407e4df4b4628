//! Which employees a plan is about, and which kinds of change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::change::Kind;
use crate::clean::name_key;
use crate::employee::Employee;
use crate::ids::{EmployeeId, RunId};

/// A filter. The default is everybody and everything.
///
/// Whoever a filter leaves out is out of scope, never a leaver: everybody still takes part in
/// matching, so that a filter cannot hide the other claimant of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    /// Only these employees, where not empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub employees: BTreeSet<EmployeeId>,
    /// Only rows whose column holds the value, compared clean and without case.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Only changes of these kinds and what depends on them, where not empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub only: BTreeSet<Kind>,
    /// Changes for at most so many people, the first by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The run that the plan undoes, where it is no plan of what rows ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<RunId>,
}

impl Scope {
    /// Everybody and everything.
    pub fn everybody() -> Self {
        Self::default()
    }

    /// Whether it leaves nobody and nothing out.
    pub fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the row is meant, as far as rows can tell.
    pub fn contains(&self, employee: &Employee) -> bool {
        let Self { employees, columns, only: _, limit: _, undo: _ } = self;
        (employees.is_empty() || employees.contains(&employee.id))
            && columns.iter().all(|(column, value)| name_key(employee.cell(column)) == name_key(value))
    }
}
