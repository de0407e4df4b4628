//! What a claim must see of the time since the yes, because access hangs on it.

use serde_json::json;
use simulator::Trouble;

use crate::world::{Company, World, fault};

async fn approved(company: Company) -> World {
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world
}

async fn report(world: &World) -> String {
    let report = world.try_apply().await.unwrap();
    world.said(&report)
}

fn bob() -> serde_json::Value {
    json!({ "email": "bob@example.com", "name": "Bob Stranger" })
}

/// Row 2 has the address of Bob, who is nobody's user.
fn a_wrong_address() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ben Okoye", "Packing", "associate")
        .cell(2, "email", "bob@example.com")
        .user("auth0|bob", bob())
}

#[tokio::test]
async fn a_corrected_address_takes_nobodys_account_over() {
    let world = approved(a_wrong_address()).await;
    world.hr(2, "email", "ben.okoye@example.com").await;
    insta::assert_snapshot!(report(&world).await, @"
    grant-2: stale: it needs link-2, which is stale
    link-2: stale: the row has another address now
    update-2: stale: it needs link-2, which is stale
    ");
    assert_eq!(world.user("auth0|bob").name.as_deref(), Some("Bob Stranger"));
    assert_eq!(world.linked(2).await, None);
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_corrected_address_blocks_nobody_else() {
    let world = approved(a_wrong_address().cell(2, "status", "terminated")).await;
    world.hr(2, "email", "ben.okoye@example.com").await;
    report(&world).await;
    assert_eq!(world.user("auth0|bob").blocked, None);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_mover_who_does_not_get_the_new_role_keeps_the_old() {
    for code in ["superviser", "team_lead"] {
        let mover =
            Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "role_code", "manager");
        let world = approved(mover).await;
        world.hr(1, "role_code", code).await;
        report(&world).await;
        assert_eq!(world.members("production_associate"), ["auth0|1"], "with {code}");
        world.carry_on().await;
        world.assert_settled().await;
    }
}

#[tokio::test]
async fn an_account_is_not_taken_from_somebody_who_came_back() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .cell(1, "status", "terminated")
        .row(3, "Ana Silva", "Packing", "associate");
    let world = approved(company).await;
    world.hr(1, "status", "active").await;
    report(&world).await;
    assert_eq!(world.linked(1).await.unwrap().as_str(), "auth0|1");
    assert_eq!(world.linked(3).await, None);
}

#[tokio::test]
async fn a_block_of_somebody_elses_since_is_not_lifted() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .edit("auth0|1", |it| it.blocked = Some(true))
        .edit("auth0|1", |it| {
            drop(it.app_metadata.as_mut().unwrap().insert("rollcall_blocked".into(), json!(true)));
        });
    let world = approved(company).await;
    world.in_auth0_user("auth0|1", |it| drop(it.app_metadata.as_mut().unwrap().remove("rollcall_blocked")));
    insta::assert_snapshot!(report(&world).await, @"unblock-1: stale: somebody else has blocked the user since");
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    world.assert_settled().await;
}

#[tokio::test]
async fn sessions_that_could_not_be_ended_are_due_until_they_are() {
    let company =
        Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "status", "terminated");
    let mut world = World::with(company).await;
    world.without_retries();
    world.faults(vec![fault("DELETE", "/api/v2/users/*/sessions", 1, 0, Trouble::ServerError)]);
    world.plan().await;
    world.approve_as("grace").await;
    let report = world.try_apply().await.unwrap();
    assert!(!report.is_complete());
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    world.faults(Vec::new());
    let plan = world.plan().await;
    assert!(plan.to_string().contains("1 block"), "{plan}");
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
}
