//! `calls()`: every change is carried, in phases, and grants take as few calls as any shape.

use std::collections::{BTreeMap, BTreeSet};

use diff::{
    Action, Call, Cause, Change, ChangeId, EmployeeId, GRANT_BATCH, Kind, Matched, Request, RoleName, UserId,
    Who, calls,
};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::companies::companies;
use super::config;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_change_is_carried_and_needs_come_first(company in companies()) {
        let plan = company.plan();
        let calls = calls(plan.changes());
        let carried: BTreeSet<&ChangeId> = calls.iter().flat_map(|it| &it.carries).collect();
        for change in plan.changes() {
            let ours_alone = matches!(change.kind(), Kind::Link | Kind::Relink);
            prop_assert_eq!(carried.contains(&change.id), !ours_alone, "{}", change.id);
        }
        prop_assert!(calls.iter().all(|it| !it.carries.is_empty()));
        prop_assert!(calls.is_sorted_by_key(|it| it.request.phase()));
        let first: BTreeMap<&ChangeId, usize> = calls.iter().enumerate().rev().flat_map(|(at, it)| it.carries.iter().map(move |it| (it, at))).collect();
        for change in plan.changes() {
            for needed in change.needs.iter().filter(|it| first.contains_key(it)) {
                prop_assert!(first[needed] <= first[&change.id], "{} comes before {needed}", change.id);
            }
        }
    }

    #[test]
    fn grants_are_complete_and_take_the_fewest_calls(people in vec(btree_set(0..4_usize, 1..4), 0..120)) {
        let changes: Vec<Change> = (1..).zip(&people).map(|(id, roles)| grant(id, roles)).collect();
        let calls = calls(&changes);
        prop_assert_eq!(given(&calls), wished(&changes));
        let fewest = (0..16_usize).map(|batched| cost(&people, batched)).min().unwrap_or_default();
        // Whoever gets a call alone gets all roles in it, so that batches may even be fewer.
        prop_assert!(calls.len() <= fewest, "{} and not {fewest}", calls.len());
    }

    #[test]
    fn with_many_roles_grants_take_no_more_calls_than_either_pure_form(people in vec(btree_set(0..20_usize, 1..8), 0..60)) {
        let changes: Vec<Change> = (1..).zip(&people).map(|(id, roles)| grant(id, roles)).collect();
        let calls = calls(&changes);
        prop_assert_eq!(given(&calls), wished(&changes));
        prop_assert!(calls.len() <= people.len());
        prop_assert!(calls.len() <= cost(&people, usize::MAX));
    }
}

fn role(number: usize) -> RoleName {
    RoleName::new(format!("role-{number:02}"))
}

fn grant(id: i64, roles: &BTreeSet<usize>) -> Change {
    let employee = EmployeeId::from(id);
    let roles: BTreeSet<RoleName> = roles.iter().map(|it| role(*it)).collect();
    Change {
        id: Change::id_of(Kind::GrantRoles, &employee),
        name: String::new(),
        action: Action::GrantRoles { who: Who::User(UserId::new(format!("auth0|{id}"))), roles },
        cause: Cause::OnDemand,
        matched: Matched::Link,
        needs: Vec::new(),
        employee,
    }
}

fn wished(changes: &[Change]) -> BTreeSet<(Who, RoleName)> {
    let mut pairs = BTreeSet::new();
    for change in changes {
        if let Action::GrantRoles { who, roles } = &change.action {
            pairs.extend(roles.iter().map(|it| (who.clone(), it.clone())));
        }
    }
    pairs
}

fn given(calls: &[Call]) -> BTreeSet<(Who, RoleName)> {
    let mut pairs = BTreeSet::new();
    for call in calls {
        match &call.request {
            Request::GrantToUsers { role, users } => {
                assert!(users.len() <= GRANT_BATCH && users.len() == call.carries.len());
                pairs.extend(users.iter().map(|it| (it.clone(), role.clone())));
            }
            Request::GrantToUser { user, roles } => {
                pairs.extend(roles.iter().map(|it| (user.clone(), it.clone())));
            }
            Request::Patch { .. }
            | Request::EndSessions { .. }
            | Request::RevokeRefreshTokens { .. }
            | Request::RevokeRoles { .. }
            | Request::Create { .. }
            | Request::Invite { .. }
            | Request::Verify { .. } => panic!("only grants were asked for"),
        }
    }
    pairs
}

/// The calls of one shape: these roles in batches, all others with their people.
fn cost(people: &[BTreeSet<usize>], batched: usize) -> usize {
    let is_batched = |role: &usize| batched >> role & 1 == 1;
    let mut holders: BTreeMap<usize, usize> = BTreeMap::new();
    for role in people.iter().flatten().filter(|it| is_batched(it)) {
        *holders.entry(*role).or_insert(0) += 1;
    }
    let in_batches: usize = holders.values().map(|it| it.div_ceil(GRANT_BATCH)).sum();
    in_batches + people.iter().filter(|it| !it.iter().all(is_batched)).count()
}
