//! What cannot be undone at all, and what became stale between the yes and the run.

use diff::{RunId, Tenant};
use insta::assert_snapshot;
use store::ProposalStanding;

use crate::world::{Company, World, person};

fn mover() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "role_code", "manager")
}

async fn refused(world: &World, run: i64) -> String {
    match world.try_undo(RunId(run)).await {
        Err(error) => world.chain(&error),
        Ok(preview) => panic!("{} changes", preview.plan.changes().len()),
    }
}

#[tokio::test]
async fn runs_that_cannot_be_undone_say_why() {
    let world = World::with(mover()).await;
    assert_snapshot!(refused(&world, 7).await, @"find run 7: there is none");

    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.method == "DELETE").await);
    assert_snapshot!(refused(&world, 1).await, @"run 1 is under way, or its process ended and nobody has settled it yet");

    world.sql("UPDATE rollcall_runs SET tenant = 'elsewhere.example'").await;
    assert_snapshot!(refused(&world, 1).await, @"run 1 was of the tenant elsewhere.example, and the configuration names simulator");
    assert_eq!(world.engine.tenant(), &Tenant::new("simulator"));
}

#[tokio::test]
async fn a_run_that_changed_nothing_has_nothing_to_undo() {
    let world = World::with(mover()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.hr(1, "role_code", "associate").await;
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(refused(&world, report.run.0).await, @"run 1 has changed nothing by itself, so there is nothing to undo");
}

#[tokio::test]
async fn of_a_plan_that_took_two_runs_each_is_undone_by_itself() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "department", "IT")
        .cell(2, "department", "IT");
    let mut world = World::with(company).await;
    world.without_retries();
    let before = world.picture();
    world.plan().await;
    world.approve_as("grace").await;
    world.fault("PATCH", "/api/v2/users/auth0%7C2", simulator::Trouble::ServerError);
    let first = world.try_apply().await.unwrap();
    assert!(!first.is_complete());
    let second = world.try_apply().await.unwrap();
    assert!(second.is_complete());

    let undo = world.undo(second.run).await;
    world.run_of(&undo).await;
    let after = world.picture();
    assert_eq!((&after["auth0|2"], after["auth0|1"] == before["auth0|1"]), (&before["auth0|2"], false));
    let undo = world.undo(first.run).await;
    world.run_of(&undo).await;
    assert_eq!(world.picture(), before);
}

#[tokio::test]
async fn a_person_who_left_after_the_yes_gets_nothing_back() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "status", "terminated")
        .cell(2, "role_code", "manager");
    let world = World::with(company).await;
    let run = world.ran().await;
    world.hr(1, "status", "active").await;
    let undo = world.undo(run).await;
    world.accept_as("grace", &undo).await;
    world.hr(1, "status", "terminated").await;
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    grant-1: stale: the person has left: status is terminated
    grant-2: applied
    revoke-2: applied
    unblock-1: stale: the person has left: status is terminated
    update-2: applied
    ");
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    assert_eq!(world.members("production_associate"), ["auth0|2"]);
}

#[tokio::test]
async fn who_was_changed_by_hand_after_the_yes_is_left_alone() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "department", "IT")
        .cell(2, "department", "IT");
    let mut world = World::with(company).await;
    let run = world.ran().await;
    world.undo(run).await;
    world.approve_as("grace").await;
    world.in_auth0_user("auth0|1", |it| {
        it.user_metadata.as_mut().unwrap().insert("department".to_owned(), "Moon".into());
    });
    world.engine.ignore_employee(&2.into(), "under discussion", &person("hal")).await.unwrap();
    world.clock("2026-11-23T08:11:00Z");
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @r#"
    update-1: stale: user_metadata.department was changed by somebody since the plan was made
    update-2: stale: somebody said to leave the employee alone: "under discussion"
    "#);
}

#[tokio::test]
async fn an_undo_is_proposed_once_for_each_situation_and_never_applied_by_itself() {
    let world = World::with(mover()).await;
    let run = world.ran().await;
    let after = world.picture();
    let first = world.undo(run).await;
    let same = world.undo(run).await;
    assert_eq!((first.standing, same.standing), (ProposalStanding::New, ProposalStanding::SameAsBefore));
    assert_eq!((same.id, world.picture()), (first.id, after));
    let review = first.plan.needs_review(&world.company.policy).count();
    assert_eq!(review, first.plan.changes().len());

    // Another situation, another plan; the ordinary plan stands beside it.
    world.in_auth0_user("auth0|1", |it| {
        it.app_metadata.as_mut().unwrap().insert("role_code".to_owned(), "boss".into());
    });
    let ordinary = world.plan().await;
    let second = world.undo(run).await;
    let state = |it| world.engine.store().plan(it);
    assert_eq!(state(first.id).await.unwrap().superseded_by, Some(second.id));
    assert_eq!(state(ordinary.id).await.unwrap().state, store::PlanState::Proposed);

    let filter = store::AuditFilter { employee: None, ..store::AuditFilter::default() };
    let audit = world.engine.store().audit_entries(&filter).await.unwrap();
    let told = audit.iter().map(|it| &it.entry).filter(|it| it.event == "undo_proposed");
    assert_eq!(told.map(|it| (it.run, it.by.name())).collect::<Vec<_>>(), [(Some(run), "hal"); 3]);
}
