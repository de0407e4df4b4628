//! Everything that planning looks at, and how it is looked up.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::account::{Access, Field, User};
use crate::clean::name_key;
use crate::email::Email;
use crate::employee::Employee;
use crate::forecast::Reading;
use crate::ids::{EmployeeId, RoleName, Tenant, UserId};
use crate::links::Links;
use crate::memory::{Feature, Memory};
use crate::pace::RatePlan;
use crate::plan::RolesRead;
use crate::policy::Policy;
use crate::scope::Scope;
use crate::standing::{Standing, standing};
use crate::wanted::{Wanted, wanted};

/// What was read, and the rules: the one input of [`crate::plan()`].
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Where the users are from.
    pub tenant: &'a Tenant,
    /// All rows, whatever the scope: a filter must not hide the other claimant of an address.
    pub employees: &'a [Employee],
    /// All users of the managed connection, and linked users outside it. A linked user that is
    /// missing here does not exist.
    pub users: &'a [User],
    /// Whether `users` have their roles.
    pub roles: RolesRead,
    /// Who is whose, with what the write-back columns say taken over.
    pub links: &'a Links,
    /// What earlier runs found out.
    pub memory: &'a Memory,
    /// The rules.
    pub policy: &'a Policy,
    /// Whom the plan is about.
    pub scope: &'a Scope,
    /// Whether somebody announced a first sync.
    pub first_sync: bool,
    /// The day, in the policy's time zone.
    pub today: NaiveDate,
    /// How users were read.
    pub reading: &'a Reading,
    /// What the tenant allows, for the forecast.
    pub rate_plan: RatePlan,
    /// The share of it that may be used.
    pub share: f64,
}

/// The address by which a row's account is looked for; none where the row cannot be trusted, or is of
/// somebody who is not there yet.
pub fn address(row: &Employee, policy: &Policy, today: NaiveDate) -> Option<Email> {
    Judged { row, standing: standing(row, policy, today) }.email(policy)
}

/// A row with its standing.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) row: &'a Employee,
    pub(crate) standing: Standing,
}

/// The situation, judged once and ready for looking up. Hash maps only answer questions here;
/// what is printed, stored or done first comes from the sorted lists.
pub(crate) struct View<'a> {
    pub(crate) at: &'a Situation<'a>,
    /// By employee.
    pub(crate) rows: Vec<Judged<'a>>,
    row_of: HashMap<&'a EmployeeId, usize>,
    users: HashMap<&'a UserId, &'a User>,
    by_email: HashMap<&'a str, Vec<&'a User>>,
    by_mark: HashMap<String, Vec<&'a User>>,
    by_address: HashMap<String, Vec<&'a EmployeeId>>,
    pub(crate) managed_roles: BTreeSet<&'a RoleName>,
}

impl<'a> View<'a> {
    pub(crate) fn of(at: &'a Situation<'a>) -> Self {
        let mut rows: Vec<Judged<'a>> = at
            .employees
            .iter()
            .map(|row| Judged { row, standing: standing(row, at.policy, at.today) })
            .collect();
        rows.sort_by(|a, b| a.row.id.cmp(&b.row.id));
        let row_of = rows.iter().enumerate().map(|(at, it)| (&it.row.id, at)).collect();
        let mut sorted: Vec<&User> = at.users.iter().collect();
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        let mut by_email: HashMap<&str, Vec<&User>> = HashMap::new();
        let mut by_mark: HashMap<String, Vec<&User>> = HashMap::new();
        for user in sorted.into_iter().filter(|it| it.is_in(&at.policy.connection)) {
            if let Some(email) = &user.account.email {
                by_email.entry(email).or_default().push(user);
            }
            if let Some(mark) = user.account.marked_employee() {
                by_mark.entry(mark).or_default().push(user);
            }
        }
        let mut by_address: HashMap<String, Vec<&EmployeeId>> = HashMap::new();
        // An ignored row, perhaps one typed twice, stands in nobody's way.
        for it in rows.iter().filter(|it| !at.links.ignored_employees.contains_key(&it.row.id)) {
            if let Standing::Employed(email) = &it.standing {
                by_address.entry(email.to_string()).or_default().push(&it.row.id);
            }
        }
        let users = at.users.iter().map(|it| (&it.id, it)).collect();
        let managed_roles = at.policy.roles.managed();
        Self { at, rows, row_of, users, by_email, by_mark, by_address, managed_roles }
    }

