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

/// The report of a run, however it ended.
async fn report_of(world: &World, run: i64) -> diff::Report {
    world.engine.store().run(diff::RunId(run)).await.unwrap().report.unwrap()
}

/// Syncs one employee's part of the company alone, which settles whatever was abandoned.
async fn sync_only(world: &World, id: i64) {
    let scope = diff::Scope { employees: [id.into()].into(), ..diff::Scope::everybody() };
    let (by, stop) = (crate::world::person("op"), engine::Stop::new());
    Box::pin(world.engine.sync(&scope, false, &by, "host:2", &stop, &|_| ())).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_open_is_found_out_though_its_plan_is_never_claimed_again() {
    let options = Options { latency_ms: 15, ..Options::default() };
    let mut world = World::at(everything(), options).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.method == "POST" && it.path == "/api/v2/users").await);
    world.clock("2026-11-23T08:01:00Z");
    sync_only(&world, 2).await;
    assert_snapshot!(world.said(&report_of(&world, 1).await), @"
    block-3: applied
    create-4: applied
    grant-2: not tried: the process ended before it
    grant-4: not tried: the process ended before it
    invite-4: not tried: the process ended before it
    revoke-2: applied
    revoke-3: applied
    update-1: applied
    update-2: applied
    stopped: the process that applied it ended before the run did
    ");
    let link = world.linked(4).await;
    let columns = world.engine.store().written_back().await.unwrap();
    assert!(link.is_some() && columns[&4.into()].user == link, "the column says what the link says");
    let about = store::AuditFilter { employee: Some(4.into()), ..store::AuditFilter::default() };
    let record = world.engine.store().audit_entries(&about).await.unwrap();
    assert_eq!(record.iter().filter(|it| it.entry.event == "auth0_user_created").count(), 1);
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn an_address_that_a_crash_left_under_way_is_looked_up_and_not_changed_twice() {
    let options = Options { latency_ms: 15, ..Options::default() };
    let mut world = World::at(everything(), options).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.method == "PATCH" && it.path == "/api/v2/users/auth0%7C1").await);
    world.clock("2026-11-23T08:01:00Z");
    sync_only(&world, 2).await;
    assert_eq!(report_of(&world, 1).await.outcomes[&diff::ChangeId::new("update-1")], diff::Outcome::Applied);
    world.carry_on().await;
    let changes = world.journal().lines().filter(|it| it.starts_with("PATCH /users/auth0|1")).count();
    assert_eq!(changes, 0, "{}", world.journal());
    world.assert_settled().await;
}

#[tokio::test]
async fn an_invitation_that_a_crash_left_under_way_is_not_sent_twice() {
    let options = Options { latency_ms: 15, ..Options::default() };
    let mut world = World::at(everything(), options).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.path == "/dbconnections/change_password").await);
    world.clock("2026-11-23T08:01:00Z");
    world.apply().await;
    assert_snapshot!(report_of(&world, 1).await.outcomes[&diff::ChangeId::new("invite-4")], @"failed: the mail may have gone out or not, and is not sent twice: rollcall employee resend 4 --invitation sends another");
    assert_eq!(world.simulator.mails().iter().filter(|it| it.to == "dora.novak@example.com").count(), 1);
    world.assert_settled().await;
}

/// So many who have lost their role.
fn without_roles(staff: i64) -> Company {
    let company = Company::new().staff(staff).policy(|it| it.limits.grants.at_least = 200);
    (101..101 + staff).fold(company, |it, id| it.without_roles(&format!("auth0|{id}")))
}

#[tokio::test]
async fn roles_of_which_a_crash_gave_some_are_given_to_everybody() {
    for batches in 1..=3 {
        let options = Options { latency_ms: 15, ..Options::default() };
        let mut world = World::at(without_roles(120), options).await;
        world.plan().await;
        world.approve_as("grace").await;
        let asked =
            |it: &[simulator::JournalLine]| it.iter().filter(|it| it.method == "POST").count() >= batches;
        assert!(world.die_when_asked(asked).await, "after {batches}");
        world.clock("2026-11-23T08:01:00Z");
        world.apply().await;
        assert_eq!(world.members("production_associate").len(), 120, "after {batches}");
        world.assert_settled().await;
    }
}
