//! Runs that broke, and undos that break.

use insta::assert_snapshot;
use simulator::{Options, Trouble};

use crate::world::{Company, World, fault};

/// A joiner, a leaver, a mover, and one who changed department.
fn everything() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "role_code", "manager")
        .cell(3, "status", "terminated")
}

#[tokio::test]
async fn what_was_done_and_not_answered_is_taken_back_as_well() {
    let world = World::with(everything()).await;
    let before = world.picture();
    world.plan().await;
    world.approve_as("grace").await;
    let lost = |method, path| fault(method, path, 1, 1, Trouble::LostAnswer);
    world.faults(vec![lost("POST", "/api/v2/users"), lost("PATCH", "/api/v2/users/auth0%7C1")]);
    let report = world.try_apply().await.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    world.hr(3, "status", "active").await;
    let undo = world.undo(report.run).await;
    world.run_of(&undo).await;
    let mut after = world.picture();
    let dora = world.linked(4).await.unwrap();
    assert_eq!(world.user(dora.as_str()).blocked, Some(true));
    after.remove(dora.as_str());
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_run_that_died_is_undone_as_far_as_it_went() {
    for method in ["PATCH", "DELETE", "POST"] {
        let options = Options { latency_ms: 15, ..Options::default() };
        let mut world = World::at(everything(), options).await;
        let before = world.picture();
        world.plan().await;
        world.approve_as("grace").await;
        assert!(world.die_when(|it| it.method == method).await, "{method}");
        let run = world.engine.store().runs(1).await.unwrap()[0].id;
        world.clock("2026-11-23T08:01:00Z"); // the lease of the dead has ended
        // Settled by whoever comes next, here with a plan that nobody has approved.
        world.plan().await;
        world.try_apply().await.unwrap_err();
        world.hr(3, "status", "active").await;
        let undo = world.undo(run).await;
        if !undo.plan.is_empty() {
            world.run_of(&undo).await;
        }
        let mut after = world.picture();
        after.retain(|user, _| before.contains_key(user));
        assert_eq!(after, before, "{method}");
    }
}

#[tokio::test]
async fn an_undo_that_failed_half_way_goes_on_where_it_was() {
    let stranger = serde_json::json!({ "email": "dora.novak@example.com", "name": "Dora" });
    let world = World::with(everything().user("auth0|7", stranger)).await;
    let before = world.picture();
    let run = world.ran().await;
    world.hr(3, "status", "active").await;
    let undo = world.undo(run).await;
    world.accept_as("grace", &undo).await;
    world.faults(vec![fault("PATCH", "/api/v2/users/auth0%7C7", 1, 0, Trouble::ServerError)]);
    let report = world.try_apply().await.unwrap();
    world.faults(Vec::new());
    assert_snapshot!(world.said(&report), @"
    grant-2: applied
    grant-3: applied
    revoke-2: applied
    revoke-4: applied
    unblock-3: applied
    unlink-4: not tried: it needs update-4, which was not done
    update-1: applied
    update-2: applied
    update-4: failed: this was given up for now: PATCH /users/auth0|7: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    ");
    assert_eq!(world.linked(4).await.unwrap().as_str(), "auth0|7", "it stays until the rest is undone");
    world.apply().await;
    assert_eq!((world.linked(4).await, world.picture()), (None, before));
}

#[tokio::test]
async fn an_undo_that_is_killed_anywhere_ends_where_it_should() {
    for step in 0..8 {
        let stranger = serde_json::json!({ "email": "dora.novak@example.com", "name": "Dora" });
        let options = Options { latency_ms: 15, ..Options::default() };
        let mut world = World::at(everything().user("auth0|7", stranger), options).await;
        let before = world.picture();
        let run = world.ran().await;
        world.hr(3, "status", "active").await;
        let undo = world.undo(run).await;
        world.accept_as("grace", &undo).await;
        let died =
            world.die_when_asked(|asked| asked.iter().filter(|it| it.method != "GET").count() > step).await;
        if died {
            world.clock("2026-11-23T08:01:00Z");
            world.apply().await;
        }
        assert_eq!((world.linked(4).await, world.picture()), (None, before), "step {step}");
    }
}

#[tokio::test]
async fn a_process_that_died_behind_the_unlink_leaves_nothing_open() {
    let stranger = serde_json::json!({ "email": "dora.novak@example.com", "name": "Dora" });
    let mut world = World::with(everything().user("auth0|7", stranger)).await;
    let before = world.picture();
    let run = world.ran().await;
    world.hr(3, "status", "active").await;
    let undo = world.undo(run).await;
    let undone = world.run_of(&undo).await;
    // As the database stands when the process dies between the unlink and the record of it.
    world
        .sql(&format!("DELETE FROM rollcall_outcomes WHERE run = {undone} AND change_id = 'unlink-4'"))
        .await;
    let open = "state = 'running', report = NULL, ended_at = NULL, fence = fence - 1";
    world.sql(&format!("UPDATE rollcall_runs SET {open} WHERE id = {undone}")).await;
    world.sql(&format!("UPDATE rollcall_plans SET state = 'applying' WHERE id = {}", undo.id)).await;
    world.clock("2026-11-23T08:01:00Z");
    let report = world.try_apply().await.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    assert_eq!(report.outcomes[&diff::ChangeId::new("unlink-4")], diff::Outcome::AlreadySo);
    assert_eq!((world.linked(4).await, world.picture()), (None, before));
}
