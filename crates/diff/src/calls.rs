//! Changes become calls: one pure function. Grants have a choice of shapes, see `grants`.

use std::collections::BTreeMap;

use crate::call::{AccessChange, Call, Request};
use crate::change::{Action, Change, Who};
use crate::grants::{Grant, grant_calls};
use crate::ids::{EmployeeId, UserId};

/// How many users one call is asked to give a role to, unless it is configured. Auth0 states no maximum (FACTS §13).
pub const GRANT_BATCH: usize = 50;

/// The calls that carry the changes out, in phases, and in plan order inside a phase.
///
/// Links are ours alone and cost no call. A role is given to [`GRANT_BATCH`] users by one call.
pub fn calls(changes: &[Change]) -> Vec<Call> {
    calls_in_batches(changes, GRANT_BATCH)
}

/// The same where one call gives a role to at most so many users; 0 counts as 1.
///
/// Calls are worked out when a plan is applied and are no part of it, so that whoever changes the size of a batch
/// leaves approved plans as they are.
pub fn calls_in_batches(changes: &[Change], batch: usize) -> Vec<Call> {
    let batch = batch.max(1);
    let mut calls: Vec<Call> = Vec::new();
    let mut patches: BTreeMap<&UserId, usize> = BTreeMap::new();
    let mut grants: Vec<Grant<'_>> = Vec::new();
    for change in changes {
        match &change.action {
            Action::Link { .. } | Action::Relink { .. } | Action::Unlink { .. } => {}
            Action::Block { user, end_sessions } => calls.extend(block(change, user, *end_sessions)),
            Action::RevokeRoles { user, roles } => {
                calls.push(one(change, Request::RevokeRoles { user: user.clone(), roles: roles.clone() }));
            }
            Action::Update { user, fields, email } => {
                patches.insert(user, calls.len());
                let (user, fields, email) = (user.clone(), fields.clone(), *email);
                calls.push(one(change, Request::Patch { user, fields, email, access: None }));
            }
            Action::Unblock { user } => unblock(change, user, &patches, &mut calls),
            Action::Create { fields, email } => {
                let (employee, fields, email) = (change.employee.clone(), fields.clone(), *email);
                calls.push(one(change, Request::Create { employee, fields, email }));
            }
            Action::GrantRoles { who, roles } => grants.push(Grant { change: &change.id, who, roles }),
            Action::SendInvitation { who, email, client_id } => {
                let (user, email, client_id) = (who.clone(), email.clone(), client_id.clone());
                calls.push(one(change, Request::Invite { user, email, client_id }));
            }
            Action::SendVerification { user } => {
                calls.push(one(change, Request::Verify { user: Who::User(user.clone()) }));
            }
        }
    }
    calls.extend(grant_calls(&grants, batch));
    calls.sort_by_key(|it| it.request.phase());
    calls
}

fn one(change: &Change, request: Request) -> Call {
    Call { request, carries: vec![change.id.clone()] }
}

/// The block first: sessions that end before it could be opened again.
fn block(change: &Change, user: &UserId, end_sessions: bool) -> Vec<Call> {
    let access = Some(AccessChange::Block);
    let mut calls =
        vec![one(change, Request::Patch { user: user.clone(), fields: Vec::new(), email: None, access })];
    if end_sessions {
        calls.push(one(change, Request::EndSessions { user: user.clone() }));
        calls.push(one(change, Request::RevokeRefreshTokens { user: user.clone() }));
    }
    calls
}

/// An unblock travels with the user's update, where there is one.
fn unblock(change: &Change, user: &UserId, patches: &BTreeMap<&UserId, usize>, calls: &mut Vec<Call>) {
    if let Some(at) = patches.get(user)
        && let Request::Patch { access, .. } = &mut calls[*at].request
    {
        *access = Some(AccessChange::Unblock);
        calls[*at].carries.push(change.id.clone());
        return;
    }
    let access = Some(AccessChange::Unblock);
    calls.push(one(change, Request::Patch { user: user.clone(), fields: Vec::new(), email: None, access }));
}

