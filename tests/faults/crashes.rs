//! The process dies at any moment: nobody is made twice, no link is lost, and the same plan is finished.

use diff::Welcome;
use engine::ApplyError;
use insta::assert_snapshot;
use simulator::Options;

use crate::world::{Company, World};

/// A leaver, a changed address, a mover, and a joiner who is invited.
fn everything() -> Company {
    let invitation = Welcome::Invitation { client_id: simulator::PUBLIC_APPLICATION.to_owned() };
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "role_code", "manager")
        .cell(3, "status", "terminated")
        .policy(|it| it.onboarding.welcome = invitation)
}

#[tokio::test]
async fn after_a_crash_at_any_call_the_same_plan_is_finished() {
    for requests in 1.. {
        let options = Options { latency_ms: 15, ..Options::default() };
        let mut world = World::at(everything(), options).await;
        world.plan().await;
        world.approve_as("grace").await;
        if !world.die_when_asked(|it| it.len() >= requests).await {
            assert!(requests > 8, "all calls of the plan were met");
            break;
        }
        world.clock("2026-11-23T08:01:00Z"); // the lease of the dead has ended
        let report = world.try_apply().await.unwrap();
        assert!(report.is_complete(), "after {requests}: {}", world.said(&report));
        assert!(!world.journal().contains("→ 409"), "after {requests}: {}", world.journal());
        assert_eq!(world.users_with("dora.novak@example.com").len(), 1, "after {requests}");
        assert_eq!(world.user("auth0|1").email.as_deref(), Some("ana.costa@example.com"));
        world.assert_settled().await;
    }
}

#[tokio::test]
async fn after_a_crash_the_lease_holds_for_a_while_and_what_was_done_stays_done() {
    let options = Options { latency_ms: 15, ..Options::default() };
    let mut world = World::at(everything(), options).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.method == "POST" && it.path == "/api/v2/users").await);
    let refused = world.try_apply().await.unwrap_err();
    assert!(matches!(refused, ApplyError::Lease(_)));
    assert_snapshot!(world.chain(&refused), @"take the lease of simulator: host:1 holds it until 08:00:15 UTC; wait, or look at the runs");
    world.clock("2026-11-23T08:01:00Z");
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    GET /users-by-email?email=dora.novak%40example.com → 200
    GET /users/auth0|3 → 200
    PATCH /users/auth0|3 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|3/sessions → 202
    DELETE /users/auth0|3/refresh-tokens → 202
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    POST /users/auth0|2/roles {"roles":["[manager]"]} → 204
    POST /users/auth0|[dora.novak]/roles {"roles":["[production_associate]"]} → 204
    POST /dbconnections/change_password {"client_id":"simulator-web-app","connection":"Username-Password-Authentication","email":"dora.novak@example.com"} → 200
    "#);
    let runs = world.engine.store().runs(10).await.unwrap();
    let told: Vec<String> = runs.iter().map(|it| format!("run {}: {:?}", it.id, it.state)).collect();
    assert_snapshot!(told.join("\n"), @"
    run 2: Applied
    run 1: Abandoned
    ");
    world.assert_settled().await;
}

#[tokio::test]
async fn after_a_crash_with_many_calls_under_way_nobody_is_made_twice() {
    for requests in [1, 8, 20, 31] {
        let mut company = (1..=30)
            .fold(Company::new(), |it, id| it.row(id, &format!("Staff {id}"), "Packing", "associate"));
        company.first_sync = true;
        let mut world = World::at(company, Options { latency_ms: 10, ..Options::default() }).await;
        world.in_flight(16);
        world.plan().await;
        world.approve_as("grace").await;
        assert!(world.die_when_asked(|it| it.len() >= requests).await, "after {requests}");
        world.clock("2026-11-23T08:01:00Z");
        world.apply().await;
        assert!(!world.journal().contains("→ 409"), "after {requests}: {}", world.journal());
        assert_eq!(world.simulator.state().users.len(), 30, "after {requests}");
        assert_eq!(world.members("production_associate").len(), 30, "after {requests}");
        world.assert_settled().await;
    }
}
