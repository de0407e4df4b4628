//! Wrong links, untied.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Company, Server, World};

/// Ana's row bears the address of somebody else's account.
fn wrong() -> Company {
    let stranger = json!({
        "email": "ana.silva@example.com", "name": "Ana Silva y Vega", "app_metadata": { "plan": "gold" },
    });
    Company::new()
        .settled(2, "Ben Okoye", "Packing", "associate")
        .row(1, "Ana Silva", "IT", "manager")
        .user("auth0|7", stranger)
        .member("team_lead", "auth0|7")
}

#[tokio::test]
async fn a_wrongly_linked_account_is_as_it_was_and_nobodys_again() {
    let world = World::with(wrong()).await;
    let before = world.picture();
    let run = world.ran().await;
    assert_eq!(world.linked(1).await.unwrap().as_str(), "auth0|7");
    world.hr(1, "email", "ana@example.com").await;
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           4: 1 revocation, 1 update, 1 grant, 1 unlink
    held              nobody

    revoke · 1 person
      undoes run 1
      - 1 Ana Silva  auth0|7  manager

    update · 1 person
      undoes run 1
      ~ 1 Ana Silva  auth0|7
          name: Ana Silva → Ana Silva y Vega
          user_metadata.department: IT → not set
          user_metadata.employee_id: 1 → not set
          user_metadata.full_name: Ana Silva → not set
          app_metadata.employee_id: 1 → not set
          app_metadata.role_code: manager → not set

    grant · 1 person
      undoes run 1
      + 1 Ana Silva  auth0|7  team_lead

    unlink · 1 person
      undoes run 1
      = 1 Ana Silva  auth0|7

    left alone: asked for again by the table · 1 person
      1 Ana Silva: as the table stands, the next plan would create and grant
          ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
    ");
    world.run_of(&undo).await;
    assert_snapshot!(world.writes(), @r#"
    DELETE /users/auth0|7/roles {"roles":["[manager]"]} → 204
    PATCH /users/auth0|7 {"app_metadata":{"employee_id":null,"role_code":null},"name":"Ana Silva y Vega","user_metadata":{"department":null,"employee_id":null,"full_name":null}} → 200
    POST /users/auth0|7/roles {"roles":["[team_lead]"]} → 204
    "#);
    assert_eq!((world.linked(1).await, world.picture()), (None, before));
    let columns = world.engine.store().written_back().await.unwrap();
    assert_eq!(columns[&1.into()].user, None);
    assert_eq!(columns[&1.into()].created_at, None);

    // The column is no link that could be taken over again: the right account is made.
    world.carry_on().await;
    let linked = world.linked(1).await.unwrap();
    assert_eq!(world.user(linked.as_str()).email.as_deref(), Some("ana@example.com"));
    world.assert_settled().await;
}

#[tokio::test]
async fn an_unlink_may_be_taken_back_too() {
    let world = World::with(wrong()).await;
    let run = world.ran().await;
    let after = world.picture();
    let undo = world.undo(run).await;
    let undone = world.run_of(&undo).await;
    let again = world.undo(undone).await;
    assert_snapshot!(again, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           4: 1 revocation, 1 link, 1 update, 1 grant
    held              nobody

    revoke · 1 person
      undoes run 2
      - 1 Ana Silva  auth0|7  team_lead

    link · 1 person
      undoes run 2
      = 1 Ana Silva  auth0|7

    update · 1 person
      undoes run 2
      ~ 1 Ana Silva  auth0|7
          name: Ana Silva y Vega → Ana Silva
          user_metadata.department: not set → IT
          user_metadata.employee_id: not set → 1
          user_metadata.full_name: not set → Ana Silva
          app_metadata.employee_id: not set → 1
          app_metadata.role_code: not set → manager

    grant · 1 person
      undoes run 2
      + 1 Ana Silva  auth0|7  manager
    ");
    world.run_of(&again).await;
    assert_eq!((world.linked(1).await.unwrap().as_str(), world.picture()), ("auth0|7", after));
    world.assert_settled().await;
}

#[tokio::test]
async fn the_last_link_of_all_is_not_taken_over_from_its_column_again() {
    let mut company = wrong();
    company.rows.remove(&2.into());
    let world = World::with(company.without_link(2)).await;
    let run = world.ran().await;
    world.hr(1, "email", "ana@example.com").await;
    let undo = world.undo(run).await;
    world.run_of(&undo).await;
    assert_eq!(world.linked(1).await, None);
    world.carry_on().await;
    assert_ne!(world.linked(1).await.unwrap().as_str(), "auth0|7");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_column_that_cannot_be_cleared_keeps_the_link() {
    let mut company = wrong();
    company.source.write_back = false;
    let world = World::with(company).await;
    let run = world.ran().await;
    world.hr(1, "auth0_user_id", "auth0|7").await;
    let undo = world.undo(run).await;
    world.accept_as("grace", &undo).await;
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    grant-1: applied
    revoke-1: applied
    unlink-1: failed: the column auth0_user_id of employee 1 names auth0|7 and cannot be written: clear it there first
    update-1: applied
    ");
    assert_eq!(world.linked(1).await.unwrap().as_str(), "auth0|7");

    world.hr(1, "auth0_user_id", "").await;
    world.apply().await;
    assert_eq!(world.linked(1).await, None);
}

#[tokio::test]
async fn an_account_that_changed_hands_goes_back_to_the_row_that_had_it() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "status", "terminated")
        .row(3, "Ana Silva", "IT", "manager");
    let world = World::with(company).await;
    let before = world.picture();
    let run = world.ran().await;
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           4: 1 revocation, 1 relink, 1 update, 1 grant
    held              nobody

    revoke · 1 person
      undoes run 1
      - 3 Ana Silva  auth0|1  manager

    relink · 1 person
      undoes run 1
      = 1 Ana Silva  auth0|1  was the account of employee 3

    update · 1 person
      undoes run 1
      ~ 3 Ana Silva  auth0|1
          user_metadata.department: IT → Packing
          user_metadata.employee_id: 3 → 1
          app_metadata.employee_id: 3 → 1
          app_metadata.role_code: manager → associate

    grant · 1 person
      undoes run 1
      + 3 Ana Silva  auth0|1  production_associate

    left alone: asked for again by the table · 1 person
      3 Ana Silva: as the table stands, the next plan would revoke, relink, update and grant
          ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
    ");
    world.run_of(&undo).await;
    assert_eq!(world.picture(), before);
    assert_eq!((world.linked(1).await.unwrap().as_str(), world.linked(3).await), ("auth0|1", None));
    let columns = world.engine.store().written_back().await.unwrap();
    assert_eq!((columns[&1.into()].user.is_some(), columns[&3.into()].user.is_some()), (true, false));
    world.plan().await;
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_link_is_untied_on_postgresql() {
    a_link_is_untied_on(Server::Postgres).await;
}

#[tokio::test]
async fn a_link_is_untied_on_mariadb() {
    a_link_is_untied_on(Server::MySql).await;
}

async fn a_link_is_untied_on(server: Server) {
    let Some(own) = server.database().await else { return };
    let world = World::at_server(wrong(), own).await;
    let before = world.picture();
    let run = world.ran().await;
    world.hr(1, "email", "ana@example.com").await;
    let undo = world.undo(run).await;
    world.run_of(&undo).await;
    assert_eq!((world.linked(1).await, world.picture()), (None, before));
    world.carry_on().await;
    world.assert_settled().await;
}
