//! Which employees a plan is about, and which kinds of change.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use similar::get_close_matches;

use crate::change::Kind;
use crate::clean::{clean, name_key};
use crate::employee::Employee;
use crate::ids::{EmployeeId, RunId};
use crate::links::Links;
use crate::text::{or, safe};

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

/// A filter that leaves everybody out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NobodyMeant {
    /// Somebody was named whom neither the table nor the links know.
    #[error("there is no employee {employee} in the table{}", or_is_it(near))]
    Unknown {
        /// Who.
        employee: EmployeeId,
        /// Ids that are there, the nearest first.
        near: Vec<String>,
    },
    /// No row has the value in the column.
    #[error("no employee has {column} = {value:?}{}", or_is_it(near))]
    Value {
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// Values that are there, the nearest first.
        near: Vec<String>,
    },
    /// Each condition is met by somebody, and all of them by nobody.
    #[error("no employee has {}, all at once", conditions(scope))]
    Together {
        /// The filter.
        scope: Scope,
    },
}

fn or_is_it(near: &[String]) -> String {
    let near: Vec<String> = near.iter().map(|it| safe(it).into_owned()).collect();
    if near.is_empty() { String::new() } else { format!("; there is {}", or(&near)) }
}

fn conditions(scope: &Scope) -> String {
    let Scope { employees, columns, only: _, limit: _, undo: _ } = scope;
    let named = employees.iter().map(|it| format!("id {it}")).collect::<Vec<_>>();
    let named = (!named.is_empty()).then(|| or(&named));
    let columns = columns.iter().map(|(column, value)| format!("{column} = {value:?}"));
    named.into_iter().chain(columns).collect::<Vec<_>>().join(" and ")
}

/// What is there and may have been meant: a few, the nearest first, and where nothing is near and there
/// are only a few, all.
fn nearest<'a>(typed: &str, there: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    const FEW: usize = 5;
    const NEAR: f32 = 0.6;
    let there: Vec<&str> = there.into_iter().collect();
    let near = get_close_matches(typed, &there, FEW, NEAR);
    let shown = if near.is_empty() && there.len() <= FEW { there } else { near };
    shown.into_iter().map(str::to_owned).collect()
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

    /// The part of it that says which rows are meant; none where it names people one by one, whose number
    /// says nothing, or undoes a run. What is done about them makes no other table of it.
    pub fn of_rows(&self) -> Option<Self> {
        let Self { employees, columns, only: _, limit: _, undo } = self;
        (employees.is_empty() && undo.is_none()).then(|| Self { columns: columns.clone(), ..Self::default() })
    }

    /// Whether anybody is meant: a filter with a slip in it must not pass for "nothing to do". Somebody who is
    /// linked, and whose row is gone, may be named.
    ///
    /// # Errors
    /// An employee whom nobody knows, or a filter that no row passes.
    pub fn check(&self, employees: &[Employee], links: &Links) -> Result<(), NobodyMeant> {
        let rows: BTreeSet<&EmployeeId> = employees.iter().map(|it| &it.id).collect();
        let known = |it: &EmployeeId| rows.contains(it) || links.of(it).is_some();
        if let Some(unknown) = self.employees.iter().find(|it| !known(it)) {
            let near = nearest(unknown.as_str(), rows.iter().map(|it| it.as_str()));
            return Err(NobodyMeant::Unknown { employee: unknown.clone(), near });
        }
        if self.columns.is_empty() || employees.iter().any(|it| self.contains(it)) {
            return Ok(());
        }
        for (column, value) in &self.columns {
            let mut there: BTreeMap<String, Cow<'_, str>> = BTreeMap::new();
            for cell in employees.iter().map(|it| it.cell(column)) {
                there.entry(name_key(cell)).or_insert_with(|| clean(cell));
            }
            if !there.contains_key(&name_key(value)) {
                let near = nearest(value, there.values().map(Cow::as_ref).filter(|it| !it.is_empty()));
                return Err(NobodyMeant::Value { column: column.clone(), value: value.clone(), near });
            }
        }
        Err(NobodyMeant::Together { scope: self.clone() })
    }

    /// Whether the row is meant, as far as rows can tell.
    pub fn contains(&self, employee: &Employee) -> bool {
        let Self { employees, columns, only: _, limit: _, undo: _ } = self;
        (employees.is_empty() || employees.contains(&employee.id))
            && columns.iter().all(|(column, value)| name_key(employee.cell(column)) == name_key(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Employee> {
        let row = |id: i64, department: &str, role_code: &str| {
            let mut row = Employee::empty(id.into());
            (row.department, row.role_code) = (department.to_owned(), role_code.to_owned());
            row
        };
        vec![row(41, "Packing", "manager"), row(42, "packing ", "associate"), row(43, "IT", "associate")]
    }

    fn said(scope: &Scope) -> String {
        scope.check(&rows(), &Links::default()).map_or_else(|it| it.to_string(), |()| "fine".to_owned())
    }

    fn of(columns: &[(&str, &str)]) -> Scope {
        let columns = columns.iter().map(|(column, it)| ((*column).to_owned(), (*it).to_owned())).collect();
        Scope { columns, ..Scope::default() }
    }

    #[test]
    fn a_filter_that_leaves_everybody_out_says_what_there_is() {
        assert_eq!(said(&of(&[("department", "PACKING")])), "fine");
        assert_eq!(
            said(&of(&[("department", "Pakcing")])),
            "no employee has department = \"Pakcing\"; there is Packing"
        );
        assert_eq!(
            said(&of(&[("department", "HR")])),
            "no employee has department = \"HR\"; there is IT or Packing"
        );
        assert_eq!(
            said(&of(&[("department", "IT"), ("role_code", "manager")])),
            "no employee has department = \"IT\" and role_code = \"manager\", all at once"
        );
    }

    #[test]
    fn an_unknown_employee_is_told_and_a_linked_one_without_a_row_may_be_named() {
        let named = |id: i64| Scope { employees: [EmployeeId::from(id)].into(), ..Scope::default() };
        assert_eq!(said(&named(42)), "fine");
        assert_eq!(said(&named(412)), "there is no employee 412 in the table; there is 41 or 42");
        let mut links = Links::default();
        let user = crate::ids::UserId::new("auth0|9");
        links.tie(9.into(), crate::links::Link { user, created_by_us: true, invited: true }).unwrap();
        assert_eq!(named(9).check(&rows(), &links), Ok(()));
    }

    #[test]
    fn what_is_done_about_rows_makes_no_other_table_of_them() {
        let it = of(&[("department", "IT")]);
        let only = Scope { only: [Kind::Block].into(), limit: Some(5), ..it.clone() };
        assert_eq!(only.of_rows(), Some(it));
        assert_eq!(Scope { employees: [EmployeeId::from(1)].into(), ..only }.of_rows(), None);
    }
}
