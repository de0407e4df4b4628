//! Everybody, judged and tied once: each row with its standing, its link and its user.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use foldhash::HashMap;

use crate::account::{Account, BLOCK_MARK, Field, User};
use crate::clean::{key, name_key};
use crate::email::Email;
use crate::employee::Employee;
use crate::ids::{EmployeeId, RoleName, UserId};
use crate::links::Link;
use crate::policy::Policy;
use crate::situation::{Situation, is_open};
use crate::standing::{Standing, standing};
use crate::wanted::{Wanted, drift, has_its_roles, wanted};

/// A row with what it means and whose it is.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) row: &'a Employee,
    pub(crate) standing: Standing,
    pub(crate) link: Option<&'a Link>,
    /// The user of the link; none where it does not exist any more.
    pub(crate) own: Option<Own<'a>>,
}

/// A row's own user, beside the row. Found out while both are at hand: a large company is in order nearly
/// everywhere, and fetching its users from memory again for each question would take most of the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a> {
    pub(crate) user: &'a User,
    /// Where it stands among all users.
    pub(crate) place: usize,
    /// Whether its mark names the row.
    pub(crate) is_marked: bool,
    /// Whether it has the address that an employed row wants, in the managed connection.
    pub(crate) is_at_home: bool,
    /// Whether it is open, without a mark of ours that says otherwise, and has every field and role that an
    /// employed row asks for.
    pub(crate) is_in_order: bool,
}

/// What [`crate::situation::View`] lends its answers from.
pub(crate) struct Roll<'a> {
    pub(crate) at: &'a Situation<'a>,
    /// By employee.
    pub(crate) rows: Vec<Judged<'a>>,
    /// Linked employees without a row, by employee.
    pub(crate) vanished: Vec<(&'a EmployeeId, &'a Link)>,
    pub(crate) managed_roles: BTreeSet<&'a RoleName>,
    users: HashMap<&'a UserId, usize>,
}

impl<'a> Roll<'a> {
    /// Rows and links come in one order, so that each is looked at once.
    pub(crate) fn of(at: &'a Situation<'a>) -> Self {
        let users: HashMap<&UserId, usize> =
            at.users.iter().enumerate().map(|(place, it)| (&it.id, place)).collect();
        let mut rows: Vec<&Employee> = at.employees.iter().collect();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let managed_roles = at.policy.roles.managed();
        let mut links = at.links.iter().peekable();
        let mut vanished = Vec::new();
        let judged = |row: &'a Employee| {
            while let Some(passed) = links.next_if(|(it, _)| **it < row.id) {
                vanished.push(passed);
            }
            let link = links.next_if(|(it, _)| **it == row.id).map(|(_, it)| it);
            let standing = standing(row, at.policy, at.today);
            let place = link.and_then(|it| users.get(&it.user).copied());
            let own = place.map(|place| Own::of(row, &standing, place, at, &managed_roles));
            Judged { row, standing, link, own }
        };
        let rows = rows.into_iter().map(judged).collect();
        vanished.extend(links);
        Self { at, rows, vanished, managed_roles, users }
    }

    pub(crate) fn user(&self, id: &UserId) -> Option<&'a User> {
        self.users.get(id).map(|place| &self.at.users[*place])
    }

    /// Where the employee's row stands.
    pub(crate) fn place(&self, id: &EmployeeId) -> Option<usize> {
        self.rows.binary_search_by(|it| it.row.id.cmp(id)).ok()
    }
}

impl<'a> Own<'a> {
    fn of(
        row: &Employee,
        standing: &Standing,
        place: usize,
        at: &'a Situation<'a>,
        managed_roles: &BTreeSet<&RoleName>,
    ) -> Self {
        let user = &at.users[place];
        let Account { email, roles, app_metadata, .. } = &user.account;
        let wanted = if let Standing::Employed(wanted) = standing { Some(wanted) } else { None };
        Self {
            user,
            place,
            is_marked: user.account.is_marked(&row.id),
            is_at_home: wanted.is_some_and(|it| email.as_deref() == Some(it.as_str()))
                && user.is_in(&at.policy.connection),
            is_in_order: wanted.is_some_and(|it| {
                is_open(user)
                    && app_metadata.get(BLOCK_MARK).is_none()
                    && drift(row, it, at.policy, &user.account).is_empty()
                    && has_its_roles(row, at.policy, roles, managed_roles)
            }),
        }
    }
}

impl<'a> Judged<'a> {
    /// A row by itself, whose link nobody asks for.
    pub(crate) fn alone(row: &'a Employee, policy: &Policy, today: NaiveDate) -> Self {
        Self { row, standing: standing(row, policy, today), link: None, own: None }
    }

    /// The account that an employed row asks for.
    pub(crate) fn wanted(&self, email: &Email, policy: &Policy) -> Wanted {
        wanted(self.row, email.clone(), policy)
    }

    /// The row's address as it stands, comparable with itself later.
    pub(crate) fn address(&self) -> String {
        name_key(&self.row.email)
    }

    /// The address that the row claims; a leaver's is only looked up, so its form is enough.
    pub(crate) fn email(&self, policy: &Policy) -> Option<Email> {
        claimed(self.row, &self.standing, policy)
    }

    /// Whether two rows bear one name: the same person, as far as a table can tell.
    pub(crate) fn is_namesake_of(&self, other: &Judged<'_>) -> bool {
        let name = key(&self.row.full_name);
        !name.is_empty() && name == key(&other.row.full_name)
    }

    /// Whether the user bears the row's name, as it stands or as the policy writes it.
    pub(crate) fn is_named_like(&self, user: &User, policy: &Policy) -> bool {
        let Some(name) = user.account.name.as_deref().map(key).filter(|it| !it.is_empty()) else {
            return false;
        };
        let written = || policy.mapping.get(&Field::Name).map(|it| it.from.render(self.row));
        name == key(&self.row.full_name) || written().is_some_and(|it| name == key(&it))
    }
}

/// The address that a row claims.
pub(crate) fn claimed(row: &Employee, standing: &Standing, policy: &Policy) -> Option<Email> {
    match standing {
        Standing::Employed(email) => Some(email.clone()),
        Standing::Left(_) => Email::parse(&row.email, policy.email.idn).ok(),
        Standing::Upcoming { .. } | Standing::Held(_) => None,
    }
}
