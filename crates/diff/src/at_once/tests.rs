//! What the policy approves, and what it never does.

use std::collections::BTreeMap;

use super::*;
use crate::approval::{Approval, Approver};
use crate::change::{Cause, Change, Matched, Who};
use crate::forecast::Forecast;
use crate::ids::{EmployeeId, RoleName, Tenant, UserId};
use crate::limits::Limits;
use crate::plan::{Digest, OpenHolders, PLAN_VERSION, SourceSummary, UsersSummary};
use crate::review::missing;
use crate::scope::Scope;

fn user(number: i64) -> UserId {
    UserId::new(format!("auth0|{number}"))
}

fn change(number: i64, action: Action, cause: Cause, needs: &[Kind]) -> Change {
    let employee = EmployeeId::from(number);
    Change {
        id: Change::id_of(action.kind(), &employee),
        name: String::new(),
        action,
        cause,
        matched: Matched::Link,
        needs: needs.iter().map(|it| Change::id_of(*it, &employee)).collect(),
        employee,
    }
}

pub(crate) fn update(number: i64) -> Change {
    change(number, Action::Update { user: user(number), fields: Vec::new(), email: None }, Cause::Drift, &[])
}

pub(crate) fn block(number: i64) -> Change {
    change(number, Action::Block { user: user(number), end_sessions: true }, Cause::OnDemand, &[])
}

pub(crate) fn absent(number: i64) -> Change {
    Change { cause: Cause::Absent { readings: 2 }, ..block(number) }
}

pub(crate) fn relink(number: i64, from: i64) -> Change {
    let action = Action::Relink { user: user(from), from: from.into(), address: String::new() };
    change(number, action, Cause::NoLink, &[])
}

pub(crate) fn grant(number: i64, role: &str) -> Change {
    let roles = BTreeSet::from([RoleName::new(role)]);
    change(number, Action::GrantRoles { who: Who::User(user(number)), roles }, Cause::OnDemand, &[])
}

fn link(number: i64) -> Change {
    change(number, Action::Link { user: user(number), address: String::new() }, Cause::NoLink, &[])
}

fn revoke(number: i64, needs: &[Kind]) -> Change {
    let roles = BTreeSet::from([RoleName::new("manager")]);
    change(number, Action::RevokeRoles { user: user(number), roles }, Cause::OnDemand, needs)
}

/// A plan for a hundred managed users, sixty of them managers.
pub(crate) fn plan(changes: Vec<Change>) -> Plan {
    let policy = Policy::default();
    let holders = |role: &str, count: usize| {
        (RoleName::new(role), OpenHolders { count, losing: (1..=60).map(user).collect() })
    };
    Plan::new(Draft {
        version: PLAN_VERSION,
        tenant: Tenant::new("tenant.example"),
        scope: Scope::everybody(),
        policy: Digest::of(&policy),
        today: "2026-11-23".parse().unwrap(),
        first_sync: false,
        source: SourceSummary::default(),
        users: UsersSummary {
            managed: 100,
            open_holders: BTreeMap::from([holders("manager", 60)]),
            ..UsersSummary::default()
        },
        changes,
        notes: Vec::new(),
        forecast: Forecast::default(),
    })
    .unwrap()
}

pub(crate) fn yes(plan: &Plan, by: &Approver) -> Approval {
    Approval {
        digest: plan.digest(),
        by: by.clone(),
        at: "2026-11-23T08:00:00Z".to_owned(),
        reason: None,
        accepts: BTreeSet::new(),
    }
}

fn policy(auto: &[Automatic]) -> Policy {
    let mut policy = Policy::default();
    policy.review.auto_approve = auto.iter().copied().collect();
    policy
}