impl Request<Who> {
    /// The request with its users known. Users of a batch that were not made are left out and
    /// told by their place in it.
    pub fn resolve(&self, created: &BTreeMap<EmployeeId, UserId>) -> Resolved {
        let known = |who: &Who| match who {
            Who::User(user) => Some(user.clone()),
            Who::CreatedFor(employee) => created.get(employee).cloned(),
        };
        let all = |request: Option<Request<UserId>>| Resolved { missing: Vec::new(), request };
        match self.clone() {
            Self::Patch { user, fields, email, access } => {
                all(Some(Request::Patch { user, fields, email, access }))
            }
            Self::EndSessions { user } => all(Some(Request::EndSessions { user })),
            Self::RevokeRefreshTokens { user } => all(Some(Request::RevokeRefreshTokens { user })),
            Self::RevokeRoles { user, roles } => all(Some(Request::RevokeRoles { user, roles })),
            Self::Create { employee, fields, email } => {
                all(Some(Request::Create { employee, fields, email }))
            }
            Self::GrantToUser { user, roles } => {
                all(known(&user).map(|user| Request::GrantToUser { user, roles }))
            }
            Self::Invite { user, email, client_id } => {
                all(known(&user).map(|user| Request::Invite { user, email, client_id }))
            }
            Self::Verify { user } => all(known(&user).map(|user| Request::Verify { user })),
            Self::GrantToUsers { role, users } => {
                let found: Vec<Option<UserId>> = users.iter().map(known).collect();
                let missing =
                    found.iter().enumerate().filter(|(_, it)| it.is_none()).map(|(at, _)| at).collect();
                let users: Vec<UserId> = found.into_iter().flatten().collect();
                let request = (!users.is_empty()).then_some(Request::GrantToUsers { role, users });
                Resolved { request, missing }
            }
        }
    }
}

