//! A plan without some of its changes.

use diff::{ChangeId, EmployeeId, Kind};
use engine::{LeftOut, Rest};
use insta::assert_snapshot;

use crate::world::{Company, World, person};

/// Ana moves, Ben is promoted and moves, Cem leaves, and Dora is new.
fn a_day() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "department", "IT")
        .cell(2, "department", "IT")
        .cell(2, "role_code", "team_lead")
        .cell(3, "status", "terminated")
}

fn changes(ids: &[&str]) -> LeftOut {
    LeftOut { changes: ids.iter().map(|it| ChangeId::new(*it)).collect(), ..LeftOut::default() }
}

fn of(employees: &[i64], kinds: &[Kind]) -> LeftOut {
    LeftOut {
        employees: employees.iter().map(|it| EmployeeId::from(*it)).collect(),
        kinds: kinds.iter().copied().collect(),
        ..LeftOut::default()
    }
}

async fn without(world: &World, left_out: LeftOut) -> Rest {
    world.engine.without(world.latest(), &left_out, &person("grace")).await.unwrap()
}

async fn refused(world: &World, left_out: LeftOut) -> String {
    let refused = world.engine.without(world.latest(), &left_out, &person("grace")).await.err().unwrap();
    world.chain(&refused)
}

fn told(rest: &Rest) -> String {
    let list = |ids: Vec<&ChangeId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let left = rest.plan.changes().iter().map(|it| &it.id).collect();
    format!("dropped: {}\nleft: {}", list(rest.dropped.iter().collect()), list(left))
}

#[tokio::test]
async fn what_is_left_is_a_plan_of_its_own_with_its_own_yes() {
    let world = World::with(a_day()).await;
    let plan = world.plan().await;
    let rest = without(&world, changes(&["grant-2"])).await;
    assert_snapshot!(told(&rest), @"
    dropped: grant-2 revoke-2
    left: block-3 revoke-3 update-1 update-2 create-4 grant-4
    ");
    assert_ne!(rest.plan.digest(), plan.plan.digest());
    let id = rest.proposal.unwrap().id;
    let late = world.try_approve_as("grace").await.unwrap_err();
    assert_snapshot!(world.chain(&late), @"plan 1 is superseded: look at plan 2");
    world.engine.approve(id, person("grace"), engine::Yes::default()).await.unwrap();
    assert_snapshot!(refused(&world, changes(&["grant-7"])).await, @"plan 1 is superseded: look at plan 2");
}

#[tokio::test]
async fn a_person_is_left_out_with_all_that_is_planned_or_a_kind_of_it() {
    let world = World::with(a_day()).await;
    world.plan().await;
    let rest = without(&world, of(&[4, 2], &[])).await;
    assert_snapshot!(told(&rest), @"
    dropped: create-4 grant-2 grant-4 revoke-2 update-2
    left: block-3 revoke-3 update-1
    ");
    world.plan().await;
    let rest = without(&world, of(&[2], &[Kind::Update])).await;
    assert_snapshot!(told(&rest), @"
    dropped: update-2
    left: block-3 revoke-2 revoke-3 update-1 create-4 grant-2 grant-4
    ");
    world.plan().await;
    let rest = without(&world, of(&[4], &[Kind::Create])).await;
    assert_snapshot!(told(&rest), @"
    dropped: create-4 grant-4
    left: block-3 revoke-2 revoke-3 update-1 update-2 grant-2
    ");
    world.plan().await;
    let rest = without(&world, of(&[], &[Kind::Block, Kind::RevokeRoles])).await;
    assert_snapshot!(told(&rest), @"
    dropped: block-3 grant-2 revoke-2 revoke-3
    left: update-1 update-2 create-4 grant-4
    ");
}

#[tokio::test]
async fn a_slip_leaves_nobody_in_whom_somebody_wants_out() {
    let world = World::with(a_day()).await;
    world.plan().await;
    assert_snapshot!(refused(&world, changes(&["grant-7"])).await, @"plan 1 has no change grant-7");
    assert_snapshot!(refused(&world, of(&[1, 7], &[])).await, @"plan 1 has no change for employee 7");
    assert_snapshot!(refused(&world, of(&[1], &[Kind::Block, Kind::RevokeRoles])).await, @"plan 1 has no block or revoke for employee 1");
    assert_snapshot!(refused(&world, of(&[], &[Kind::Relink])).await, @"plan 1 has no change of the kind relink");
}

#[tokio::test]
async fn nothing_left_is_no_plan() {
    let world = World::with(a_day()).await;
    world.plan().await;
    let rest = without(&world, of(&[1, 2, 3, 4], &[])).await;
    assert!(rest.proposal.is_none() && rest.plan.is_empty());
    assert_eq!(rest.dropped.len(), 8);
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_is_decided_is_not_made_young_again() {
    let mut world = World::with(a_day()).await;
    world.plan().await;
    world.clock("2026-11-23T20:00:00Z");
    let rest = without(&world, of(&[4], &[])).await;
    let stored = world.engine.store().plan(rest.proposal.unwrap().id).await.unwrap();
    assert_eq!(stored.proposed_at, "2026-11-23T08:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    world.engine.approve(stored.id, person("grace"), engine::Yes::default()).await.unwrap();
    world.in_auth0_user("auth0|1", |it| {
        it.user_metadata.as_mut().unwrap().insert("department".into(), "Sales".into());
    });
    let (by, stop) = (person("op"), engine::Stop::new());
    let report = world.engine.apply(stored.id, &by, "host:1", &stop, &|_| ()).await.unwrap();
    let stale = &report.outcomes[&ChangeId::new("update-1")];
    assert_snapshot!(stale, @"stale: user_metadata.department was changed by somebody since the plan was made");
    world.clock("2026-11-24T08:00:00Z");
    assert_snapshot!(refused(&world, of(&[1], &[])).await, @"plan 1 is superseded: look at plan 2");
    world.plan().await;
    world.clock("2026-11-25T08:00:00Z");
    assert_snapshot!(refused(&world, of(&[1], &[])).await, @"plan 3 has expired on 2026-11-25 at 08:00 UTC: make a new plan");
    world.plan().await;
    world.engine.reject(world.latest(), person("hal"), "not today".to_owned()).await.unwrap();
    assert_snapshot!(refused(&world, of(&[1], &[])).await, @"plan 4 was rejected by hal, because: not today: make a new plan");
}
