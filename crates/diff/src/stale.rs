//! What an approved plan may no longer do, because rows or users have changed since.
//!
//! A person terminated at eight gets nothing that was approved at nine from a plan of two o'clock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::account::{Access, BLOCK_MARK, Field, User};
use crate::change::{Action, Cause, Change, FieldChange, Kind};
use crate::clean::name_key;
use crate::employee::Employee;
use crate::ids::{ChangeId, EmployeeId};
use crate::links::Links;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::roll::Judged;
use crate::standing::Standing;
use crate::wanted::{Wanted, WantedRoles, same};

/// The changes that the rows and links, read again, no longer ask for, each with what differs. What
/// needs a stale change is stale with it; what is done already is not looked at.
pub fn stale(
    plan: &Plan,
    done: &BTreeSet<ChangeId>,
    employees: &[Employee],
    links: &Links,
    policy: &Policy,
    today: NaiveDate,
) -> BTreeMap<ChangeId, String> {
    let rows: BTreeMap<&EmployeeId, &Employee> = employees.iter().map(|it| (&it.id, it)).collect();
    let mut stale: BTreeMap<ChangeId, String> = BTreeMap::new();
    let judged = |id: &EmployeeId| rows.get(id).map(|row| Judged::alone(row, policy, today));
    for change in plan.changes().iter().filter(|it| !done.contains(&it.id)) {
        let why = match change.needs.iter().find(|it| stale.contains_key(*it)) {
            Some(needed) => Some(format!("it needs {needed}, which is stale")),
            None => asked_no_more(change, judged(&change.employee).as_ref(), policy)
                .or_else(|| not_ours(plan, change, links))
                .or_else(|| other_address(&change.action, rows.get(&change.employee).copied()))
                .or_else(|| not_a_former_row(change, judged)),
        };
        if let Some(why) = why {
            stale.insert(change.id.clone(), why);
        }
    }
    keep_what_is_not_replaced(plan, done, &mut stale);
    stale
}

/// A mover's revocation goes together with the grant: whoever does not get the new roles keeps the old.
fn keep_what_is_not_replaced(plan: &Plan, done: &BTreeSet<ChangeId>, stale: &mut BTreeMap<ChangeId, String>) {
    for grant in plan.changes().iter().filter(|it| it.kind() == Kind::GrantRoles) {
        let revoke = Change::id_of(Kind::RevokeRoles, &grant.employee);
        if stale.contains_key(&grant.id) && grant.needs.contains(&revoke) && !done.contains(&revoke) {
            stale
                .entry(revoke)
                .or_insert_with(|| format!("it goes together with {}, which is stale", grant.id));
        }
    }
}

/// A link was proposed because of what the row said then.
fn other_address(action: &Action, row: Option<&Employee>) -> Option<String> {
    let (Action::Link { address, .. } | Action::Relink { address, .. }) = action else { return None };
    let now = row.map(|it| name_key(&it.email))?;
    (now != *address).then(|| "the row has another address now".to_owned())
}

/// An account is taken over from somebody who left, and from nobody else; but what is undone goes back
/// to the row that had it.
fn not_a_former_row<'a>(
    change: &Change,
    judged: impl Fn(&EmployeeId) -> Option<Judged<'a>>,
) -> Option<String> {
    let (Action::Relink { from, .. }, false) = (&change.action, matches!(change.cause, Cause::Undo { .. }))
    else {
        return None;
    };
    match judged(from).map(|it| it.standing) {
        Some(Standing::Left(_)) => None,
        Some(now) => Some(format!("employee {from}, whose account it was, is {now} now")),
        None => Some(format!("the row {from}, whose account it was, is gone")),
    }
}

/// What people said by hand meanwhile: only who is linked is ours to change. A link of this very plan
/// is made, or refused, by the run itself.
fn not_ours(plan: &Plan, change: &Change, links: &Links) -> Option<String> {
    if let Some(why) = links.ignored_employees.get(&change.employee) {
        return Some(format!("somebody said to leave the employee alone: {why:?}"));
    }
    let linked = links.of(&change.employee).map(|it| &it.user);
    if change.kind() == Kind::Create {
        return linked.map(|it| format!("the employee is linked to {it} now"));
    }
    let user = change.action.user()?;
    if let Some(why) = links.ignored_users.get(user) {
        return Some(format!("somebody said to leave the user alone: {why:?}"));
    }
    let links_it = |it: &Change| matches!(it.kind(), Kind::Link | Kind::Relink);
    let in_plan = links_it(change) || change.needs.iter().any(|it| plan.change(it).is_some_and(links_it));
    // Untied already, perhaps by a run that died before it could say so: that is what was wanted.
    let untied = change.kind() == Kind::Unlink && linked.is_none();
    let ours = in_plan || untied || linked == Some(user);
    (!ours).then(|| format!("the employee is not linked to {user} any more"))
}

/// An undo brings back what was, whatever the row asks for; but it gives nothing to somebody who left.
fn gives_to_a_leaver(change: &Change, standing: Option<&Standing>) -> Option<String> {
    let gives = matches!(change.kind(), Kind::Unblock | Kind::GrantRoles);
    match standing {
        Some(Standing::Left(leaving)) if gives => Some(format!("the person has left: {leaving}")),
        Some(Standing::Left(_) | Standing::Employed(_) | Standing::Upcoming { .. } | Standing::Held(_))
        | None => None,
    }
}

