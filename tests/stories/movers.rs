//! People whose row says something new.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Company, World};

#[tokio::test]
async fn a_mover_gets_the_new_roles_and_loses_the_old() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "department", "Heat Press")
        .cell(1, "role_code", "team_lead");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 1 revocation, 1 update, 1 grant
    held              nobody

    revoke · 1 person
      - 1 Ana Silva  auth0|1  production_associate (role_code = team_lead gives team_lead)

    update · 1 person
      ~ 1 Ana Silva  auth0|1
          user_metadata.department: Packing → Heat Press (from department)
          app_metadata.role_code: associate → team_lead (from role_code)

    grant · 1 person
      + 1 Ana Silva  auth0|1  team_lead (role_code = team_lead)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    DELETE /users/auth0|1/roles {"roles":["[production_associate]"]} → 204
    PATCH /users/auth0|1 {"app_metadata":{"role_code":"team_lead"},"user_metadata":{"department":"Heat Press"}} → 200
    POST /users/auth0|1/roles {"roles":["[team_lead]"]} → 204
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_mover_whose_old_role_cannot_be_taken_does_not_get_the_new_one() {
    let company =
        Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "role_code", "team_lead");
    let mut world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.fault("DELETE", "/api/v2/users/{id}/roles", simulator::Trouble::Garbage);
    world.without_retries();
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    grant-1: not tried: it needs revoke-1, which was not done
    revoke-1: failed: this was given up for now: DELETE /users/auth0|1/roles: the answer 200 cannot be read (it is a page of HTML); is there a proxy between Rollcall and Auth0?
    update-1: applied
    ");
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_somebody_changed_in_auth0_is_put_right() {
    let company = Company::new().settled(1, "Ana Silva", "Packing", "associate").edit("auth0|1", |it| {
        it.name = Some("Queen Ana".to_owned());
        it.user_metadata = json!({ "department": "Throne", "theme": "dark" }).as_object().cloned();
    });
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
          name: Queen Ana → Ana Silva (from full_name)
          user_metadata.department: Throne → Packing (from department)
          user_metadata.employee_id: not set → 1 (from id)
          user_metadata.full_name: not set → Ana Silva (from full_name)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"PATCH /users/auth0|1 {"name":"Ana Silva","user_metadata":{"department":"Packing","employee_id":1,"full_name":"Ana Silva"}} → 200"#);
    let own = world.user("auth0|1").user_metadata.unwrap();
    assert_eq!(own["theme"], "dark", "what is not ours stays");
    world.assert_settled().await;
}

#[tokio::test]
async fn an_unknown_role_code_keeps_the_roles_and_is_told() {
    let company =
        Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "role_code", "wizard");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           1 update
    held              nobody

    update · 1 person
      ~ 1 Ana Silva  auth0|1
          app_metadata.role_code: associate → wizard (from role_code)

    left alone: unknown role code · 1 person
      1 Ana Silva: no role is known for the code "wizard"; the roles stay as they are
          ⤷ in rollcall.toml: [roles.by_code] "wizard" = "ROLE", or correct the row
    "#);
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.members("production_associate"), ["auth0|1"]);
    world.assert_settled().await;
}

#[tokio::test]
async fn one_person_is_looked_at_alone() {
    let mut company =
        Company::new().row(1, "Ana Silva", "Packing", "associate").row(2, "Ben Okoye", "IT", "manager");
    company.scope = diff::Scope { limit: Some(1), ..diff::Scope::everybody() };
    let world = World::with(company).await;
    world.carry_on().await;
    assert_eq!((world.linked(1).await.is_some(), world.linked(2).await), (true, None));
    world.carry_on().await;
    world.assert_settled().await;
}
