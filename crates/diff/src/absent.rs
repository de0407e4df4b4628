//! Linked employees whose row has vanished. No row is not "left".

use std::collections::BTreeSet;

use crate::account::{Access, User};
use crate::change::{Action, Cause, Change, Matched};
use crate::ids::{EmployeeId, RoleName};
use crate::note::{Note, Reason};
use crate::policy::{Absent, Leavers};
use crate::scope::Scope;
use crate::situation::{View, is_open};

/// What is planned and told about them.
pub(crate) fn absent(view: &View<'_>) -> (Vec<Change>, Vec<Note>) {
    let (mut changes, mut notes) = (Vec::new(), Vec::new());
    if view.at.scope.undo.is_some() {
        return (changes, notes);
    }
    for &(employee, link) in view.vanished() {
        if !concerns(view.at.scope, employee) {
            continue;
        }
        let Some(user) = view.user(&link.user) else { continue };
        let readings = view.at.memory.absent.get(employee).copied().unwrap_or_default().saturating_add(1);
        let may_block = may_block(view, employee, user);
        let blocked =
            if may_block && readings >= Absent::READINGS { blocks(view, employee, user) } else { Vec::new() };
        if blocked.is_empty() {
            let name = user.account.name.clone().unwrap_or_default();
            let waits = may_block && is_open(user);
            let reason = Reason::Absent { user: user.id.clone(), readings: waits.then_some(readings) };
            notes.push(Note { employee: Some(employee.clone()), name, reason });
        }
        changes.extend(blocked);
    }
    (changes, notes)
}

/// With a filter on columns nobody can say whether a row that is gone would have passed it.
fn concerns(scope: &Scope, employee: &EmployeeId) -> bool {
    let Scope { employees, columns, only: _, limit: _, undo: _ } = scope;
    columns.is_empty() && (employees.is_empty() || employees.contains(employee))
}

/// Whether the policy says so, and nobody and nothing speaks against it: an address that an employed row
/// wants is that of somebody who was only given another number.
fn may_block(view: &View<'_>, employee: &EmployeeId, user: &User) -> bool {
    let policy = view.at.policy;
    let ignored = view.at.links.ignored_employees.contains_key(employee);
    let wanted = user.account.email.as_deref().is_some_and(|it| !view.wanting(it).is_empty());
    policy.absent == Absent::Block
        && policy.leavers != Leavers::Report
        && !ignored
        && !wanted
        && !view.is_untouchable(user)
}

/// Access is taken away as a leaver's is.
fn blocks(view: &View<'_>, employee: &EmployeeId, user: &User) -> Vec<Change> {
    let policy = view.at.policy;
    let Leavers::Block { end_sessions } = policy.leavers else { return Vec::new() };
    let change = |action: Action| Change {
        id: Change::id_of(action.kind(), employee),
        employee: employee.clone(),
        name: user.account.name.clone().unwrap_or_default(),
        action,
        cause: Cause::Absent { readings: Absent::READINGS },
        matched: Matched::Link,
        needs: Vec::new(),
    };
    let mut changes = Vec::new();
    let unfinished =
        view.at.links.unfinished_blocks.contains(employee) && user.account.access == Access::BlockedByUs;
    if is_open(user) || unfinished {
        let end_sessions = end_sessions && view.can_end_sessions();
        changes.push(change(Action::Block { user: user.id.clone(), end_sessions }));
    }
    let managed = view.managed_roles();
    let roles: BTreeSet<RoleName> =
        user.account.roles.iter().filter(|it| managed.contains(it)).cloned().collect();
    if !roles.is_empty() {
        let mut revoke = change(Action::RevokeRoles { user: user.id.clone(), roles });
        // Whoever keeps the account keeps its roles: dropping the block drops both.
        revoke.needs.extend(changes.iter().map(|it: &Change| it.id.clone()));
        changes.push(revoke);
    }
    changes
}
