//! What the employee table means today, looked at without the tenant: how many of each standing, and which
//! rows would be held, and why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::email::Email;
use crate::employee::Employee;
use crate::ids::EmployeeId;
use crate::policy::Policy;
use crate::standing::{Held, Standing, standing};

/// The table in figures. Every row is counted once in `employed`, `upcoming`, `left` or `held`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Rows of people who work here, those that share an address among them.
    pub employed: usize,
    /// Rows of people whose account is not due yet.
    pub upcoming: usize,
    /// Rows of people who left.
    pub left: usize,
    /// Rows that cannot be trusted, by what is wrong with them, with what to do about it. The words have no
    /// address and no name in them, so that rows with one fault stand together and may be shown anywhere.
    pub held: BTreeMap<(String, &'static str), BTreeSet<EmployeeId>>,
    /// Employed rows that have one address. Nobody is told apart by it, so all of them wait.
    pub shared_addresses: Vec<BTreeSet<EmployeeId>>,
}

/// Judges every row.
pub fn survey(employees: &[Employee], policy: &Policy, today: NaiveDate) -> Survey {
    let mut survey = Survey::default();
    let mut holders: HashMap<Email, BTreeSet<EmployeeId>> = HashMap::new();
    for employee in employees {
        match standing(employee, policy, today) {
            Standing::Employed(_) => {
                survey.employed += 1;
                if let Ok(email) = Email::parse(&employee.email, policy.email.idn) {
                    holders.entry(email).or_default().insert(employee.id.clone());
                }
            }
            Standing::Upcoming { .. } => survey.upcoming += 1,
            Standing::Left(_) => survey.left += 1,
            Standing::Held(held) => {
                survey.held.entry((fault(&held), held.remedy())).or_default().insert(employee.id.clone());
            }
        }
    }
    survey.shared_addresses = holders.into_values().filter(|it| it.len() > 1).collect();
    survey.shared_addresses.sort();
    survey
}

impl Survey {
    /// How many rows would be held for what stands in them.
    pub fn held_rows(&self) -> usize {
        self.held.values().map(BTreeSet::len).sum()
    }
}

fn fault(held: &Held) -> String {
    match held {
        Held::Status { .. } => held.to_string(),
        Held::Date { column, .. } => format!("{column} is no date"),
        Held::Email { text, .. } if text.trim().is_empty() => held.to_string(),
        Held::Email { .. } => "the address cannot be used".to_owned(),
        Held::Domain { .. } => "the address is of a domain that the policy does not allow".to_owned(),
        Held::TooLong { field, max, .. } => format!("{field} is longer than the {max} that Auth0 takes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, status: &str, email: &str) -> Employee {
        let mut row = Employee::empty(id.into());
        (row.status, row.email, row.full_name) = (status.to_owned(), email.to_owned(), format!("Row {id}"));
        row
    }

    #[test]
    fn rows_are_counted_by_standing_and_held_ones_by_fault() {
        let mut late = row(9, "active", "late@example.com");
        late.starts_on = "tomorrow".to_owned();
        let rows = [
            row(1, "active", "ada@example.com"),
            row(2, "active", "-"),
            row(3, "active", "k.warehouse"),
            row(4, "furlough", "x@example.com"),
            row(5, "furlough", ""),
            row(6, "active", " "),
            row(7, "terminated", "-"),
            row(8, "", "y@example.com"),
            late,
        ];
        let survey = survey(&rows, &Policy::default(), NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
        assert_eq!((survey.employed, survey.upcoming, survey.left, survey.held_rows()), (1, 0, 1, 7));
        let held = survey.held.iter().map(|((fault, _), ids)| {
            let ids: Vec<&str> = ids.iter().map(EmployeeId::as_str).collect();
            format!("{}: {fault}", ids.join(" "))
        });
        insta::assert_snapshot!(held.collect::<Vec<_>>().join("\n"), @r#"
        9: starts_on is no date
        2 3: the address cannot be used
        4 5: the status "furlough" is none that the policy knows
        8: the status is empty
        6: there is no email address
        "#);
    }

    #[test]
    fn an_address_is_shared_by_employed_rows_alone() {
        let rows = [
            row(1, "active", "A@example.com"),
            row(2, "active", "a@example.com "),
            row(3, "terminated", "a@example.com"),
            row(4, "active", "b@example.com"),
            row(5, "terminated", "b@example.com"),
        ];
        let survey = survey(&rows, &Policy::default(), NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
        assert_eq!(survey.shared_addresses, [BTreeSet::from([1.into(), 2.into()])]);
    }
}
