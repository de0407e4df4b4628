//! A plan's states, and every arrow between them that does not exist.

use insta::assert_snapshot;
use store::ProposalStanding;

use crate::world::{Company, World, person};

/// Ana moves to another department.
fn ana_moves() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "department", "IT")
}

#[tokio::test]
async fn the_same_situation_keeps_the_proposal_and_another_one_supersedes_it() {
    let world = World::with(ana_moves()).await;
    let first = world.plan().await;
    let again = world.plan().await;
    assert_eq!((again.id, again.standing), (first.id, ProposalStanding::SameAsBefore));

    world.hr(2, "department", "IT").await;
    let second = world.plan().await;
    assert_eq!(second.standing, ProposalStanding::New);
    assert_ne!(second.id, first.id);
    let late = world.engine.approve(first.id, person("grace"), engine::Yes::default()).await.unwrap_err();
    assert_snapshot!(world.chain(&late), @"plan 1 is superseded: look at plan 2");
    world.approve_as("grace").await;
    assert_eq!(world.plan().await.id, second.id, "an approved plan stands as well");
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_plan_of_another_scope_leaves_the_first_alone() {
    let mut world = World::with(ana_moves()).await;
    let everybody = world.plan().await;
    world.company.scope.columns.insert("department".to_owned(), "it".to_owned());
    let it = world.plan().await;
    assert_ne!(it.id, everybody.id);
    for plan in [everybody.id, it.id] {
        world.engine.approve(plan, person("grace"), engine::Yes::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_proposal_expires_after_a_day_and_so_does_an_approval() {
    let mut world = World::with(ana_moves()).await;
    world.plan().await;
    world.clock("2026-11-24T08:00:01Z");
    assert_snapshot!(world.chain(&world.try_approve_as("grace").await.unwrap_err()), @"plan 1 has expired on 2026-11-24 at 08:00 UTC: make a new plan");
    world.plan().await;
    world.approve_as("grace").await;
    world.clock("2026-11-25T08:00:02Z");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 2 has expired on 2026-11-25 at 08:00 UTC: make a new plan");
    assert_eq!(world.writes(), "");
}

#[tokio::test]
async fn nobody_says_yes_twice_nor_to_what_was_rejected() {
    let world = World::with(ana_moves()).await;
    let plan = world.plan().await;
    world.approve_as("grace").await;
    assert_snapshot!(world.chain(&world.try_approve_as("hal").await.unwrap_err()), @"plan 1 is approved already, by grace: run `rollcall apply 1`");
    let late = world.engine.reject(plan.id, person("hal"), "I do not like it".to_owned()).await.unwrap_err();
    assert_snapshot!(world.chain(&late), @"plan 1 is approved already, by grace: run `rollcall apply 1`");

    world.hr(2, "department", "IT").await;
    let plan = world.plan().await;
    world.engine.reject(plan.id, person("hal"), "not before Monday".to_owned()).await.unwrap();
    assert_snapshot!(world.chain(&world.try_approve_as("grace").await.unwrap_err()), @"plan 2 was rejected by hal, because: not before Monday: make a new plan");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 2 was rejected by hal, because: not before Monday: make a new plan");
    assert_eq!(world.writes(), "");
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_heard() {
    let world = World::with(ana_moves()).await;
    let plan = world.plan().await;
    let (one, other) = (world.another(|_| ()), world.another(|_| ()));
    let (yes, no) = tokio::join!(
        one.approve(plan.id, person("grace"), engine::Yes::default()),
        other.reject(plan.id, person("hal"), "no".to_owned()),
    );
    assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
}

#[tokio::test]
async fn a_yes_to_another_digest_is_no_yes() {
    let world = World::with(ana_moves()).await;
    let plan = world.plan().await;
    let yes = |digest: &str| engine::Yes { digest: Some(digest.to_owned()), ..engine::Yes::default() };
    let wrong = world.engine.approve(plan.id, person("grace"), yes("0123456789ab")).await.unwrap_err();
    let said = world.chain(&wrong).replace(&plan.plan.digest().to_string(), "[digest]");
    assert_snapshot!(said, @"plan 1 has the digest [digest], not 0123456789ab: look at it again before you approve it");
    let digest = plan.plan.digest();
    world.engine.approve(plan.id, person("grace"), yes(&digest.to_string())).await.unwrap();
    world.apply().await;
}

#[tokio::test]
async fn what_resolves_itself_is_not_waited_for() {
    let world = World::with(ana_moves()).await;
    let plan = world.plan().await;
    world.hr(1, "department", "Packing").await;
    let preview = world.preview().await;
    assert_eq!(world.engine.propose(&preview).await.unwrap(), None, "nothing to do is no plan");
    assert_snapshot!(world.chain(&world.try_approve_as("grace").await.unwrap_err()), @"plan 1 is superseded: planned again, there was nothing left to do");
    world.hr(1, "department", "IT").await;
    assert_ne!(world.plan().await.id, plan.id);
    world.approve_as("grace").await;
    world.hr(1, "department", "Packing").await;
    world.sync().await;
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"update-1: stale: the row asks for another user_metadata.department now");
    world.assert_settled().await;
}

#[tokio::test]
async fn what_was_left_undone_expires_a_day_after_the_run() {
    let mut world = World::with(ana_moves()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.clock("2026-11-23T18:00:00Z");
    world.without_retries();
    world.fault("PATCH", "/api/v2/users/*", simulator::Trouble::ServerError);
    assert!(!world.try_apply().await.unwrap().is_complete());
    world.clock("2026-11-24T18:00:01Z");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 has expired on 2026-11-24 at 18:00 UTC: make a new plan");
    assert_eq!(world.writes(), "");
    world.carry_on().await;
    world.assert_settled().await;
}
