//! What a plan may not exceed. A breach means that nothing at all is written.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::change::{Action, Change, Kind};
use crate::ids::{EmployeeId, RoleName};
use crate::plan::{Plan, SourceSummary};
use crate::policy::RoleRules;

/// The limits, on by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Blocks, as a share of the managed users.
    pub blocks: Share,
    /// Revocations that do not come with a block, as a share of the managed assignments.
    pub revocations: Share,
    /// Revocations of one role, in percent of its holders, from [`Self::ROLE_FLOOR`] holders up.
    pub revocations_per_role_percent: u32,
    /// Updates, as a share of the managed users.
    pub updates: Share,
    /// Grants, as a share of the managed users.
    pub grants: Share,
    /// Creates, as a share of the managed users.
    pub creates: Share,
    /// Grants of admin roles in one plan.
    pub admin_grants: usize,
    /// Unblocked holders of an admin role that a plan must leave.
    pub admins_left: usize,
    /// Mails in one run.
    pub mails: usize,
    /// Rows that may be fewer than at the scope's last good run, in percent of those.
    pub source_shrinks_percent: u32,
}

/// A percentage with a least and a most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Of what is managed.
    pub percent: u32,
    /// Always allowed.
    pub at_least: usize,
    /// Never exceeded.
    pub at_most: usize,
}

/// A limit that the plan exceeds, with the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Which.
    pub limit: Limit,
    /// What the plan has.
    pub found: usize,
    /// What is allowed.
    pub allowed: usize,
    /// Whom it concerns, by employee.
    pub people: BTreeSet<EmployeeId>,
}

/// The limits by name, as an override names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Blocks.
    Blocks,
    /// Revocations without a block.
    Revocations,
    /// Revocations of one role.
    RevocationsOf(RoleName),
    /// Updates.
    Updates,
    /// Grants.
    Grants,
    /// Creates.
    Creates,
    /// Grants of admin roles.
    AdminGrants,
    /// Holders of an admin role that are left: `found` is below `allowed` here.
    AdminsLeft(RoleName),
    /// Mails.
    Mails,
    /// Rows that were read: `found` is below `allowed` here.
    SourceRows,
    /// Linked employees who had a row at the last whole reading and have none now: another table, perhaps.
    SourceEmployees,
}

impl Default for Limits {
    /// The design's figures.
    fn default() -> Self {
        let no_most = usize::MAX;
        Self {
            blocks: Share { percent: 5, at_least: 5, at_most: 25 },
            revocations: Share { percent: 10, at_least: 5, at_most: no_most },
            revocations_per_role_percent: 50,
            updates: Share { percent: 30, at_least: 10, at_most: no_most },
            grants: Share { percent: 30, at_least: 10, at_most: no_most },
            creates: Share { percent: 20, at_least: 100, at_most: no_most },
            admin_grants: 2,
            admins_left: 2,
            mails: 200,
            source_shrinks_percent: 10,
        }
    }
}

impl Share {
    /// What it comes to.
    pub fn of(self, whole: usize) -> usize {
        let share = whole.saturating_mul(self.percent as usize) / 100;
        share.clamp(self.at_least, self.at_most.max(self.at_least))
    }
}

impl Limits {
    /// So many linked employees may vanish in an ordinary week, however few there are; unless no row at all
    /// may.
    pub const VANISHED_AT_LEAST: usize = 5;

    /// So many linked users that exist may be missing from a listing, of all that are linked: the search
    /// behind it trails, and no person can say that it need not be whole.
    pub const LISTING_LACKS: Share = Share { percent: 2, at_least: 20, at_most: usize::MAX };

    /// A role with fewer holders than this may lose half of them in an ordinary week.
    pub const ROLE_FLOOR: usize = 10;

