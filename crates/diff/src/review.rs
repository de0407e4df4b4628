//! When a yes is enough.
//!
//! Most plans need one person, verified or not. Three things ask for more: what the policy wants two
//! people to look at, a plan that changes the account of somebody who approves plans, and a plan that
//! nobody but the policy itself has approved. Then only verified people count: an unverified name may
//! be anybody's, and so the first person's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::approval::{Approval, Approver};
use crate::at_once::{Automatic, is_automatic};
use crate::change::{Action, Cause, Change, Kind};
use crate::ids::EmployeeId;
use crate::plan::Plan;
use crate::policy::Policy;

/// Who must say yes.
///
/// No part of the policy's digest, because it says nothing about what is done: a plan stays the same
/// while its rules get stricter, and is then checked by the stricter ones, at the yes and at the claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewRules {
    /// What two verified people must look at.
    pub two_approvers: BTreeSet<Concern>,
    /// What does not wait for anybody.
    pub auto_approve: BTreeSet<Automatic>,
    /// Whose account an approver's own is, by the approver's name. Two names of one employee are one
    /// person.
    pub accounts: BTreeMap<String, EmployeeId>,
}

/// What two people may have to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// Any plan.
    Everything,
    /// A plan that exceeds a limit, so that somebody must accept it.
    Override,
    /// Grants of roles marked as admin.
    AdminGrants,
    /// Blocks of people whose row has vanished.
    Absent,
    /// The undoing of a run.
    Undo,
    /// An announced first sync, which lifts limits.
    FirstSync,
    /// Changes of a kind.
    Kind(Kind),
}

/// What a plan lacks to be approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many more people must say yes; never 0.
    pub people: usize,
    /// Why two must; empty where one is enough.
    pub concerns: BTreeSet<Concern>,
    /// Who may not, because the plan changes the account of each.
    pub owners: BTreeSet<String>,
    /// Whose yes counts already.
    pub given: BTreeSet<String>,
}

/// Why a yes would change nothing, so that it is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoYes {
    /// It is enough already.
    #[error("it is approved already")]
    Enough,
    /// The same person once more, perhaps by another name.
    #[error("{}, and {missing}", again(by, earlier))]
    Twice {
        /// Who.
        by: Approver,
        /// The name of the yes that counts.
        earlier: String,
        /// What is missing.
        missing: Box<Missing>,
    },
    /// Somebody whom nothing shows to be who the name says.
    #[error("the yes of {by} does not count: {missing}")]
    Unverified {
        /// Who.
        by: Approver,
        /// What is missing.
        missing: Box<Missing>,
    },
    /// Somebody whose own account the plan changes.
    #[error("it changes the account of {} (employee {employee}), and so somebody else must say yes", by.name())]
    OwnAccount {
        /// Who.
        by: Approver,
        /// Whose account it is.
        employee: EmployeeId,
    },
    /// The policy, which approves nothing but what [`ReviewRules::auto_approve`] says.
    #[error("the policy does not approve it: {missing}")]
    NotAutomatic {
        /// What is missing.
        missing: Box<Missing>,
    },
}

/// What the plan lacks to be approved under these rules; none where the approvals are enough.
///
/// Approvals of other digests are the caller's to refuse ([`Plan::approve`] does).
pub fn missing(plan: &Plan, policy: &Policy, approvals: &[Approval]) -> Option<Missing> {
    let rules = &policy.review;
    let by_policy = approvals.iter().any(|it| it.by == Approver::Policy);
    if by_policy && is_automatic(plan, policy) {
        return None;
    }
    let concerns = rules.concerns(plan, policy);
    let owners = rules.owners(plan);
    let asks_verified = !concerns.is_empty() || !owners.is_empty();
    let counts = |by: &Approver| match by {
        Approver::Verified { name } => !owners.contains(name),
        Approver::Unverified { .. } => !asks_verified,
        Approver::Policy => false,
    };
    let given: BTreeSet<&Approver> = approvals.iter().map(|it| &it.by).filter(|it| counts(it)).collect();
    let people: BTreeSet<Person<'_>> = given.iter().map(|it| rules.person(it.name())).collect();
    let needed = if concerns.is_empty() { 1 } else { 2 };
    (people.len() < needed).then(|| Missing {
        people: needed - people.len(),
        concerns,
        owners,
        given: given.iter().map(|it| it.name().to_owned()).collect(),
    })
}

/// What is missing once this yes is given too; none where it completes the approval.
///
/// # Errors
/// The yes would change nothing.
pub fn weigh(
    plan: &Plan,
    policy: &Policy,
    before: &[Approval],
    yes: &Approval,
) -> Result<Option<Missing>, NoYes> {
    let Some(lacks) = missing(plan, policy, before) else { return Err(NoYes::Enough) };
    let all: Vec<Approval> = before.iter().chain([yes]).cloned().collect();
    match missing(plan, policy, &all) {
        Some(after) if after.people >= lacks.people => Err(no_yes(plan, policy, &yes.by, lacks)),
        after => Ok(after),
    }
}

