//! The stored ties between employees and users, and what people said by hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::employee::Employee;
use crate::ids::{EmployeeId, UserId};

/// One tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The user.
    pub user: UserId,
    /// Whether Rollcall made the user.
    pub created_by_us: bool,
    /// Whether an invitation was sent, or none is owed.
    pub invited: bool,
}

/// All ties, from both ends. One employee has one user and one user one employee.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    by_employee: BTreeMap<EmployeeId, Link>,
    /// Asked for, and never gone through.
    by_user: HashMap<UserId, EmployeeId>,
    /// Employees to be left alone, with the reason.
    pub ignored_employees: BTreeMap<EmployeeId, String>,
    /// Users to be left alone, with the reason.
    pub ignored_users: BTreeMap<UserId, String>,
    /// Leavers whose block was begun and is not known to be whole: sessions may still be open.
    pub unfinished_blocks: BTreeSet<EmployeeId>,
}

/// A tie that would be the second of its employee or of its user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The employee has another user.
    #[error("employee {employee} is linked to {user} already")]
    EmployeeTaken {
        /// The employee.
        employee: EmployeeId,
        /// Its user.
        user: UserId,
    },
    /// The user has another employee.
    #[error("{user} is linked to employee {employee} already")]
    UserTaken {
        /// The user.
        user: UserId,
        /// Its employee.
        employee: EmployeeId,
    },
}

impl Links {
    /// Ties the two. The same tie again is no error.
    ///
    /// # Errors
    /// Either end is tied to another.
    pub fn tie(&mut self, employee: EmployeeId, link: Link) -> Result<(), LinkError> {
        if let Some(other) = self.by_employee.get(&employee).filter(|it| it.user != link.user) {
            return Err(LinkError::EmployeeTaken { employee, user: other.user.clone() });
        }
        if let Some(other) = self.by_user.get(&link.user).filter(|it| **it != employee) {
            return Err(LinkError::UserTaken { user: link.user, employee: other.clone() });
        }
        self.by_user.insert(link.user.clone(), employee.clone());
        self.by_employee.insert(employee, link);
        Ok(())
    }

    /// Unties the employee, and tells from whom.
    pub fn untie(&mut self, employee: &EmployeeId) -> Option<Link> {
        let link = self.by_employee.remove(employee)?;
        self.by_user.remove(&link.user);
        Some(link)
    }

    /// The employee's link.
    pub fn of(&self, employee: &EmployeeId) -> Option<&Link> {
        self.by_employee.get(employee)
    }

    /// Whose the user is.
    pub fn owner(&self, user: &UserId) -> Option<&EmployeeId> {
        self.by_user.get(user)
    }

    /// All ties, by employee.
    pub fn iter(&self) -> impl Iterator<Item = (&EmployeeId, &Link)> {
        self.by_employee.iter()
    }

    /// How many ties there are.
    pub fn len(&self) -> usize {
        self.by_employee.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_employee.is_empty()
    }

    /// Takes over what the write-back columns say where nothing is stored, and tells which rows
    /// contradict what is stored or each other. The stored links are the truth; of two rows that
    /// name one user, neither is believed.
    pub fn take_over<'a>(&mut self, employees: &'a [Employee]) -> Vec<(&'a EmployeeId, LinkError)> {
        let mut named: Vec<(&UserId, &EmployeeId)> =
            employees.iter().filter_map(|it| Some((it.written_back.as_ref()?, &it.id))).collect();
        named.sort_unstable();
        let (mut refused, before) = (Vec::new(), self.len());
        for rows in named.chunk_by(|(one, _), (other, _)| one == other) {
            for (user, employee) in rows {
                let link = Link { user: UserId::clone(user), created_by_us: false, invited: true };
                let tied = match rows.iter().find(|(_, it)| it != employee) {
                    Some((_, other)) if self.owner(user).is_none() => {
                        let (user, employee) = (UserId::clone(user), EmployeeId::clone(other));
                        Err(LinkError::UserTaken { user, employee })
                    }
                    Some(_) | None => self.take(employee, link),
                };
                refused.extend(tied.err().map(|it| (*employee, it)));
            }
        }
        if self.len() > before {
            // Made in one go a tree's nodes are full; filled one by one, half of each stays empty.
            self.by_employee = std::mem::take(&mut self.by_employee).into_iter().collect();
        }
        refused
    }

    /// Ties the two unless they are tied already: what is stored knows more than the column.
    fn take(&mut self, employee: &EmployeeId, link: Link) -> Result<(), LinkError> {
        if self.of(employee).is_some_and(|it| it.user == link.user) {
            return Ok(());
        }
        self.tie(employee.clone(), link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(user: &str) -> Link {
        Link { user: UserId::new(user), created_by_us: true, invited: true }
    }

    fn row(id: i64, column: &str) -> Employee {
        Employee { written_back: Some(UserId::new(column)), ..Employee::empty(id.into()) }
    }

    fn refused(links: &mut Links, rows: &[Employee]) -> Vec<String> {
        links.take_over(rows).into_iter().map(|(employee, why)| format!("{employee}: {why}")).collect()
    }

    #[test]
    fn either_end_has_one_tie() {
        let mut links = Links::default();
        links.tie(1.into(), link("a")).unwrap();
        links.tie(1.into(), Link { invited: false, ..link("a") }).unwrap();
        assert!(!links.of(&1.into()).unwrap().invited, "the same tie again knows better");
        assert!(matches!(links.tie(1.into(), link("b")), Err(LinkError::EmployeeTaken { .. })));
        assert!(matches!(links.tie(2.into(), link("a")), Err(LinkError::UserTaken { .. })));
        assert_eq!(links.len(), 1);
        assert_eq!(links.owner(&UserId::new("a")), Some(&1.into()));
    }

    #[test]
    fn columns_are_taken_over_and_what_is_stored_stays() {
        let mut links = Links::default();
        links.tie(1.into(), link("a")).unwrap();
        let rows = [row(1, "a"), row(2, "b"), row(3, "a"), row(1, "z")];
        assert_eq!(
            refused(&mut links, &rows),
            ["3: a is linked to employee 1 already", "1: employee 1 is linked to a already"]
        );
        assert!(links.of(&1.into()).unwrap().created_by_us, "the column knows less than the link");
        assert!(!links.of(&2.into()).unwrap().created_by_us, "nobody knows who made the user");
    }

    #[test]
    fn of_two_columns_with_one_user_neither_is_believed_in_any_order() {
        let mut rows = [row(1, "a"), row(2, "a"), row(3, "c")];
        let mut links = Links::default();
        let told = refused(&mut links, &rows);
        assert_eq!(told, ["1: a is linked to employee 2 already", "2: a is linked to employee 1 already"]);
        rows.reverse();
        let mut reversed = Links::default();
        assert_eq!(refused(&mut reversed, &rows), told);
        assert_eq!(reversed, links);
        assert_eq!(links.len(), 1);
    }
}