/// What the row says now instead of what the change does.
fn asked_no_more(change: &Change, judged: Option<&Judged<'_>>, policy: &Policy) -> Option<String> {
    let standing = judged.map(|it| &it.standing);
    if let Cause::Undo { .. } = change.cause {
        return gives_to_a_leaver(change, standing);
    }
    let taking_away = matches!(change.cause, Cause::Left { .. } | Cause::Absent { .. });
    match standing {
        // The approval was of somebody who left; a row that went missing says nothing else.
        None | Some(Standing::Left(_)) if taking_away => None,
        None => Some("the row is gone".to_owned()),
        Some(Standing::Employed(_)) if taking_away => Some("the row says employed now".to_owned()),
        Some(Standing::Left(leaving)) => match change.action {
            Action::Link { .. } => None,
            Action::Create { .. }
            | Action::Relink { .. }
            | Action::Unlink { .. }
            | Action::Update { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => Some(format!("the person has left since: {leaving}")),
        },
        Some(Standing::Upcoming { starts_on, .. }) => Some(format!("the first day is {starts_on} now")),
        Some(Standing::Held(held)) => Some(format!("the row is held now: {held}")),
        Some(Standing::Employed(email)) => {
            let wanted = judged.map(|it| it.wanted(email, policy))?;
            differs(&change.action, &wanted)
        }
    }
}

fn differs(action: &Action, wanted: &Wanted) -> Option<String> {
    match action {
        Action::Create { fields, .. } => {
            let asked = wanted.fields.iter().filter(|it| !it.value.is_null());
            let same = asked.clone().count() == fields.len()
                && asked.clone().all(|it| fields.get(&it.field) == Some(&it.value));
            (!same).then(|| "the row asks for other values now".to_owned())
        }
        Action::Update { fields, .. } => {
            let ours = Field::AppMetadata(BLOCK_MARK.to_owned());
            let asks = |field: &Field| wanted.fields.iter().find(|it| it.field == *field);
            let mut asked = fields.iter().filter(|it| it.field != ours); // our mark is no row's to ask for
            let other = asked.find(|it| asks(&it.field).is_none_or(|asked| asked.value != it.after));
            other.map(|it| format!("the row asks for another {} now", it.field))
        }
        Action::GrantRoles { roles, .. } => {
            let other = roles.iter().find(|it| !wants(wanted, it));
            other.map(|it| format!("the row does not ask for {it} any more"))
        }
        Action::RevokeRoles { roles, .. } => match &wanted.roles {
            WantedRoles::Exactly(_) => {
                let other = roles.iter().find(|it| wants(wanted, it));
                other.map(|it| format!("the row asks for {it} again"))
            }
            WantedRoles::Keep { code } => Some(format!("the role code is {code:?} now, which is unknown")),
        },
        Action::SendInvitation { email, .. } => {
            (wanted.email.as_str() != email).then(|| "the row has another address now".to_owned())
        }
        Action::Link { .. }
        | Action::Relink { .. }
        | Action::Unlink { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::SendVerification { .. } => None,
    }
}

/// An unknown code asks for no role.
fn wants(wanted: &Wanted, role: &crate::ids::RoleName) -> bool {
    match &wanted.roles {
        WantedRoles::Exactly(roles) => roles.contains_key(role),
        WantedRoles::Keep { .. } => false,
    }
}

/// What a user, read again, says about a change: already so, changed by somebody meanwhile, or
/// nothing, which means that it may go ahead. Of an update only the planned fields are compared.
///
/// Somebody else's block is neither lifted nor marked as ours.
pub fn overtaken(change: &Change, user: Option<&User>) -> Option<Outcome> {
    let Some(user) = user else {
        return Some(Outcome::Stale { why: "the user does not exist any more".to_owned() });
    };
    match (&change.action, user.account.access) {
        (Action::Update { fields, .. }, _) => updated(fields, user),
        (Action::Unblock { .. }, Access::Open) | (Action::Block { .. }, Access::BlockedByOther) => {
            Some(Outcome::AlreadySo)
        }
        (Action::Unblock { .. }, Access::BlockedByOther) => {
            Some(Outcome::Stale { why: "somebody else has blocked the user since".to_owned() })
        }
        (
            Action::Create { .. }
            | Action::Link { .. }
            | Action::Relink { .. }
            | Action::Unlink { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. },
            Access::Open | Access::BlockedByUs | Access::BlockedByOther,
        ) => None,
    }
}

fn updated(fields: &[FieldChange], user: &User) -> Option<Outcome> {
    let now = |field: &Field| user.account.get(field);
    if fields.iter().all(|it| same(&it.field, &now(&it.field), &it.after)) {
        return Some(Outcome::AlreadySo);
    }
    let moved = fields.iter().find(|it| !same(&it.field, &now(&it.field), &it.before));
    moved.map(|it| Outcome::Stale {
        why: format!("{} was changed by somebody since the plan was made", it.field),
    })
}
