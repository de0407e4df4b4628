//! The order of a plan, settled once.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Kind};
use crate::ids::{ChangeId, EmployeeId};
use crate::note::{Note, Reason};
use crate::plan::PlanError;

/// Sorts by kind ([`Kind::ALL`]: taking away first) and employee, and moves what needs another
/// change of its kind behind it: of two email moves, the one that releases comes first.
pub(crate) fn settle(mut changes: Vec<Change>) -> Result<Vec<Change>, PlanError> {
    changes.sort_by(|a, b| (a.kind(), &a.employee, &a.id).cmp(&(b.kind(), &b.employee, &b.id)));
    let mut ids = BTreeSet::new();
    if let Some(twice) = changes.iter().find(|it| !ids.insert(it.id.clone())) {
        return Err(PlanError::Twice(twice.id.clone()));
    }
    for change in &mut changes {
        change.needs.sort();
        change.needs.dedup();
        if let Some(needed) = change.needs.iter().find(|it| !ids.contains(*it)) {
            return Err(PlanError::Missing { change: change.id.clone(), needed: needed.clone() });
        }
    }
    release_before_claim(changes)
}

/// A stable topological order: each round takes the first changes whose needs are met.
fn release_before_claim(changes: Vec<Change>) -> Result<Vec<Change>, PlanError> {
    let mut settled = Vec::with_capacity(changes.len());
    let mut done: BTreeSet<ChangeId> = BTreeSet::new();
    let mut waiting = changes;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for change in waiting {
            let in_kind_order = later.first().is_none_or(|it: &Change| it.kind() == change.kind());
            if in_kind_order && change.needs.iter().all(|it| done.contains(it)) {
                done.insert(change.id.clone());
                settled.push(change);
            } else {
                later.push(change);
            }
        }
        if later.len() == before {
            return Err(PlanError::Circle(later[0].id.clone()));
        }
        waiting = later;
    }
    Ok(settled)
}

/// Everything that falls when some changes are dropped.
pub(crate) fn falling(changes: &[Change], dropped: &BTreeSet<ChangeId>) -> BTreeSet<ChangeId> {
    let by_id: BTreeMap<&ChangeId, &Change> = changes.iter().map(|it| (&it.id, it)).collect();
    let mut falling: BTreeSet<ChangeId> =
        dropped.iter().filter(|it| by_id.contains_key(it)).cloned().collect();
    loop {
        let before = falling.len();
        for change in changes {
            if change.needs.iter().any(|it| falling.contains(it)) {
                falling.insert(change.id.clone());
            }
            if change.kind() == Kind::GrantRoles && falling.contains(&change.id) {
                let revoke = change.needs.iter().filter(|it| by_id[*it].kind() == Kind::RevokeRoles);
                falling.extend(revoke.cloned());
            }
        }
        if falling.len() == before {
            return falling;
        }
    }
}

/// Loud notes first, then by reason, then by employee.
pub(crate) fn note_key(note: &Note) -> (bool, &Reason, Option<&EmployeeId>) {
    (!note.reason.is_loud(), &note.reason, note.employee.as_ref())
}
