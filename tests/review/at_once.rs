//! What the policy lets be done at once, while the rest of a plan waits for a person.

use diff::{Approver, Automatic};
use engine::SyncOutcome;
use insta::assert_snapshot;
use simulator::Trouble;
use store::{AuditFilter, PlanState};

use crate::world::{Company, World, person};

/// Ana leaves while Ben becomes an admin.
fn a_leaver_and_an_admin() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "IT", "manager")
        .settled(3, "Cem Aydin", "IT", "admin")
        .settled(4, "Dora Novak", "IT", "admin")
        .cell(1, "status", "terminated")
        .cell(2, "role_code", "admin")
        .policy(|it| it.review.auto_approve = Automatic::ALL.into())
}

fn ids(plan: &diff::Plan) -> String {
    plan.changes().iter().map(|it| it.id.to_string()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_leaver_is_blocked_at_once_while_an_admin_grant_waits() {
    let world = World::with(a_leaver_and_an_admin()).await;
    let synced = world.sync().await;
    let done = synced.at_once.unwrap();
    assert_eq!(ids(&done.plan), "block-1 revoke-1");
    assert!(done.report.is_complete());
    assert_snapshot!(world.writes(), @r#"
    PATCH /users/auth0|1 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|1/sessions → 202
    DELETE /users/auth0|1/refresh-tokens → 202
    DELETE /users/auth0|1/roles {"roles":["[production_associate]"]} → 204
    "#);
    let SyncOutcome::Proposed(rest) = synced.outcome else { panic!("the rest waits") };
    assert_eq!(ids(&synced.plan), "revoke-2 update-2 grant-2");

    let again = world.plan().await;
    assert_eq!(again.id, rest, "planned again, only the rest is left, and it stands");
    let synced = world.sync().await;
    assert!(synced.at_once.is_none() && world.writes().is_empty());
    assert_eq!(synced.outcome, SyncOutcome::Proposed(rest));
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn the_policys_yes_is_on_record_as_nobodys() {
    let world = World::with(a_leaver_and_an_admin()).await;
    let done = world.sync().await.at_once.unwrap();
    let stored = world.engine.store().plan(done.report.plan).await.unwrap();
    assert_eq!(stored.state, PlanState::Applied);
    let by: Vec<&Approver> = stored.approvals.iter().map(|it| &it.by).collect();
    assert_eq!(by, [&Approver::Policy]);
    let filter = AuditFilter { plan: Some(done.report.plan), ..AuditFilter::default() };
    let rows = world.engine.store().audit_entries(&filter).await.unwrap();
    let told: Vec<String> = rows.iter().map(|it| format!("{} by {}", it.entry.event, it.entry.by)).collect();
    assert_snapshot!(told.join("\n"), @"
    plan_approved by policy
    run_started by op
    auth0_user_blocked by policy
    auth0_sessions_ended by policy
    auth0_refresh_tokens_revoked by policy
    auth0_roles_revoked by policy
    run_ended by op
    ");
}

#[tokio::test]
async fn nothing_is_done_at_once_unless_the_policy_says_so() {
    let world = World::with(a_leaver_and_an_admin().policy(|it| it.review.auto_approve.clear())).await;
    let synced = world.sync().await;
    assert!(synced.at_once.is_none() && world.writes().is_empty());
    assert_eq!(ids(&synced.plan), "block-1 revoke-1 revoke-2 update-2 grant-2");
}

#[tokio::test]
async fn a_leaver_does_not_stay_because_somebody_elses_change_exceeds_a_limit() {
    let company = a_leaver_and_an_admin().policy(|it| it.limits.admin_grants = 0);
    let world = World::with(company).await;
    let synced = world.sync().await;
    assert_eq!(ids(&synced.at_once.unwrap().plan), "block-1 revoke-1");
    let said: Vec<String> = synced.breaches.iter().map(ToString::to_string).collect();
    assert_snapshot!(said.join("\n"), @"admin-grants: 1 planned, 0 allowed");
    assert!(matches!(synced.outcome, SyncOutcome::Breached(_)));
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    assert_eq!(world.members("admin").len(), 2);
}

#[tokio::test]
async fn too_many_leavers_are_not_blocked_at_once() {
    let mut company = a_leaver_and_an_admin().staff(40);
    for id in 101..=106 {
        company = company.cell(id, "status", "terminated");
    }
    let world = World::with(company).await;
    let synced = world.sync().await;
    assert!(synced.at_once.is_none() && world.writes().is_empty());
    assert!(matches!(synced.outcome, SyncOutcome::Breached(_)));
}

#[tokio::test]
async fn what_fails_at_once_is_tried_again_with_the_next_sync() {
    let mut world = World::with(a_leaver_and_an_admin()).await;
    world.without_retries();
    world.fault("PATCH", "/api/v2/users/*", Trouble::ServerError);
    let synced = world.sync().await;
    assert!(!synced.at_once.unwrap().report.is_complete());
    assert_eq!(world.user("auth0|1").blocked, None);
    let done = world.sync().await.at_once.unwrap();
    assert_eq!(done.plan.changes()[0].id.as_str(), "block-1");
    assert!(done.report.is_complete());
    assert_eq!(world.user("auth0|1").blocked, Some(true));
}

#[tokio::test]
async fn a_policy_that_became_stricter_has_not_approved() {
    let mut world = World::with(a_leaver_and_an_admin()).await;
    world.plan().await;
    let preview = world.preview().await;
    let part = diff::at_once(&preview.plan, world.engine.policy()).unwrap();
    let store = world.engine.store();
    let id = store.propose(&part, &[], "simulator-client", world.now()).await.unwrap().id;
    world.engine.approve(id, Approver::Policy, engine::Yes::default()).await.unwrap();
    world.policy(|it| it.review.auto_approve.clear());
    let (by, stop) = (person("op"), engine::Stop::new());
    let refused = world.engine.apply(id, &by, "host:1", &stop, &|_| ()).await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"plan 2 is not approved yet: a person must say yes");
    world.engine.approve(id, person("grace"), engine::Yes::default()).await.unwrap();
    world.engine.apply(id, &by, "host:1", &stop, &|_| ()).await.unwrap();
    assert_eq!(world.user("auth0|1").blocked, Some(true));
}