/// The changes that are done at once.
fn done(changes: Vec<Change>, auto: &[Automatic]) -> String {
    let Some(part) = at_once(&plan(changes), &policy(auto)) else { return "nothing".to_owned() };
    part.changes().iter().map(|it| it.id.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn only_what_takes_access_away_is_done_at_once_and_only_where_the_policy_says_so() {
    let changes = || vec![block(1), revoke(1, &[]), revoke(2, &[]), update(3), grant(4, "admin")];
    assert_eq!(done(changes(), &[]), "nothing");
    assert_eq!(done(changes(), &[Automatic::Block]), "block-1");
    assert_eq!(done(changes(), &[Automatic::Revoke]), "revoke-1 revoke-2");
    assert_eq!(done(changes(), &Automatic::ALL), "block-1 revoke-1 revoke-2");
    assert_eq!(done(vec![update(3)], &Automatic::ALL), "nothing");
}

#[test]
fn a_block_takes_its_link_along_and_no_other() {
    let mut blocked = block(1);
    blocked.needs = vec![Change::id_of(Kind::Link, &1.into())];
    let mut waiting = absent(3);
    waiting.needs = vec![Change::id_of(Kind::Link, &3.into())];
    let changes = vec![link(1), blocked, link(2), update(2), link(3), waiting];
    assert_eq!(done(changes, &Automatic::ALL), "link-1 block-1");
}

#[test]
fn a_mover_keeps_the_old_role_until_the_new_one_is_granted() {
    let mut grant = grant(1, "team_lead");
    grant.needs = vec![Change::id_of(Kind::RevokeRoles, &1.into())];
    assert_eq!(done(vec![revoke(1, &[]), grant, block(2)], &Automatic::ALL), "block-2");
}

#[test]
fn whoever_vanished_waits_for_a_person_with_all_that_hangs_on_it() {
    assert_eq!(done(vec![absent(1), revoke(1, &[Kind::Block])], &Automatic::ALL), "nothing");
}

#[test]
fn nothing_is_done_at_once_where_too_many_would_lose_access_be_it_with_the_rest() {
    let leavers = |count: i64| (1..=count).map(block).collect::<Vec<_>>();
    assert_eq!(done(leavers(6), &Automatic::ALL), "nothing");
    let mut with_the_rest = leavers(5);
    assert_eq!(done(with_the_rest.clone(), &Automatic::ALL), "block-1 block-2 block-3 block-4 block-5");
    with_the_rest.push(absent(6));
    assert_eq!(done(with_the_rest, &Automatic::ALL), "nothing");
}

#[test]
fn a_leaver_does_not_stay_because_too_much_is_given_elsewhere() {
    let mut changes: Vec<Change> = (1..=40).map(update).collect();
    changes.push(block(50));
    let whole = plan(changes.clone());
    assert!(!Limits::default().breaches(&whole, &Policy::default().roles).is_empty());
    assert_eq!(done(changes, &Automatic::ALL), "block-50");
}

#[test]
fn a_suspect_source_stops_all_of_it() {
    let mut draft = plan(vec![block(1)]).document().clone();
    draft.source = SourceSummary { in_scope: 50, last_rows: Some(100), ..SourceSummary::default() };
    assert_eq!(at_once(&Plan::new(draft).unwrap(), &policy(&Automatic::ALL)), None);
}

#[test]
fn the_policys_own_yes_is_worth_nothing_for_anything_else() {
    let policy_says = |plan: &Plan, auto: &[Automatic]| {
        missing(plan, &policy(auto), &[yes(plan, &Approver::Policy)]).is_none()
    };
    let blocks = plan(vec![block(1)]);
    assert!(policy_says(&blocks, &[Automatic::Block]));
    assert!(!policy_says(&blocks, &[]), "the policy has become stricter since");
    assert!(!policy_says(&plan(vec![absent(1)]), &Automatic::ALL));
    assert!(!policy_says(&plan(vec![block(1), update(2)]), &Automatic::ALL));
    assert!(!policy_says(&plan((1..=6).map(block).collect()), &Automatic::ALL));
    let mut undo = blocks.document().clone();
    undo.scope.undo = Some(crate::ids::RunId(7));
    assert!(!policy_says(&Plan::new(undo).unwrap(), &Automatic::ALL));
}

#[test]
fn what_is_left_is_the_plan_that_the_next_reading_makes() {
    let (left, gone) = (revoke(1, &[]), revoke(1, &[Kind::Block]));
    let whole = plan(vec![block(1), gone, update(2)]);
    let done = BTreeSet::from([Change::id_of(Kind::Block, &1.into())]);
    let rest = whole.after(&done);
    assert_eq!(rest.digest(), plan(vec![left, update(2)]).digest());
    let holders = &rest.document().users.open_holders[&RoleName::new("manager")];
    assert_eq!(
        (holders.count, holders.losing.contains(&user(1))),
        (59, false),
        "so that the last admins are counted"
    );
    assert_eq!(whole.after(&BTreeSet::new()).digest(), whole.digest());
}
