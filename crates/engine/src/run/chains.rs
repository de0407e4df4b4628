//! Which calls of a phase must run one after the other.

use std::collections::BTreeMap;

use diff::{Call, Change, ChangeId, Request, UserId};

/// Calls about one user keep their order, and so do calls whose changes need each other: the email
/// move that releases goes before the one that claims. All else runs side by side.
pub(crate) fn chains<'c>(calls: &[&'c Call], changes: &[Change]) -> Vec<Vec<&'c Call>> {
    let mut group: Vec<usize> = (0..calls.len()).collect();
    let mut of_user: BTreeMap<&UserId, usize> = BTreeMap::new();
    let mut of_change: BTreeMap<&ChangeId, usize> = BTreeMap::new();
    let needs: BTreeMap<&ChangeId, &[ChangeId]> =
        changes.iter().map(|it| (&it.id, it.needs.as_slice())).collect();
    for (at, call) in calls.iter().enumerate() {
        if let Some(user) = user(&call.request) {
            join(&mut group, at, *of_user.entry(user).or_insert(at));
        }
        if matches!(call.request, Request::GrantToUsers { .. }) {
            continue; // a batch is of many people; roles of one person need no order among themselves
        }
        for change in &call.carries {
            join(&mut group, at, *of_change.entry(change).or_insert(at));
        }
    }
    for (at, call) in calls.iter().enumerate() {
        for needed in call.carries.iter().filter_map(|it| needs.get(it)).copied().flatten() {
            if let Some(before) = of_change.get(needed) {
                join(&mut group, at, *before);
            }
        }
    }
    let mut chains: BTreeMap<usize, Vec<&Call>> = BTreeMap::new();
    for (at, call) in calls.iter().enumerate() {
        chains.entry(root(&group, at)).or_default().push(call);
    }
    chains.into_values().collect()
}

/// The user whom a request is about, where it is about one.
fn user<U>(request: &Request<U>) -> Option<&UserId> {
    match request {
        Request::Patch { user, .. }
        | Request::EndSessions { user }
        | Request::RevokeRefreshTokens { user }
        | Request::RevokeRoles { user, .. } => Some(user),
        Request::Create { .. }
        | Request::GrantToUsers { .. }
        | Request::GrantToUser { .. }
        | Request::Invite { .. }
        | Request::Verify { .. } => None,
    }
}

fn root(group: &[usize], mut at: usize) -> usize {
    while group[at] != at {
        at = group[at];
    }
    at
}

/// The earlier call stands for both, so that chains keep the order of their first calls.
fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(group, a), root(group, b));
    group[a.max(b)] = a.min(b);
}
