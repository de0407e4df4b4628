//! What counts as a failure of the change, and what does not.

use insta::assert_snapshot;
use simulator::Trouble;

use super::{a_name_too_long, strict};
use crate::world::{Company, World, fault};

#[tokio::test]
async fn two_kinds_of_one_employee_are_counted_apart() {
    let company = a_name_too_long().without_roles("auth0|1");
    let mut world = strict(company).await;
    world.refuses_roles_to(1);
    assert_snapshot!(world.night().await, @"
    grant-1: failed: this was given up for now: POST /users/auth0|1/roles: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later
    update-1: failed: PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)
    ");
    world.after_hours(1);
    world.night().await;
    assert_snapshot!(world.plan().await, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: parked after failures · 1 person
      1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1:
          Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on
          property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on
          ⤷ rollcall quarantine release 1 --kind update, once mended
      1 Ana Maria da Conceição Silva: grant failed 2 times, the last time with "this was given up for
          now: POST /users/auth0|1/roles: Auth0 answers 500 An internal server error occurred after 1
          attempts; try again later"; tried again from 2026-11-23 15:00 UTC on
          ⤷ rollcall quarantine release 1 --kind grant, once mended

    nothing to do · 2 parked
    "#);
    world.faults(Vec::new());
    let grant = Some(diff::Kind::GrantRoles);
    let by = crate::world::person("grace");
    world.engine.release(&engine::Whose::All, grant, &by).await.unwrap();
    assert_eq!(world.night().await, "grant-1: applied");
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on (parked)"#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_role_for_a_new_account_is_the_same_role_the_next_night() {
    let company = Company::new().settled(2, "Ben Okoye", "Packing", "associate").row(
        1,
        "Ana Silva",
        "Packing",
        "associate",
    );
    let mut world = World::with(company).await;
    world.without_retries();
    world.faults(vec![fault("POST", "/api/v2/users/{id}/roles", 1, 0, Trouble::ServerError)]);
    assert_snapshot!(world.night().await, @"
    create-1: applied
    grant-1: failed: this was given up for now: POST /users/auth0|[ana.silva]/roles: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later
    ");
    world.after_hours(1);
    world.night().await;
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Silva: grant failed 2 times, the last time with "this was given up for now: POST /users/auth0|e220a8397b1dcdaf6e789e6a/roles: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later"; tried again from 2026-11-23 15:00 UTC on (parked)"#);
    world.faults(Vec::new());
    world.after_hours(7);
    assert_eq!(world.night().await, "grant-1: applied");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_tenant_that_is_down_parks_nobody() {
    let mut world = World::with(a_name_too_long().cell(2, "department", "IT")).await;
    world.without_retries();
    for hours in 0..5 {
        world.after_hours(hours);
        world.faults(vec![fault("PATCH", "*", 1, 0, Trouble::Reset)]);
        let said = world.night().await;
        assert!(said.contains("stopped: "), "{said}");
        assert_eq!(world.quarantine().await, "");
    }
    world.faults(Vec::new());
    world.night().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_token_that_is_refused_parks_nobody() {
    let world = World::with(a_name_too_long()).await;
    world.plan().await;
    world.approve_as("grace").await;
    let engine = world.another(|it| it.client_secret = "a-secret-of-yesterday".into());
    let (by, stop) = (crate::world::person("op"), engine::Stop::new());
    for _ in 0..3 {
        let report = engine.apply(world.latest(), &by, "host:1", &stop, &|_| ()).await.unwrap();
        assert!(!report.is_complete());
    }
    assert_eq!(world.quarantine().await, "");
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_needs_something_that_failed_was_not_tried_and_does_not_count() {
    let company = Company::new().settled(2, "Ben Okoye", "Packing", "associate").row(
        1,
        "Ana Maria da Conceição Silva",
        "Packing",
        "associate",
    );
    let mut world = strict(company.cell(1, "email", "ana@example.com")).await;
    for hours in 0..2 {
        world.after_hours(hours);
        world.night().await;
    }
    // The role needs the account.
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: new account failed 2 times, the last time with "POST /users: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (The user's full name). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on (parked)"#);
    assert_snapshot!(world.plan().await, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: parked after failures · 1 person
      1 Ana Maria da Conceição Silva: new account failed 2 times, the last time with "POST /users: Auth0
          answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property
          name (The user's full name). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on
          ⤷ rollcall quarantine release 1 --kind create, once mended

    nothing to do · 1 parked
    "#);
}

#[tokio::test]
async fn a_plan_that_is_applied_again_by_hand_tries_what_is_parked() {
    let mut world = strict(a_name_too_long()).await;
    world.night().await;
    world.after_hours(1);
    world.plan().await;
    world.approve_as("grace").await;
    world.try_apply().await.unwrap();
    assert!(world.preview().await.plan.is_empty(), "it is parked");
    world.accepts_names_of(300);
    world.apply().await;
    assert_eq!(world.quarantine().await, "");
    world.assert_settled().await;
}

#[tokio::test]
async fn what_was_refused_before_a_crash_counts_too() {
    let company = a_name_too_long().cell(2, "department", "IT");
    let mut world = strict(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.path.ends_with("auth0%7C2") && it.method == "PATCH").await);
    assert_eq!(world.quarantine().await, "", "nobody has settled it yet");
    world.clock("2026-11-23T08:01:00Z");
    world.try_apply().await.unwrap();
    // Once before the crash, and once more by the run that went on.
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 14:01 UTC on (parked)"#);
}
