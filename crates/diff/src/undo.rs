//! Taking a run back: a plan like any other, made from the before-images of the run's own plan.
//!
//! Only what the run has done is taken back, and only where it still stands: what somebody changed
//! since is theirs, and told. The plan brings back what was, whatever the rows ask for today; what the
//! next ordinary plan would do again because of it is told too, so that the table is corrected first.
//!
//! What cannot come back: nobody is deleted, so a created account is blocked; and ended sessions and
//! mails stay what they are.

mod ahead;
mod back;
mod emails;
mod ties;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Kind};
use crate::ids::{ChangeId, EmployeeId, RunId, UserId};
use crate::note::{Note, Reason};
use crate::plan::Plan;
use crate::planning::{document, plan};
use crate::roll::Roll;
use crate::scope::Scope;
use crate::situation::{Situation, View};

use ahead::Ahead;
use back::Back;

/// A run that is over: its plan, and what of it the run itself has done.
#[derive(Clone, Copy, Debug)]
pub struct PastRun<'a> {
    /// Its number.
    pub id: RunId,
    /// What it applied.
    pub plan: &'a Plan,
    /// The changes that it made so, all of them or in part, or may have: whether they are so is looked
    /// at. What Auth0 held already was somebody else's doing and is not here.
    pub done: &'a BTreeSet<ChangeId>,
    /// The users that it made.
    pub made: &'a BTreeMap<EmployeeId, UserId>,
}

/// Plans what takes a run back. Every change of it needs review, and its scope names the run.
///
/// Pure, as [`crate::plan()`] is. The scope of the situation does not matter: an undo is about whom the
/// run was about.
pub fn undo(past: &PastRun<'_>, situation: &Situation<'_>) -> Plan {
    let scope = Scope { undo: Some(past.id), ..Scope::everybody() };
    let situation = Situation { scope: &scope, first_sync: false, ..*situation };
    let roll = Roll::of(&situation);
    let view = View::of(&roll);
    let (changes, mut notes) = Back::of(past, &view).into_parts();
    let done = past.plan.changes().iter().filter(|it| past.done.contains(&it.id));
    let concerned: BTreeSet<&EmployeeId> = done.chain(&changes).map(|it| &it.employee).collect();
    notes.extend(still_asked(&situation, &concerned, &changes));
    // Whoever is concerned is named before the changes are given away.
    let in_scope: Vec<_> = view.rows.iter().filter(|it| concerned.contains(&it.row.id)).collect();
    document(&view, in_scope.into_iter(), changes, notes)
}

/// What the next ordinary plan would do to these people because of the undo: whatever it has afterwards
/// and has not today.
fn still_asked(
    situation: &Situation<'_>,
    concerned: &BTreeSet<&EmployeeId>,
    changes: &[Change],
) -> Vec<Note> {
    if changes.is_empty() {
        return Vec::new();
    }
    let everybody = Scope::everybody();
    let today = plan(&Situation { scope: &everybody, ..*situation });
    let asked: BTreeMap<&ChangeId, &Change> = today.changes().iter().map(|it| (&it.id, it)).collect();
    let ahead = Ahead::of(situation, changes);
    let next = plan(&ahead.situation(situation, &everybody));
    let mut again: BTreeMap<&EmployeeId, (&str, BTreeSet<Kind>)> = BTreeMap::new();
    for change in next.changes().iter().filter(|it| concerned.contains(&it.employee)) {
        if asked.get(&change.id).is_none_or(|it| it.action != change.action) {
            let (_, kinds) = again.entry(&change.employee).or_insert((&change.name, BTreeSet::new()));
            kinds.insert(change.kind());
        }
    }
    again
        .into_iter()
        .map(|(employee, (name, kinds))| Note {
            employee: Some(employee.clone()),
            name: name.to_owned(),
            reason: Reason::StillAsked { kinds },
        })
        .collect()
}
