//! The order of a plan, settled once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::change::{Change, Kind};
use crate::ids::{ChangeId, EmployeeId};
use crate::note::{Note, Reason};
use crate::plan::PlanError;

/// By kind ([`Kind::ALL`]: taking away first), then by employee; but whatever needs another change
/// stands behind it. Of two email moves, the one that releases comes first.
pub(crate) fn settle(mut changes: Vec<Change>) -> Result<Vec<Change>, PlanError> {
    changes.sort_by(|a, b| (a.kind(), &a.employee, &a.id).cmp(&(b.kind(), &b.employee, &b.id)));
    let mut place: BTreeMap<ChangeId, usize> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        if place.insert(change.id.clone(), at).is_some() {
            return Err(PlanError::Twice(change.id.clone()));
        }
    }
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); changes.len()];
    let mut unmet: Vec<usize> = vec![0; changes.len()];
    for (at, change) in changes.iter_mut().enumerate() {
        change.needs.sort();
        change.needs.dedup();
        unmet[at] = change.needs.len();
        for needed in &change.needs {
            let Some(needed_at) = place.get(needed) else {
                return Err(PlanError::Missing { change: change.id.clone(), needed: needed.clone() });
            };
            dependents[*needed_at].push(at);
        }
    }
    in_order_of_needs(changes, &dependents, unmet)
}

/// Always the first change, by the order given, whose needs are met.
fn in_order_of_needs(
    changes: Vec<Change>,
    dependents: &[Vec<usize>],
    mut unmet: Vec<usize>,
) -> Result<Vec<Change>, PlanError> {
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..changes.len()).filter(|at| unmet[*at] == 0).map(Reverse).collect();
    let mut waiting: Vec<Option<Change>> = changes.into_iter().map(Some).collect();
    let mut settled = Vec::with_capacity(waiting.len());
    while let Some(Reverse(at)) = ready.pop() {
        settled.extend(waiting[at].take());
        for dependent in &dependents[at] {
            unmet[*dependent] -= 1;
            if unmet[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    match waiting.into_iter().flatten().next() {
        Some(stuck) => Err(PlanError::Circle(stuck.id)),
        None => Ok(settled),
    }
}

/// Everything that falls when some changes are dropped: what needs them, and with a mover's grant
/// the revocation that goes together with it.
pub(crate) fn falling(changes: &[Change], dropped: &BTreeSet<ChangeId>) -> BTreeSet<ChangeId> {
    let mut falling: BTreeSet<ChangeId> =
        changes.iter().map(|it| &it.id).filter(|it| dropped.contains(*it)).cloned().collect();
    loop {
        let before = falling.len();
        for change in changes {
            if change.needs.iter().any(|it| falling.contains(it)) {
                falling.insert(change.id.clone());
            }
            if change.kind() == Kind::GrantRoles && falling.contains(&change.id) {
                let revoke = Change::id_of(Kind::RevokeRoles, &change.employee);
                if change.needs.contains(&revoke) {
                    falling.insert(revoke);
                }
            }
        }
        if falling.len() == before {
            return falling;
        }
    }
}

/// Loud notes first, then by the kind of reason, then by employee.
pub(crate) fn note_key(note: &Note) -> (bool, &'static str, Option<&EmployeeId>, &Reason) {
    (!note.reason.is_loud(), note.reason.word(), note.employee.as_ref(), &note.reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Action, Cause, Matched};
    use crate::ids::UserId;

    fn change(kind: Kind, employee: i64, needs: &[(Kind, i64)]) -> Change {
        let user = UserId::new(format!("auth0|{employee}"));
        let action = match kind {
            Kind::Block => Action::Block { user, end_sessions: false },
            Kind::RevokeRoles => Action::RevokeRoles { user, roles: BTreeSet::new() },
            Kind::Link => Action::Link { user, address: String::new() },
            Kind::GrantRoles => {
                Action::GrantRoles { who: crate::change::Who::User(user), roles: BTreeSet::new() }
            }
            Kind::Relink
            | Kind::Unlink
            | Kind::Update
            | Kind::Create
            | Kind::Unblock
            | Kind::SendInvitation
            | Kind::SendVerification => Action::Update { user, fields: Vec::new(), email: None },
        };
        let employee = EmployeeId::from(employee);
        Change {
            id: Change::id_of(action.kind(), &employee),
            employee,
            name: String::new(),
            action,
            cause: Cause::OnDemand,
            matched: Matched::Link,
            needs: needs.iter().map(|(kind, id)| Change::id_of(*kind, &(*id).into())).collect(),
        }
    }

    fn settled(changes: Vec<Change>) -> String {
        let ids: Vec<String> = settle(changes).unwrap().iter().map(|it| it.id.to_string()).collect();
        ids.join(" ")
    }

    #[test]
    fn access_is_taken_away_first_and_then_people_come_by_number() {
        let changes = vec![
            change(Kind::GrantRoles, 1, &[]),
            change(Kind::Update, 10, &[]),
            change(Kind::Update, 9, &[]),
            change(Kind::Block, 20, &[]),
            change(Kind::RevokeRoles, 3, &[]),
        ];
        assert_eq!(settled(changes), "block-20 revoke-3 update-9 update-10 grant-1");
    }

    #[test]
    fn what_is_needed_comes_before_whatever_the_numbers() {
        let changes = vec![
            change(Kind::Update, 1, &[(Kind::Update, 2)]),
            change(Kind::Update, 2, &[(Kind::Update, 3)]),
            change(Kind::Update, 3, &[]),
            change(Kind::Block, 4, &[(Kind::Link, 4)]),
            change(Kind::Link, 4, &[]),
        ];
        assert_eq!(settled(changes), "link-4 block-4 update-3 update-2 update-1");
    }

    #[test]
    fn a_plan_that_cannot_be_done_is_none() {
        let twice = vec![change(Kind::Block, 1, &[]), change(Kind::Block, 1, &[])];
        assert!(matches!(settle(twice), Err(PlanError::Twice(_))));
        let missing = vec![change(Kind::Block, 1, &[(Kind::Link, 1)])];
        assert!(matches!(settle(missing), Err(PlanError::Missing { .. })));
        let circle = vec![
            change(Kind::Update, 1, &[(Kind::Update, 2)]),
            change(Kind::Update, 2, &[(Kind::Update, 1)]),
        ];
        assert!(matches!(settle(circle), Err(PlanError::Circle(_))));
    }

    #[test]
    fn a_movers_roles_fall_together_and_a_link_takes_everything_along() {
        let changes = [
            change(Kind::RevokeRoles, 1, &[(Kind::Link, 1)]),
            change(Kind::GrantRoles, 1, &[(Kind::Link, 1), (Kind::RevokeRoles, 1)]),
            change(Kind::Link, 1, &[]),
            change(Kind::GrantRoles, 2, &[]),
        ];
        let fall = |kind: Kind, id: i64| {
            let dropped = BTreeSet::from([Change::id_of(kind, &id.into())]);
            falling(&changes, &dropped).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(fall(Kind::GrantRoles, 1), "grant-1 revoke-1");
        assert_eq!(fall(Kind::RevokeRoles, 1), "grant-1 revoke-1");
        assert_eq!(fall(Kind::Link, 1), "grant-1 link-1 revoke-1");
        assert_eq!(fall(Kind::GrantRoles, 2), "grant-2");
        assert_eq!(fall(Kind::Block, 9), "", "a change that is not there takes nothing along");
    }
}
