//! Access is taken away in every run, whatever failed before.

use insta::assert_snapshot;
use serde_json::json;
use simulator::Trouble;

use crate::world::{Company, World, fault, person};

fn cem_has_left() -> Company {
    Company::new().settled(3, "Cem Aydin", "Packing", "associate").cell(3, "status", "terminated")
}

#[tokio::test]
async fn a_block_that_fails_is_tried_in_every_run_and_told_first() {
    let company = cem_has_left().settled(1, "Ana Silva", "Packing", "associate").cell(1, "department", "IT");
    let mut world = World::with(company).await;
    world.without_retries();
    for run in 0..6 {
        world.faults(vec![
            fault("PATCH", "*", 1, 0, Trouble::ServerError),
            fault("DELETE", "/api/v2/users/{id}/roles", 1, 0, Trouble::ServerError),
        ]);
        let said = world.night().await;
        assert!(said.contains("block-3: failed") && said.contains("revoke-3: failed"), "run {run}: {said}");
    }
    assert_snapshot!(world.quarantine().await, @r#"
    3 Cem Aydin: block failed 6 times, the last time with "this was given up for now: PATCH /users/auth0|3: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later"; tried again in every run
    3 Cem Aydin: revocation failed 6 times, the last time with "this was given up for now: DELETE /users/auth0|3/roles: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later"; tried again in every run
    1 Ana Silva: update failed 2 times, the last time with "this was given up for now: PATCH /users/auth0|1: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later"; tried again from 2026-11-23 14:00 UTC on (parked)
    "#);
    assert_snapshot!(world.plan().await, @r#"
    loses access      1 person: 3 Cem Aydin
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody

    block · 1 person
      status is terminated · sessions end, which cannot be undone
      - 3 Cem Aydin  auth0|3

    revoke · 1 person
      status is terminated
      - 3 Cem Aydin  auth0|3  production_associate

    left alone: parked after failures · 1 person
      1 Ana Silva: update failed 2 times, the last time with "this was given up for now: PATCH
          /users/auth0|1: Auth0 answers 500 An internal server error occurred after 1 attempts; try
          again later"; tried again from 2026-11-23 14:00 UTC on
          ⤷ rollcall quarantine release 1 --kind update, once mended
    "#);
    world.faults(Vec::new());
    assert_snapshot!(world.night().await, @"
    block-3: applied
    revoke-3: applied
    ");
    assert_eq!(world.user("auth0|3").blocked, Some(true));
    world.after_hours(6);
    world.night().await;
    assert_eq!(world.quarantine().await, "");
    world.assert_settled().await;
}

#[tokio::test]
async fn nobody_gives_up_on_a_block() {
    let mut world = World::with(cem_has_left().without_roles("auth0|3")).await;
    world.without_retries();
    world.faults(vec![fault("PATCH", "*", 1, 0, Trouble::ServerError)]);
    world.night().await;
    let refused = world.engine.drop_failing(&3.into(), None, "tired of it", &person("grace")).await;
    assert_snapshot!(world.chain(&refused.unwrap_err()), @"the block of employee 3 takes access away: it is tried in every run, and never given up");
    world.faults(Vec::new());
    world.night().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_parked_grant_holds_back_neither_a_movers_revocation_nor_a_leaver() {
    let company =
        Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "role_code", "team_lead");
    let mut world = World::with(company.member("manager", "auth0|9").user("auth0|9", robot())).await;
    world.refuses_roles_to(1);
    assert_snapshot!(world.night().await, @"
    grant-1: failed: this was given up for now: POST /users/auth0|1/roles: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later
    revoke-1: applied
    update-1: applied
    ");
    world.after_hours(1);
    world.night().await;
    assert!(world.preview().await.plan.is_empty(), "the grant is parked");
    world.in_auth0(|it| {
        let manager = it.roles.iter_mut().find(|it| it.name == "manager").unwrap();
        manager.members.push("auth0|1".to_owned());
    });
    assert_snapshot!(world.night().await, @"revoke-1: applied");
    world.hr(1, "status", "terminated").await;
    assert_snapshot!(world.night().await, @"block-1: applied");
    assert_eq!(world.quarantine().await, "", "a leaver gets no role");
    world.assert_settled().await;
}

fn robot() -> serde_json::Value {
    json!({ "email": "robot@example.com", "name": "Robot" })
}
