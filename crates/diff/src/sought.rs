//! Whom a plan for a few people depends on.
//!
//! Rows have to do with each other through users alone. What is planned for an employee depends on the users read
//! for it, and on the rows that may claim one of these: by a link, a mark, an address or a write-back column. Any
//! other row might be missing, and nothing would change; that this holds is a property test.

use std::collections::BTreeSet;

use crate::account::User;
use crate::email::Email;
use crate::employee::Employee;
use crate::ids::{EmployeeId, UserId};
use crate::policy::Policy;

/// What names the rows and links that may have to do with a few people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Employees.
    pub employees: BTreeSet<EmployeeId>,
    /// Addresses that a row may have.
    pub addresses: BTreeSet<Email>,
    /// Users that a row's write-back column, or a link, may name.
    pub users: BTreeSet<UserId>,
}

impl Sought {
    /// These employees, and nothing else.
    pub fn of(employees: BTreeSet<EmployeeId>) -> Self {
        Self { employees, ..Self::default() }
    }

    /// Whatever may claim one of the users that were read for these rows, or an address that one of them wants.
    pub fn about(rows: &[Employee], users: &[User], policy: &Policy) -> Self {
        let mut sought = Self::default();
        sought.add_rows(rows);
        let idn = policy.email.idn;
        sought.addresses.extend(rows.iter().filter_map(|it| Email::parse(&it.email, idn).ok()));
        for user in users {
            sought.users.insert(user.id.clone());
            sought.employees.extend(user.account.marked_employee());
            let email = user.account.email.as_deref();
            sought.addresses.extend(email.and_then(|it| Email::parse(it, idn).ok()));
        }
        sought
    }

    /// Rows that were read, and the users that their columns name: their links are sought.
    pub fn add_rows<'a>(&mut self, rows: impl IntoIterator<Item = &'a Employee>) {
        for row in rows {
            self.employees.insert(row.id.clone());
            self.users.extend(row.written_back.clone());
        }
    }

    /// Whether the row is sought, by any of the three.
    pub fn is_met_by(&self, row: &Employee, policy: &Policy) -> bool {
        self.employees.contains(&row.id)
            || row.written_back.as_ref().is_some_and(|it| self.users.contains(it))
            || Email::parse(&row.email, policy.email.idn).is_ok_and(|it| self.addresses.contains(&it))
    }
}