    /// Every limit that the plan exceeds, evaluated on the whole plan.
    ///
    /// An announced first sync lifts creates, links, and updates and grants of users that the
    /// plan itself creates or links; never blocks or revocations, and never grants of admin roles.
    pub fn breaches(&self, plan: &Plan, roles: &RoleRules) -> Vec<Breach> {
        let Self {
            blocks,
            revocations,
            revocations_per_role_percent,
            updates,
            grants,
            creates,
            admin_grants,
            admins_left,
            mails,
            source_shrinks_percent: _,
        } = self;
        let managed = plan.document().users.managed;
        let assignments: usize = plan.document().users.open_holders.values().map(|it| it.count).sum();
        let seen = Seen::in_plan(plan, roles);
        let mut breaches = self.of_source(&plan.document().source);
        let mut check = |limit, people: Vec<&EmployeeId>, allowed: usize| {
            if people.len() > allowed {
                let found = people.len();
                breaches.push(Breach {
                    limit,
                    found,
                    allowed,
                    people: people.into_iter().cloned().collect(),
                });
            }
        };
        check(Limit::Blocks, seen.blocks, blocks.of(managed));
        check(Limit::Revocations, seen.revocations, revocations.of(assignments));
        check(Limit::Updates, seen.updates, updates.of(managed));
        check(Limit::Grants, seen.grants, grants.of(managed));
        check(Limit::AdminGrants, seen.admin_grants, *admin_grants);
        if !plan.document().first_sync {
            check(Limit::Creates, seen.creates, creates.of(managed));
        }
        breaches.extend(per_role(plan, *revocations_per_role_percent));
        breaches.extend(last_admins(plan, roles, *admins_left));
        if plan.mails() > *mails {
            let mailed = plan.changes().iter().filter(|it| it.action.mails() > 0);
            breaches.push(Breach {
                limit: Limit::Mails,
                found: plan.mails(),
                allowed: *mails,
                people: mailed.map(|it| it.employee.clone()).collect(),
            });
        }
        breaches
    }

    /// The limits that a reading of the table exceeds: it may have lost many rows, or be another table.
    pub fn of_source(&self, reading: &SourceSummary) -> Vec<Breach> {
        let share = |whole: usize| whole.saturating_mul(self.source_shrinks_percent as usize) / 100;
        let mut breaches = Vec::new();
        let mut push = |limit, found, allowed| {
            breaches.push(Breach { limit, found, allowed, people: reading.vanished.clone() });
        };
        if let Some(last) = reading.last_rows {
            let least = last.saturating_sub(share(last));
            if reading.in_scope < least {
                push(Limit::SourceRows, reading.in_scope, least);
            }
        }
        let few = if self.source_shrinks_percent == 0 { 0 } else { Self::VANISHED_AT_LEAST };
        let allowed = share(reading.known).max(few);
        if reading.vanished.len() > allowed {
            push(Limit::SourceEmployees, reading.vanished.len(), allowed);
        }
        breaches
    }
}

/// Whom each limit counts.
#[derive(Default)]
struct Seen<'a> {
    blocks: Vec<&'a EmployeeId>,
    revocations: Vec<&'a EmployeeId>,
    updates: Vec<&'a EmployeeId>,
    grants: Vec<&'a EmployeeId>,
    creates: Vec<&'a EmployeeId>,
    admin_grants: Vec<&'a EmployeeId>,
}

impl<'a> Seen<'a> {
    fn in_plan(plan: &'a Plan, roles: &RoleRules) -> Self {
        let lifted = newcomers(plan);
        let blocked = people_with(plan, Kind::Block);
        let mut seen = Self::default();
        for Change { employee, action, .. } in plan.changes() {
            let lifted = lifted.contains(employee);
            match action {
                Action::Block { .. } => seen.blocks.push(employee),
                Action::RevokeRoles { .. } if blocked.contains(employee) => {}
                Action::RevokeRoles { roles, .. } => seen.revocations.extend(roles.iter().map(|_| employee)),
                Action::Update { .. } if lifted => {}
                Action::Update { .. } => seen.updates.push(employee),
                Action::GrantRoles { roles: granted, .. } => {
                    if !lifted {
                        seen.grants.push(employee);
                    }
                    seen.admin_grants.extend(granted.intersection(&roles.admin).map(|_| employee));
                }
                Action::Create { .. } => seen.creates.push(employee),
                Action::Link { .. }
                | Action::Relink { .. }
                | Action::Unlink { .. }
                | Action::Unblock { .. }
                | Action::SendInvitation { .. }
                | Action::SendVerification { .. } => {}
            }
        }
        seen
    }
}

