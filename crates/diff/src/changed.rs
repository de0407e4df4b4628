//! Whose row has changed since somebody looked.
//!
//! Every row is read anyway, because any other may claim the same account; so a row is known by a fingerprint of
//! all that planning reads of it, and not by a timestamp: `updated_at` does not move when somebody mends a table
//! by hand, and moves when a trigger sees our own write-back. The day is in the fingerprint as far as it changes
//! what the row means: whoever's last day is over has changed, though nobody touched the row. So is the policy.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::change::Kind;
use crate::employee::Employee;
use crate::ids::{ChangeId, EmployeeId};
use crate::note::{Note, Reason};
use crate::plan::{Digest, Plan};
use crate::policy::Policy;
use crate::standing::{Standing, standing};

/// What was seen of a row when a plan last dealt with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it said: see [`fingerprints`].
    pub fingerprint: Digest,
    /// How the plan left it.
    pub left: Left,
}

/// How a plan left a row that it need not look at again until the row changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// The account is what the row asks for.
    Settled,
    /// What is planned for it waits for a person.
    Waits,
    /// Another row stands in its way, and so any change may be one for it too.
    Depends,
}

/// What each row says today, by employee. Equal ones ask for the same account.
pub fn fingerprints<'a>(
    rows: impl IntoIterator<Item = &'a Employee>,
    policy: &Policy,
    today: NaiveDate,
) -> BTreeMap<EmployeeId, Digest> {
    let under = policy.digest();
    let print = |it: &Employee| (it.id.clone(), fingerprint(it, &under, word(&standing(it, policy, today))));
    rows.into_iter().map(print).collect()
}

/// Whom a quick run is about: rows that are new or say something else than was seen, and, where there is any,
/// those in whose way another row stands.
pub fn changed(
    today: &BTreeMap<EmployeeId, Digest>,
    seen: &BTreeMap<EmployeeId, Seen>,
) -> BTreeSet<EmployeeId> {
    let is_new =
        |(id, it): &(&EmployeeId, &Digest)| seen.get(*id).is_none_or(|seen| seen.fingerprint != **it);
    let mut changed: BTreeSet<EmployeeId> = today.iter().filter(is_new).map(|(id, _)| id.clone()).collect();
    if !changed.is_empty() {
        let depends = seen.iter().filter(|(id, it)| it.left == Left::Depends && today.contains_key(*id));
        changed.extend(depends.map(|(id, _)| id.clone()));
    }
    changed
}

/// What a plan leaves behind for the next quick run, by employee; whoever is missing is due again.
///
/// `rows` are the fingerprints of the rows in the plan's scope, and `so` the changes that were done. Where the others wait for a person, their rows wait with them, except
/// for what takes access away: that is tried until it is done.
pub fn dealt_with(
    plan: &Plan,
    rows: &BTreeMap<EmployeeId, Digest>,
    so: &BTreeSet<ChangeId>,
    waits: bool,
) -> BTreeMap<EmployeeId, Seen> {
    let scope = &plan.document().scope;
    if !scope.only.is_empty() || scope.limit.is_some() || scope.undo.is_some() {
        return BTreeMap::new(); // a part of what is due for somebody
    }
    let mut left: BTreeMap<&EmployeeId, Option<Left>> = BTreeMap::new();
    for note in plan.notes() {
        if let Some(employee) = &note.employee {
            let it = left.entry(employee).or_insert(Some(Left::Settled));
            *it = (*it).zip(of_note(note)).map(|(one, other)| one.max(other));
        }
    }
    for change in plan.changes().iter().filter(|it| !so.contains(&it.id)) {
        let takes_away = matches!(change.kind(), Kind::Block | Kind::RevokeRoles);
        let open = (waits && !takes_away).then_some(Left::Waits);
        let it = left.entry(&change.employee).or_insert(Some(Left::Settled));
        *it = (*it).zip(open).map(|(one, other)| one.max(other));
    }
    let seen = |(id, fingerprint): (&EmployeeId, &Digest)| {
        let left = left.get(id).copied().unwrap_or(Some(Left::Settled))?;
        Some((id.clone(), Seen { fingerprint: fingerprint.clone(), left }))
    };
    rows.iter().filter_map(seen).collect()
}

/// Whom quick runs had missed: there is something to do for them, though their rows are as they were when all
/// was done. Somebody changed the account in Auth0, or a decision by hand is due.
pub fn missed(
    plan: &Plan,
    today: &BTreeMap<EmployeeId, Digest>,
    seen: &BTreeMap<EmployeeId, Seen>,
) -> BTreeSet<EmployeeId> {
    let was_settled = |id: &EmployeeId| {
        seen.get(id).is_some_and(|it| it.left == Left::Settled && today.get(id) == Some(&it.fingerprint))
    };
    plan.changes().iter().map(|it| &it.employee).filter(|it| was_settled(it)).cloned().collect()
}

/// A new column of [`Employee`] that planning reads must not be forgotten here.
fn fingerprint(row: &Employee, policy: &Digest, standing: &str) -> Digest {
    let Employee {
        id: _,
        email,
        full_name,
        given_name,
        family_name,
        department,
        role_code,
        status,
        starts_on,
        ends_on,
        more,
        written_back: _,
    } = row;
    let name = [full_name, given_name, family_name];
    let work = [department, role_code, status, starts_on, ends_on];
    Digest::of(&(policy, standing, email, name, work, more))
}

/// What a day may make of a row that stays the same.
fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Employed(_) => "employed",
        Standing::Upcoming { .. } => "upcoming",
        Standing::Left(_) => "left",
        Standing::Held(_) => "held",
    }
}

/// None where the employee is due again whatever the row says.
fn of_note(note: &Note) -> Option<Left> {
    match &note.reason {
        Reason::SharedEmail { .. }
        | Reason::SeveralEmployees { .. }
        | Reason::LinkedElsewhere { .. }
        | Reason::LeaversAddress { .. }
        | Reason::MarkedForOther { .. }
        | Reason::EmailTaken { .. }
        | Reason::EmailCycle { .. } => Some(Left::Depends),
        Reason::Parked { .. } => None,
        Reason::OpenAccess { .. }
        | Reason::LeaverUnclear { .. }
        | Reason::LeaverReported { .. }
        | Reason::LeaverBreakGlass { .. }
        | Reason::Absent { .. }
        | Reason::Held { .. }
        | Reason::SeveralUsers { .. }
        | Reason::MarkDisagrees { .. }
        | Reason::UserGone { .. }
        | Reason::OtherClaimant { .. }
        | Reason::ColumnDisagrees { .. }
        | Reason::BlockedByOther { .. }
        | Reason::UnknownRoleCode { .. }
        | Reason::Federated { .. }
        | Reason::Upcoming { .. }
        | Reason::BreakGlass { .. }
        | Reason::IgnoredEmployee { .. }
        | Reason::IgnoredUser { .. }
        | Reason::NotUndone { .. }
        | Reason::StillAsked { .. } => Some(Left::Settled),
    }
}

#[cfg(test)]
mod tests;