/// Why the yes did not count.
fn no_yes(plan: &Plan, policy: &Policy, by: &Approver, missing: Missing) -> NoYes {
    let (by, missing) = (by.clone(), Box::new(missing));
    let own = policy.review.accounts.get(by.name()).filter(|it| touched(plan).contains(it));
    match (&by, own) {
        (Approver::Policy, _) => NoYes::NotAutomatic { missing },
        (Approver::Verified { .. }, Some(employee)) => NoYes::OwnAccount { by, employee: employee.clone() },
        (Approver::Verified { name }, None) => {
            let rules = &policy.review;
            let is_same = |it: &&String| rules.accounts.get(*it) == rules.accounts.get(name) || *it == name;
            let earlier = missing.given.iter().find(is_same).unwrap_or(name).clone();
            NoYes::Twice { by, earlier, missing }
        }
        (Approver::Unverified { .. }, _) => NoYes::Unverified { by, missing },
    }
}

/// Who somebody is, where two names may be one employee's.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Person<'a> {
    Employee(&'a EmployeeId),
    Named(&'a str),
}

impl ReviewRules {
    /// What of the plan two people must look at.
    fn concerns(&self, plan: &Plan, policy: &Policy) -> BTreeSet<Concern> {
        self.two_approvers.iter().copied().filter(|it| it.is_in(plan, policy)).collect()
    }

    /// Approvers whose own account the plan changes.
    fn owners(&self, plan: &Plan) -> BTreeSet<String> {
        let touched = touched(plan);
        let owners = self.accounts.iter().filter(|(_, account)| touched.contains(account));
        owners.map(|(name, _)| name.clone()).collect()
    }

    /// How many different people these names are.
    pub fn people<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> usize {
        names.into_iter().map(|it| self.person(it)).collect::<BTreeSet<_>>().len()
    }

    fn person<'a>(&'a self, name: &'a str) -> Person<'a> {
        self.accounts.get(name).map_or(Person::Named(name), Person::Employee)
    }
}

/// Whose accounts the plan changes, in either of the rows of a relink.
fn touched(plan: &Plan) -> BTreeSet<&EmployeeId> {
    let mut touched: BTreeSet<&EmployeeId> = plan.changes().iter().map(|it| &it.employee).collect();
    for change in plan.changes() {
        if let Action::Relink { from, .. } = &change.action {
            touched.insert(from);
        }
    }
    touched
}

impl Concern {
    /// All that are no kind of change; [`Kind::ALL`] are the others.
    const NAMED: [Self; 6] =
        [Self::Everything, Self::Override, Self::AdminGrants, Self::Absent, Self::Undo, Self::FirstSync];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.into_iter().chain(Kind::ALL.map(Self::Kind))
    }

    /// The word that the configuration has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Override => "override",
            Self::AdminGrants => "admin-grants",
            Self::Absent => "absent",
            Self::Undo => "undo",
            Self::FirstSync => "first-sync",
            Self::Kind(kind) => kind.word(),
        }
    }

    fn is_in(self, plan: &Plan, policy: &Policy) -> bool {
        let any = |meant: fn(&Change, &Policy) -> bool| plan.changes().iter().any(|it| meant(it, policy));
        match self {
            Self::Everything => true,
            Self::Override => !policy.limits.breaches(plan, &policy.roles).is_empty(),
            Self::AdminGrants => any(grants_admin),
            Self::Absent => any(|it, _| matches!(it.cause, Cause::Absent { .. })),
            Self::Undo => {
                plan.document().scope.undo.is_some() || any(|it, _| matches!(it.cause, Cause::Undo { .. }))
            }
            Self::FirstSync => plan.document().first_sync,
            Self::Kind(kind) => plan.changes().iter().any(|it| it.kind() == kind),
        }
    }
}

fn grants_admin(change: &Change, policy: &Policy) -> bool {
    if let Action::GrantRoles { roles, .. } = &change.action {
        !roles.is_disjoint(&policy.roles.admin)
    } else {
        false
    }
}

impl Missing {
    /// Whether only verified people count.
    pub fn asks_verified(&self) -> bool {
        !self.concerns.is_empty() || !self.owners.is_empty()
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// `a second verified person must say yes, because of admin-grants; not ida, whose own account it changes`
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { people, concerns, owners, given } = self;
        f.write_str(match (self.asks_verified(), *people, given.is_empty()) {
            (false, _, _) => "a person must say yes",
            (true, 1, true) => "a verified person must say yes",
            (true, 1, false) => "a second verified person must say yes",
            (true, _, _) => "two verified people must say yes",
        })?;
        if concerns.contains(&Concern::Everything) {
            f.write_str(", as to every plan")?;
        } else if !concerns.is_empty() {
            write!(f, ", because of {}", list(concerns))?;
        }
        if !owners.is_empty() {
            let whose =
                if owners.len() == 1 { "whose own account it changes" } else { "whose accounts it changes" };
            write!(f, "; not {}, {whose}", list(owners))?;
        }
        Ok(())
    }
}

fn again(by: &Approver, earlier: &str) -> String {
    if by.name() == earlier {
        format!("{earlier} approved it already")
    } else {
        format!("{} is the same person as {earlier}, who approved it already", by.name())
    }
}

fn list<T: ToString>(items: &BTreeSet<T>) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
