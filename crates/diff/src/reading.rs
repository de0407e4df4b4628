//! What a reading of the employee table says about the table itself: it may be half of it, or another one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::account::Field;
use crate::clean::clean;
use crate::employee::Employee;
use crate::ids::EmployeeId;
use crate::limits::Limit;
use crate::links::Links;
use crate::memory::Memory;
use crate::plan::SourceSummary;
use crate::policy::{Authority, Policy};
use crate::scope::Scope;

/// Why a table is not believed, whoever accepts it: no row is not "left", and no value is not "cleared".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Suspect {
    /// A whole company does not leave overnight.
    #[error("it has no rows, and no row is not \"left\"")]
    Empty,
    /// Nobody in it has an address, a name or a status.
    #[error("none of its {rows} rows has a value in {}", columns.join(" or "))]
    NoValues {
        /// The columns that one thing is taken from.
        columns: Vec<String>,
        /// How many rows there are.
        rows: usize,
    },
}

/// Whether the table can be believed at all. `role_code` may be empty throughout, which means the default
/// role; where it is emptied by mistake, the limits on revocations and on admins stand against it.
///
/// # Errors
/// No rows, or no value in what makes a person: address, name, status.
pub fn believable(employees: &[Employee], policy: &Policy) -> Result<(), Suspect> {
    /// A single row may well be broken; a column that is empty in all of several is missing.
    const SEVERAL: usize = 2;
    if employees.is_empty() {
        return Err(Suspect::Empty);
    }
    let rows = employees.len();
    for columns in makes_a_person(policy) {
        if rows >= SEVERAL && employees.iter().all(|it| has_none(it, &columns)) {
            return Err(Suspect::NoValues { columns, rows });
        }
    }
    Ok(())
}

/// Whether rows can be believed without a look at the others: each has a value in all that makes a person,
/// so that no table with these rows in it is one that [`believable`] refuses.
pub fn believable_alone(employees: &[Employee], policy: &Policy) -> bool {
    let needed = makes_a_person(policy);
    !employees.is_empty() && employees.iter().all(|it| !needed.iter().any(|columns| has_none(it, columns)))
}

/// Address, status and name: for each the columns that it is taken from.
fn makes_a_person(policy: &Policy) -> Vec<Vec<String>> {
    let name = policy.mapping.get(&Field::Name).filter(|it| it.authority != Authority::Unmanaged);
    let name = name.map(|it| it.from.columns().map(str::to_owned).collect::<Vec<_>>());
    let always = ["email", "status"].map(|it| vec![it.to_owned()]);
    always.into_iter().chain(name.filter(|it| !it.is_empty())).collect()
}

fn has_none(row: &Employee, columns: &[String]) -> bool {
    columns.iter().all(|it| clean(row.cell(it)).is_empty())
}

/// The figures of a reading that [`crate::Limits::of_source`] looks at; of standings it says nothing, and of
/// an undo, which does not ask what rows say, nothing at all.
pub fn reading(employees: &[Employee], links: &Links, memory: &Memory, scope: &Scope) -> SourceSummary {
    if scope.undo.is_some() {
        return SourceSummary::default();
    }
    let rows: HashSet<&EmployeeId> = employees.iter().map(|it| &it.id).collect();
    let in_scope = employees.iter().filter(|it| scope.contains(it)).count();
    let gone: Vec<&EmployeeId> = links.iter().map(|(it, _)| it).filter(|it| !rows.contains(it)).collect();
    figures(memory, employees.len(), in_scope, links.len() - gone.len(), gone.into_iter())
}

/// The same, where links and rows stand side by side already: of how many linked employees there is a row,
/// and of which there is none.
pub(crate) fn figures<'a>(
    memory: &Memory,
    rows: usize,
    in_scope: usize,
    there: usize,
    gone: impl Iterator<Item = &'a EmployeeId>,
) -> SourceSummary {
    let vanished: BTreeSet<EmployeeId> =
        gone.filter(|it| !memory.absent.contains_key(*it)).cloned().collect();
    SourceSummary {
        rows,
        in_scope,
        last_rows: memory.last_rows,
        known: there + vanished.len(),
        vanished,
        ..SourceSummary::default()
    }
}

impl Memory {
    /// What stands in a plan that somebody accepted is the measure from then on: for the claim of that
    /// plan, and for every plan after it.
    pub fn accept(&mut self, source: &SourceSummary, limit: &Limit) {
        match limit {
            Limit::SourceRows => self.last_rows = Some(source.in_scope),
            Limit::SourceEmployees => self.absent.extend(source.vanished.iter().map(|it| (it.clone(), 0))),
            Limit::Blocks
            | Limit::Revocations
            | Limit::RevocationsOf(_)
            | Limit::Updates
            | Limit::Grants
            | Limit::Creates
            | Limit::AdminGrants
            | Limit::AdminsLeft(_)
            | Limit::Mails => {}
        }
    }
}

/// For how long a linked employee has had no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// In how many readings that counted.
    pub readings: u32,
    /// When the first of them was.
    pub since: DateTime<Utc>,
    /// When the last of them was.
    pub counted_at: DateTime<Utc>,
}

impl Absence {
    /// Readings closer together than this count once: a table that is being rebuilt is read empty in
    /// places by every command of that quarter of an hour.
    pub const APART: TimeDelta = TimeDelta::hours(1);

    /// In how many readings before one of now the row was missing.
    pub fn readings_before(&self, now: DateTime<Utc>) -> u32 {
        if now - self.counted_at >= Self::APART { self.readings } else { self.readings.saturating_sub(1) }
    }

