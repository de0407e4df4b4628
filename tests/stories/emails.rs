//! Addresses that change, move on, and are swapped.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Company, World};

fn three() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
}

#[tokio::test]
async fn a_new_address_is_sent_with_both_its_flags() {
    let world = World::with(three().cell(1, "email", "Ana.Costa@Example.com ")).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         1 person (1 verification mail): 1 Ana Silva
    changes           1 update
    held              nobody

    update · 1 person
      sessions end, which cannot be undone · verification mail
      ~ 1 Ana Silva  auth0|1
          email: ana.silva@example.com → ana.costa@example.com (from email)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"PATCH /users/auth0|1 {"email":"ana.costa@example.com","email_verified":false,"verify_email":true} → 200"#);
    world.assert_settled().await;
}

#[tokio::test]
async fn an_address_is_released_before_it_is_claimed() {
    let company = three()
        .cell(1, "email", "ben.okoye@example.com")
        .cell(2, "email", "cem.aydin@example.com")
        .cell(3, "email", "cem@example.com");
    let mut world = World::with(company).await;
    world.in_flight(16);
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         3 people (3 verification mails): 1 Ana Silva, 2 Ben Okoye, 3 Cem Aydin
    changes           3 updates
    held              nobody

    update · 3 people
      sessions end, which cannot be undone · verification mail
      ~ 3 Cem Aydin  auth0|3
          email: cem.aydin@example.com → cem@example.com (from email)
      ~ 2 Ben Okoye  auth0|2
          email: ben.okoye@example.com → cem.aydin@example.com (from email)
      ~ 1 Ana Silva  auth0|1
          email: ana.silva@example.com → ben.okoye@example.com (from email)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|3 {"email":"cem@example.com","email_verified":false,"verify_email":true} → 200
    PATCH /users/auth0|2 {"email":"cem.aydin@example.com","email_verified":false,"verify_email":true} → 200
    PATCH /users/auth0|1 {"email":"ben.okoye@example.com","email_verified":false,"verify_email":true} → 200
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_joiner_takes_the_address_that_somebody_gives_up() {
    let company = three()
        .cell(1, "email", "ana.costa@example.com")
        .row(4, "Ana Silva Junior", "IT", "associate")
        .cell(4, "email", "ana.silva@example.com");
    let world = World::with(company).await;
    world.carry_on().await;
    assert_ne!(world.linked(4).await, world.linked(1).await);
    world.assert_settled().await;
}

#[tokio::test]
async fn two_who_swapped_addresses_are_told_how_and_nothing_is_guessed() {
    let company = three().cell(1, "email", "ben.okoye@example.com").cell(2, "email", "ana.silva@example.com");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: addresses in a circle · 2 people
      ⤷ in Auth0: change one of the addresses to a temporary one by hand; the next plan does the rest
      the new addresses of employees 1 and 2 go round in a circle · 2 people
          1 Ana Silva, 2 Ben Okoye

    nothing to do
    ");
    assert_eq!(world.sync().await.outcome, engine::SyncOutcome::Nothing);
    assert_eq!(world.writes(), "");
    // The remedy of the note, done by hand.
    world.in_auth0_user("auth0|1", |it| it.email = Some("ana.temporary@example.com".to_owned()));
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn an_address_that_a_stranger_has_is_told_and_the_rest_is_done() {
    let company = three()
        .user("auth0|9", json!({ "email": "taken@example.com", "name": "Stranger" }))
        .cell(1, "email", "taken@example.com")
        .cell(1, "department", "IT");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           1 update
    held              nobody

    update · 1 person
      ~ 1 Ana Silva  auth0|1
          user_metadata.department: Packing → IT (from department)

    left alone: new address taken · 1 person
      1 Ana Silva: the new address taken@example.com is on auth0|9 already
          ⤷ rollcall employee explain 1, to see whose auth0|9 is; then free the address in Auth0
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → 200"#);
    world.assert_settled().await;
}