    pub(crate) fn user(&self, id: &UserId) -> Option<&'a User> {
        self.users.get(id).copied()
    }

    pub(crate) fn row(&self, id: &EmployeeId) -> Option<&Judged<'a>> {
        self.row_of.get(id).map(|at| &self.rows[*at])
    }

    /// Users of the managed connection that hold the address. More than one only where the
    /// connection allows it.
    pub(crate) fn with_email(&self, email: &str) -> &[&'a User] {
        self.by_email.get(email).map_or(&[], Vec::as_slice)
    }

    /// Users of the managed connection whose mark names the employee.
    pub(crate) fn marked(&self, employee: &EmployeeId) -> &[&'a User] {
        self.by_mark.get(employee.as_str()).map_or(&[], Vec::as_slice)
    }

    /// The row that the user's mark names, where there is one.
    pub(crate) fn marked_row(&self, user: &User) -> Option<&Judged<'a>> {
        self.row(&EmployeeId::parse(&user.account.marked_employee()?).ok()?)
    }

    /// Employed rows that want the address. Leavers and ignored rows do not compete.
    pub(crate) fn wanting(&self, email: &str) -> &[&'a EmployeeId] {
        self.by_address.get(email).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn has_left(&self, employee: &EmployeeId) -> bool {
        self.row(employee).is_some_and(|it| matches!(it.standing, Standing::Left(_)))
    }

    /// Whether somebody said to leave the employee alone.
    pub(crate) fn is_ignored(&self, judged: &Judged<'_>) -> bool {
        self.at.links.ignored_employees.contains_key(&judged.row.id)
    }

    /// Whether the user is never changed: break-glass, or somebody said to leave it alone.
    pub(crate) fn is_untouchable(&self, user: &User) -> bool {
        self.at.policy.break_glass.contains(&user.id) || self.at.links.ignored_users.contains_key(&user.id)
    }

    /// Whether the tenant's plan lets us end anything of a user that runs on.
    pub(crate) fn can_end_sessions(&self) -> bool {
        !Feature::ALL.iter().all(|it| self.at.memory.lacks.contains(it))
    }

    /// Whether the user is nobody's and nobody said to leave it alone: it may be proposed.
    pub(crate) fn is_free(&self, user: &User) -> bool {
        self.at.links.owner(&user.id).is_none() && !self.at.links.ignored_users.contains_key(&user.id)
    }
}

impl Judged<'_> {
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
        match &self.standing {
            Standing::Employed(email) => Some(email.clone()),
            Standing::Left(_) => Email::parse(&self.row.email, policy.email.idn).ok(),
            Standing::Upcoming { .. } | Standing::Held(_) => None,
        }
    }

    /// Whether two rows bear one name: the same person, as far as a table can tell.
    pub(crate) fn is_namesake_of(&self, other: &Judged<'_>) -> bool {
        let name = name_key(&self.row.full_name);
        !name.is_empty() && name == name_key(&other.row.full_name)
    }

    /// Whether the user bears the row's name, as it stands or as the policy writes it.
    pub(crate) fn is_named_like(&self, user: &User, policy: &Policy) -> bool {
        let Some(name) = user.account.name.as_deref().map(name_key).filter(|it| !it.is_empty()) else {
            return false;
        };
        let written = policy.mapping.get(&Field::Name).map(|it| it.from.render(self.row));
        name == name_key(&self.row.full_name) || written.is_some_and(|it| name == name_key(&it))
    }
}

/// Whether the user can log in.
pub(crate) fn is_open(user: &User) -> bool {
    match user.account.access {
        Access::Open => true,
        Access::BlockedByUs | Access::BlockedByOther => false,
    }
}