    fn seen_again(self, now: DateTime<Utc>) -> Self {
        if now - self.counted_at >= Self::APART {
            Self { readings: self.readings.saturating_add(1), counted_at: now, ..self }
        } else {
            self
        }
    }
}

/// Whose row is gone, counting a reading of now. Who has a row, or no link, is forgotten.
pub fn absences(
    before: &BTreeMap<EmployeeId, Absence>,
    employees: &[Employee],
    links: &Links,
    now: DateTime<Utc>,
) -> BTreeMap<EmployeeId, Absence> {
    let rows: HashSet<&EmployeeId> = employees.iter().map(|it| &it.id).collect();
    let gone = links.iter().map(|(it, _)| it).filter(|it| !rows.contains(it));
    let first = Absence { readings: 1, since: now, counted_at: now };
    gone.map(|it| (it.clone(), before.get(it).map_or(first, |before| before.seen_again(now)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use crate::links::Link;

    fn row(id: i64, email: &str, name: &str, status: &str) -> Employee {
        let mut row = Employee::empty(id.into());
        (row.email, row.full_name, row.status) = (email.to_owned(), name.to_owned(), status.to_owned());
        row
    }

    fn said(rows: &[Employee]) -> String {
        believable(rows, &Policy::default()).map_or_else(|it| it.to_string(), |()| "believed".to_owned())
    }

    #[test]
    fn no_rows_and_empty_columns_are_not_believed() {
        assert_eq!(said(&[]), "it has no rows, and no row is not \"left\"");
        let whole = row(1, "a@example.com", "A", "active");
        assert_eq!(said(&[whole.clone(), row(2, "", "", "")]), "believed");
        let blank = "\u{200b} ";
        assert_eq!(
            said(&[row(1, "", "A", "active"), row(2, blank, "B", "active")]),
            "none of its 2 rows has a value in email"
        );
        assert_eq!(
            said(&[row(1, "a@example.com", "", "active"), row(2, "b@example.com", "", "terminated")]),
            "none of its 2 rows has a value in full_name"
        );
        assert_eq!(
            said(&[row(1, "a@example.com", "A", ""), row(2, "b@example.com", "B", "")]),
            "none of its 2 rows has a value in status"
        );
    }

    #[test]
    fn a_single_row_may_be_broken() {
        assert_eq!(said(&[row(1, "", "", "")]), "believed");
    }

    #[test]
    fn a_name_of_two_columns_is_missing_where_both_are() {
        let mut policy = Policy::default();
        let rule = policy.mapping.get_mut(&Field::Name).unwrap();
        rule.from = "{given_name} {family_name}".parse().unwrap();
        let mut rows = [row(1, "a@example.com", "A", "active"), row(2, "b@example.com", "B", "active")];
        let said = believable(&rows, &policy).unwrap_err().to_string();
        assert_eq!(said, "none of its 2 rows has a value in given_name or family_name");
        rows[1].family_name = "Okoye".to_owned();
        assert_eq!(believable(&rows, &policy), Ok(()));
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    fn linked(ids: impl IntoIterator<Item = i64>) -> Links {
        let mut links = Links::default();
        for id in ids {
            let user = UserId::new(format!("auth0|{id}"));
            links.tie(id.into(), Link { user, created_by_us: false, invited: true }).unwrap();
        }
        links
    }

    #[test]
    fn readings_within_the_hour_count_once_and_a_row_that_is_back_is_forgotten() {
        let (links, rows) = (linked([1, 2]), [row(2, "", "", "")]);
        let absent = |before: &BTreeMap<_, _>, time: &str| absences(before, &rows, &links, at(time));
        let first = absent(&BTreeMap::new(), "08:00:00");
        let one = first[&1.into()];
        assert_eq!((first.len(), one.readings), (1, 1));
        assert_eq!([one.readings_before(at("08:01:00")), one.readings_before(at("09:00:00"))], [0, 1]);
        assert_eq!(absent(&first, "08:59:59"), first);
        let second = absent(&first, "09:00:00");
        assert_eq!(
            second[&1.into()],
            Absence { readings: 2, since: at("08:00:00"), counted_at: at("09:00:00") }
        );
        assert_eq!(second[&1.into()].readings_before(at("09:10:00")), 1);
        let back = [row(1, "", "", ""), row(2, "", "", "")];
        assert_eq!(absences(&second, &back, &links, at("10:00:00")), BTreeMap::new());
        assert_eq!(absences(&second, &rows, &linked([2]), at("10:00:00")), BTreeMap::new(), "unlinked");
    }

    #[test]
    fn what_was_accepted_is_the_measure_from_then_on() {
        let (links, rows) = (linked(1..=10), [row(9, "", "", ""), row(10, "", "", "")]);
        let mut memory = Memory { last_rows: Some(10), ..Memory::default() };
        let before = reading(&rows, &links, &memory, &Scope::everybody());
        assert_eq!((before.in_scope, before.known, before.vanished.len()), (2, 10, 8));
        memory.accept(&before, &Limit::SourceRows);
        memory.accept(&before, &Limit::SourceEmployees);
        let after = reading(&rows, &links, &memory, &Scope::everybody());
        assert_eq!((after.last_rows, after.known, after.vanished.len()), (Some(2), 2, 0));
        let worse = reading(&rows[1..], &links, &memory, &Scope::everybody());
        assert_eq!((worse.in_scope, worse.vanished.len()), (1, 1), "and what is worse is not accepted");
    }
}
