//! Everything that planning looks at, and how it is looked up.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use smallvec::SmallVec;

use crate::account::{Access, User};
use crate::email::Email;
use crate::employee::Employee;
use crate::forecast::Reading;
use crate::ids::{EmployeeId, RoleName, Tenant, UserId};
use crate::links::{Link, Links};
use crate::memory::{Feature, Memory};
use crate::pace::RatePlan;
use crate::plan::RolesRead;
use crate::policy::Policy;
use crate::roll::{Judged, Roll, claimed};
use crate::scope::Scope;
use crate::standing::{Standing, standing};

/// What was read, and the rules: the one input of [`crate::plan()`].
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Where the users are from.
    pub tenant: &'a Tenant,
    /// All rows, whatever the scope: a filter must not hide the other claimant of an address. Each id once,
    /// which whoever reads a table sees to.
    pub employees: &'a [Employee],
    /// All users of the managed connection, and linked users outside it. A linked user that is
    /// missing here does not exist. Each id once.
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
    claimed(row, &standing(row, policy, today), policy)
}

/// Nearly always one, and then kept where it is.
type Few<T> = SmallVec<[T; 1]>;

/// The roll, ready for looking up. Hash maps only answer questions here; what is printed, stored or done
/// first comes from the sorted lists.
pub(crate) struct View<'a> {
    pub(crate) at: &'a Situation<'a>,
    /// By employee.
    pub(crate) rows: &'a [Judged<'a>],
    roll: &'a Roll<'a>,
    addresses: HashMap<&'a str, Address<'a>>,
    /// Addresses that more than one employed row wants.
    shared: HashSet<&'a str>,
    marks: HashMap<EmployeeId, Few<&'a User>>,
}

/// Who is at an address.
#[derive(Default)]
struct Address<'a> {
    wanting: Few<&'a EmployeeId>,
    holding: Few<&'a User>,
}

impl<'a> View<'a> {
    pub(crate) fn of(roll: &'a Roll<'a>) -> Self {
        let mut view = Self {
            at: roll.at,
            rows: &roll.rows,
            roll,
            addresses: HashMap::with_capacity(roll.rows.len()),
            shared: HashSet::new(),
            marks: HashMap::new(),
        };
        let at_home = view.take_in_rows();
        view.take_in_users(&at_home);
        view
    }

    /// A row and its user are taken in together where they agree about the address. Of which users that is
    /// so comes back.
    fn take_in_rows(&mut self) -> Vec<bool> {
        let mut at_home = vec![false; self.at.users.len()];
        // An ignored row, perhaps one typed twice, stands in nobody's way.
        let ignored = &self.at.links.ignored_employees;
        for judged in self.rows.iter().filter(|it| !ignored.contains_key(&it.row.id)) {
            let Standing::Employed(email) = &judged.standing else { continue };
            let address = self.addresses.entry(email.as_str()).or_default();
            address.wanting.push(&judged.row.id);
            if address.wanting.len() > 1 {
                self.shared.insert(email.as_str());
            }
            if let Some(own) = judged.own.filter(|it| it.is_at_home) {
                by_id(&mut address.holding, own.user);
                at_home[own.place] = true;
            }
        }
        at_home
    }

    fn take_in_users(&mut self, at_home: &[bool]) {
        let owns = self.rows.iter().filter_map(|it| it.own);
        let mut marked = vec![false; at_home.len()];
        for own in owns.filter(|it| it.is_marked) {
            marked[own.place] = true;
        }
        for (place, user) in self.at.users.iter().enumerate().filter(|(it, _)| !(at_home[*it] && marked[*it]))
        {
            if !user.is_in(&self.at.policy.connection) {
                continue;
            }
            if let Some(email) = user.account.email.as_deref().filter(|_| !at_home[place]) {
                by_id(&mut self.addresses.entry(email).or_default().holding, user);
            }
            if let Some(mark) = user.account.marked_employee().filter(|_| !marked[place]) {
                by_id(self.marks.entry(mark).or_default(), user);
            }
        }
    }

    /// The roles that the policy names.
    pub(crate) fn managed_roles(&self) -> &'a BTreeSet<&'a RoleName> {
        &self.roll.managed_roles
    }

    pub(crate) fn user(&self, id: &UserId) -> Option<&'a User> {
        self.roll.user(id)
    }

    pub(crate) fn row(&self, id: &EmployeeId) -> Option<&'a Judged<'a>> {
        self.place(id).map(|at| &self.rows[at])
    }

    /// Where the employee's row stands among all.
    pub(crate) fn place(&self, id: &EmployeeId) -> Option<usize> {
        self.roll.place(id)
    }

    /// Linked employees without a row.
    pub(crate) fn vanished(&self) -> &'a [(&'a EmployeeId, &'a Link)] {
        &self.roll.vanished
    }

    /// Users of the managed connection that hold the address. More than one only where the
    /// connection allows it.
    pub(crate) fn with_email(&self, email: &str) -> &[&'a User] {
        self.addresses.get(email).map_or(&[], |it| it.holding.as_slice())
    }

    /// Users of the managed connection whose mark names the employee, without the employee's own.
    pub(crate) fn marked(&self, employee: &EmployeeId) -> &[&'a User] {
        self.marks.get(employee).map_or(&[], SmallVec::as_slice)
    }

    /// The row that the user's mark names, where there is one.
    pub(crate) fn marked_row(&self, user: &User) -> Option<&'a Judged<'a>> {
        self.row(&user.account.marked_employee()?)
    }

    /// Employed rows that want the address. Leavers and ignored rows do not compete.
    pub(crate) fn wanting(&self, email: &str) -> &[&'a EmployeeId] {
        self.addresses.get(email).map_or(&[], |it| it.wanting.as_slice())
    }

    /// Whether more than one employed row wants the address.
    pub(crate) fn is_shared(&self, email: &Email) -> bool {
        self.shared.contains(email.as_str())
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

/// Puts a user among those who are there, in the order of ids.
fn by_id<'a>(users: &mut Few<&'a User>, user: &'a User) {
    let place = users.partition_point(|it| it.id < user.id);
    users.insert(place, user);
}

/// Whether the user can log in.
pub(crate) fn is_open(user: &User) -> bool {
    match user.account.access {
        Access::Open => true,
        Access::BlockedByUs | Access::BlockedByOther => false,
    }
}
