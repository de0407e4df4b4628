//! What does not wait: access that the policy itself lets be taken away while a person looks at the rest.

use std::collections::BTreeSet;

use crate::change::{Action, Kind};
use crate::ids::ChangeId;
use crate::limits::{Breach, Limit};
use crate::order::falling;
use crate::plan::{Draft, Plan};
use crate::policy::Policy;

/// What the policy may approve. Only what takes access away: a day too early can be undone, and a day
/// too late cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Automatic {
    /// Blocks of leavers.
    Block,
    /// Roles that somebody does not hold any more.
    Revoke,
}

impl Automatic {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Block, Self::Revoke];

    /// The kind of change.
    pub fn kind(self) -> Kind {
        match self {
            Self::Block => Kind::Block,
            Self::Revoke => Kind::RevokeRoles,
        }
    }
}

/// The part of the plan that the policy approves, as a plan of its own; none where there is no such part.
///
/// A mover's revocation stays with its grant, whoever vanished from the table stays for a person, and
/// nothing is done at once where the source looks wrong or access would be taken from too many, be it
/// only together with the rest.
pub fn at_once(plan: &Plan, policy: &Policy) -> Option<Plan> {
    let kinds: BTreeSet<Kind> = policy.review.auto_approve.iter().map(|it| it.kind()).collect();
    let breaches = policy.limits.breaches(plan, &policy.roles);
    if kinds.is_empty() || breaches.iter().any(stops_taking_away) {
        return None;
    }
    let mut draft = plan.without(&waiting(plan, policy, &kinds)).document().clone();
    draft.scope.only = kinds;
    draft.notes.clear();
    let part = Plan::new(draft).expect("`without` drops whatever needs what it drops");
    (!part.is_empty() && is_automatic(&part, policy)).then_some(part)
}

/// Whether the policy approves all of it.
pub(crate) fn is_automatic(plan: &Plan, policy: &Policy) -> bool {
    let kinds: BTreeSet<Kind> = policy.review.auto_approve.iter().map(|it| it.kind()).collect();
    let breaches = policy.limits.breaches(plan, &policy.roles);
    plan.document().scope.undo.is_none() && breaches.is_empty() && waiting(plan, policy, &kinds).is_empty()
}

/// Changes that are not of these kinds, or that a person must look at. A link goes along with the block
/// that needs it: without it no leaver could be blocked whose account is not linked yet.
fn waiting(plan: &Plan, policy: &Policy, kinds: &BTreeSet<Kind>) -> BTreeSet<ChangeId> {
    let of_kind = plan.changes().iter().filter(|it| kinds.contains(&it.kind()));
    let needed: BTreeSet<&ChangeId> = of_kind.flat_map(|it| &it.needs).collect();
    let others = plan
        .changes()
        .iter()
        .filter(|it| !(kinds.contains(&it.kind()) || it.kind() == Kind::Link && needed.contains(&it.id)));
    let mut waiting: BTreeSet<ChangeId> = others.map(|it| it.id.clone()).collect();
    waiting.extend(plan.needs_review(policy).map(|it| it.id.clone()));
    let waiting = falling(plan.changes(), &waiting);
    // A link whose block waits is needed by nothing that is left.
    let left = plan.changes().iter().filter(|it| !waiting.contains(&it.id));
    let needed: BTreeSet<&ChangeId> = left.clone().flat_map(|it| &it.needs).collect();
    let idle = left.filter(|it| it.kind() == Kind::Link && !needed.contains(&it.id));
    let idle: Vec<ChangeId> = idle.map(|it| it.id.clone()).collect();
    waiting.into_iter().chain(idle).collect()
}

/// Whether a breach of the whole plan forbids taking access away at once. One about what is given does
/// not: a leaver must not stay because of a typing error in somebody else's department.
fn stops_taking_away(breach: &Breach) -> bool {
    match breach.limit {
        Limit::Blocks
        | Limit::Revocations
        | Limit::RevocationsOf(_)
        | Limit::AdminsLeft(_)
        | Limit::SourceRows
        | Limit::SourceEmployees => true,
        Limit::Updates | Limit::Grants | Limit::Creates | Limit::AdminGrants | Limit::Mails => false,
    }
}

impl Plan {
    /// The plan once these changes are done: what needed them needs nothing any more, and who lost
    /// access holds no role. It is the plan that the next reading would make, to the digest.
    pub fn after(&self, done: &BTreeSet<ChangeId>) -> Self {
        let mut rest: Draft = self.without(&BTreeSet::new()).into();
        for change in rest.changes.iter().filter(|it| done.contains(&it.id)) {
            match &change.action {
                Action::Block { user, .. } => {
                    for holders in rest.users.open_holders.values_mut() {
                        holders.lose(user);
                    }
                }
                Action::RevokeRoles { user, roles } => {
                    for role in roles {
                        rest.users.open_holders.entry(role.clone()).or_default().lose(user);
                    }
                }
                Action::Create { .. }
                | Action::Link { .. }
                | Action::Relink { .. }
                | Action::Unlink { .. }
                | Action::Update { .. }
                | Action::Unblock { .. }
                | Action::GrantRoles { .. }
                | Action::SendInvitation { .. }
                | Action::SendVerification { .. } => {}
            }
        }
        rest.users.open_holders.retain(|_, holders| holders.count > 0);
        rest.changes.retain(|it| !done.contains(&it.id));
        for change in &mut rest.changes {
            change.needs.retain(|it| !done.contains(it));
        }
        let rest = Self::new(rest).expect("what was needed is there, or done");
        rest.without(&BTreeSet::new()) // which works the forecast out anew
    }
}

#[cfg(test)]
pub(crate) mod tests;