/// A request whose users are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// None where nobody whom it concerns exists.
    pub request: Option<Request<UserId>>,
    /// The places in a batch, and so in [`Call::carries`], of users that do not exist.
    pub missing: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::call::Phase;
    use crate::change::{Cause, Kind, Matched};
    use crate::ids::RoleName;

    fn change(employee: i64, action: Action) -> Change {
        let employee = EmployeeId::from(employee);
        Change {
            id: Change::id_of(action.kind(), &employee),
            employee,
            name: String::new(),
            action,
            cause: Cause::OnDemand,
            matched: Matched::Link,
            needs: Vec::new(),
        }
    }

    fn user(number: i64) -> UserId {
        UserId::new(format!("auth0|{number}"))
    }

    fn roles(names: &[&str]) -> BTreeSet<RoleName> {
        names.iter().map(|it| RoleName::new(*it)).collect()
    }

    fn update(id: i64) -> Change {
        change(id, Action::Update { user: user(id), fields: Vec::new(), email: None })
    }

    fn grant(id: i64, names: &[&str]) -> Change {
        change(id, Action::GrantRoles { who: Who::CreatedFor(id.into()), roles: roles(names) })
    }

    #[test]
    fn a_block_comes_before_the_end_of_its_sessions_and_is_one_change() {
        let block = change(1, Action::Block { user: user(1), end_sessions: true });
        let calls = calls(std::slice::from_ref(&block));
        let requests: Vec<&Request> = calls.iter().map(|it| &it.request).collect();
        assert!(matches!(
            requests.as_slice(),
            [
                Request::Patch { access: Some(AccessChange::Block), .. },
                Request::EndSessions { .. },
                Request::RevokeRefreshTokens { .. }
            ]
        ));
        assert!(
            calls.iter().all(|it| it.carries == [block.id.clone()] && it.request.phase() == Phase::TakeAway)
        );
    }

    #[test]
    fn an_unblock_travels_with_the_update_of_the_same_user_and_no_other() {
        let unblock = |id| change(id, Action::Unblock { user: user(id) });
        let calls = calls(&[update(1), update(2), unblock(2), unblock(3)]);
        let access = |call: &Call| {
            let Request::Patch { access, .. } = &call.request else { panic!("{call:?} is no patch") };
            *access
        };
        let told: Vec<(Option<AccessChange>, usize)> =
            calls.iter().map(|it| (access(it), it.carries.len())).collect();
        let unblocked = Some(AccessChange::Unblock);
        assert_eq!(told, [(None, 1), (unblocked, 2), (unblocked, 1)]);
    }

    #[test]
    fn links_cost_nothing() {
        let from = EmployeeId::from(9);
        let relink = change(2, Action::Relink { user: user(2), from, address: String::new() });
        assert_eq!(calls(&[change(1, Action::Link { user: user(1), address: String::new() }), relink]), []);
    }

    #[test]
    fn a_role_of_many_goes_in_batches_and_several_roles_of_one_go_together() {
        let batch = i64::try_from(GRANT_BATCH).unwrap();
        let mut changes: Vec<Change> = (1..=batch + 1).map(|id| grant(id, &["associate"])).collect();
        changes.push(grant(900, &["manager", "support"]));
        let calls = calls(&changes);
        let sizes: Vec<usize> = calls.iter().map(|it| it.carries.len()).collect();
        assert_eq!(sizes, [GRANT_BATCH, 1, 1]);
        assert_eq!(calls[2].carries, [Change::id_of(Kind::GrantRoles, &900.into())]);
    }

    /// Every way to give these roles, each role of each person in a batch or singly, tried one by one.
    fn fewest(people: &[BTreeSet<RoleName>], batch: usize) -> usize {
        let wishes: Vec<(usize, &RoleName)> =
            people.iter().enumerate().flat_map(|(at, roles)| roles.iter().map(move |it| (at, it))).collect();
        let cost = |bits: usize| {
            let in_batch = |at: usize| bits >> at & 1 == 1;
            let mut batched: BTreeMap<&RoleName, usize> = BTreeMap::new();
            let mut singly = BTreeSet::new();
            for (at, (person, role)) in wishes.iter().enumerate() {
                if in_batch(at) {
                    *batched.entry(role).or_default() += 1;
                } else {
                    singly.insert(person);
                }
            }
            batched.values().map(|it| it.div_ceil(batch)).sum::<usize>() + singly.len()
        };
        (0..1_usize << wishes.len()).map(cost).min().unwrap_or_default()
    }

    #[test]
    fn grants_take_the_fewest_calls_that_any_shape_takes() {
        let kinds = [&["a"][..], &["b"], &["a", "b"], &["a", "b", "c"]];
        for count in 0..=4_u32 {
            for number in 0..4_usize.pow(count) {
                let people: Vec<BTreeSet<RoleName>> =
                    (0..count).map(|at| roles(kinds[number / 4_usize.pow(at) % 4])).collect();
                let changes: Vec<Change> = (1..)
                    .zip(&people)
                    .map(|(id, roles)| {
                        let (who, roles) = (Who::CreatedFor(EmployeeId::from(id)), roles.clone());
                        change(id, Action::GrantRoles { who, roles })
                    })
                    .collect();
                for batch in [2, 3, 50] {
                    let calls = calls_in_batches(&changes, batch);
                    assert_eq!(calls.len(), fewest(&people, batch), "{people:?} in batches of {batch}");
                }
            }
        }
    }

    #[test]
    fn a_batch_has_the_size_that_is_configured() {
        let changes: Vec<Change> = (1..=10).map(|id| grant(id, &["associate"])).collect();
        let sizes = |batch| -> Vec<usize> {
            calls_in_batches(&changes, batch).iter().map(|it| it.carries.len()).collect()
        };
        assert_eq!(sizes(4), [4, 4, 2]);
        assert_eq!(sizes(0), [1; 10]);
    }

    #[test]
    fn whoever_was_not_created_is_left_out_of_a_batch_and_told_by_place() {
        let changes = [grant(1, &["associate"]), grant(2, &["associate"]), grant(3, &["associate"])];
        let calls = calls(&changes);
        let created = BTreeMap::from([(1.into(), user(1)), (3.into(), user(3))]);
        let some = calls[0].request.resolve(&created);
        assert_eq!(some.missing, [1]);
        let role = RoleName::new("associate");
        assert_eq!(some.request, Some(Request::GrantToUsers { role, users: vec![user(1), user(3)] }));
        let none = calls[0].request.resolve(&BTreeMap::new());
        assert_eq!(none, Resolved { request: None, missing: vec![0, 1, 2] });
    }
}