/// Whom the plan creates or links, where a first sync was announced.
fn newcomers(plan: &Plan) -> BTreeSet<&EmployeeId> {
    if !plan.document().first_sync {
        return BTreeSet::new();
    }
    let mut people = people_with(plan, Kind::Create);
    people.extend(people_with(plan, Kind::Link));
    people
}

fn people_with(plan: &Plan, kind: Kind) -> BTreeSet<&EmployeeId> {
    plan.changes().iter().filter(|it| it.kind() == kind).map(|it| &it.employee).collect()
}

fn per_role(plan: &Plan, percent: u32) -> Vec<Breach> {
    let blocked = people_with(plan, Kind::Block);
    let holders = plan.document().users.open_holders.iter().filter(|(_, it)| it.count >= Limits::ROLE_FLOOR);
    holders
        .filter_map(|(role, holders)| {
            let people: BTreeSet<EmployeeId> =
                revoking(plan, role).filter(|it| !blocked.contains(it)).cloned().collect();
            let allowed = holders.count * percent as usize / 100;
            (people.len() > allowed).then(|| Breach {
                limit: Limit::RevocationsOf(role.clone()),
                found: people.len(),
                allowed,
                people,
            })
        })
        .collect()
}

fn revoking<'a>(plan: &'a Plan, role: &'a RoleName) -> impl Iterator<Item = &'a EmployeeId> {
    plan.changes().iter().filter(move |it| it.action.revokes(role)).map(|it| &it.employee)
}

/// A plan may not take the last holders of an admin role away; who are too few already is no
/// reason to refuse an unrelated plan.
fn last_admins(plan: &Plan, roles: &RoleRules, least: usize) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for role in &roles.admin {
        let Some(holders) = plan.document().users.open_holders.get(role) else { continue };
        let (mut left, mut losing) = (holders.count, holders.losing.clone());
        let mut people = BTreeSet::new();
        for change in plan.changes() {
            let loses = change.kind() == Kind::Block || change.action.revokes(role);
            if loses && change.action.user().is_some_and(|it| losing.remove(it)) {
                left = left.saturating_sub(1);
                people.insert(change.employee.clone());
            }
        }
        if !people.is_empty() && left < least {
            breaches.push(Breach {
                limit: Limit::AdminsLeft(role.clone()),
                found: left,
                allowed: least,
                people,
            });
        }
    }
    breaches
}

impl Breach {
    /// Whether the source itself looks wrong, as opposed to a plan that does too much.
    pub fn is_suspect(&self) -> bool {
        match self.limit {
            Limit::SourceRows | Limit::SourceEmployees => true,
            Limit::Blocks
            | Limit::Revocations
            | Limit::RevocationsOf(_)
            | Limit::Updates
            | Limit::Grants
            | Limit::Creates
            | Limit::AdminGrants
            | Limit::AdminsLeft(_)
            | Limit::Mails => false,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocks => f.write_str("blocks"),
            Self::Revocations => f.write_str("revocations"),
            Self::RevocationsOf(role) => write!(f, "revocations-of:{role}"),
            Self::Updates => f.write_str("updates"),
            Self::Grants => f.write_str("grants"),
            Self::Creates => f.write_str("creates"),
            Self::AdminGrants => f.write_str("admin-grants"),
            Self::AdminsLeft(role) => write!(f, "admins-left:{role}"),
            Self::Mails => f.write_str("mails"),
            Self::SourceRows => f.write_str("source-rows"),
            Self::SourceEmployees => f.write_str("source-employees"),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, found, allowed, people: _ } = self;
        match limit {
            Limit::AdminsLeft(role) => {
                write!(
                    f,
                    "{limit}: only {found} unblocked holders of {role} would be left, and {allowed} must be"
                )
            }
            Limit::SourceRows => {
                write!(f, "{limit}: only {found} rows were read, and at least {allowed} were expected")
            }
            Limit::SourceEmployees => {
                write!(f, "{limit}: {found} linked employees have no row any more, {allowed} allowed")
            }
            Limit::Blocks
            | Limit::Revocations
            | Limit::RevocationsOf(_)
            | Limit::Updates
            | Limit::Grants
            | Limit::Creates
            | Limit::AdminGrants
            | Limit::Mails => write!(f, "{limit}: {found} planned, {allowed} allowed"),
        }
    }
}

#[cfg(test)]
mod tests;
