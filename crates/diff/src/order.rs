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
