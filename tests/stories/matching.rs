//! Who is who: proposed where it is sure, told where it is not.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Company, World, account};

#[tokio::test]
async fn an_address_that_agrees_proposes_a_link_and_one_run_settles() {
    let company = Company::new()
        .row(1, "Ana Silva", "Packing", "team_lead")
        .user("auth0|77", json!({ "email": "ana.silva@example.com", "name": "ana" }));
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 1 link, 1 update, 1 grant
    held              nobody

    link · 1 person
      not linked yet · found by address
      = 1 Ana Silva  auth0|77

    update · 1 person
      found by address
      ~ 1 Ana Silva  auth0|77
          name: ana → Ana Silva (from full_name)
          user_metadata.department: not set → Packing (from department)
          user_metadata.employee_id: not set → 1 (from id)
          user_metadata.full_name: not set → Ana Silva (from full_name)
          app_metadata.employee_id: not set → 1 (from id)
          app_metadata.role_code: not set → team_lead (from role_code)

    grant · 1 person
      found by address
      + 1 Ana Silva  auth0|77  team_lead (role_code = team_lead)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|77 {"app_metadata":{"employee_id":1,"role_code":"team_lead"},"name":"Ana Silva","user_metadata":{"department":"Packing","employee_id":1,"full_name":"Ana Silva"}} → 200
    POST /users/auth0|77/roles {"roles":["[team_lead]"]} → 204
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_mark_and_a_name_that_agree_propose_a_link() {
    let mut known = account(1, "Ana Silva", "Packing", "associate");
    known["email"] = "ana@old.example".into();
    known["app_metadata"]["employee_id"] = "1".into();
    let company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .user("auth0|77", known)
        .member("production_associate", "auth0|77");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         1 person (1 verification mail): 1 Ana Silva
    changes           2: 1 link, 1 update
    held              nobody

    link · 1 person
      not linked yet · found by employee id and name
      = 1 Ana Silva  auth0|77

    update · 1 person
      found by employee id and name · sessions end, which cannot be undone · verification mail
      ~ 1 Ana Silva  auth0|77
          email: ana@old.example → ana.silva@example.com (from email)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"PATCH /users/auth0|77 {"email":"ana.silva@example.com","email_verified":false,"verify_email":true} → 200"#);
    world.assert_settled().await;
}

#[tokio::test]
async fn nobodys_user_is_counted_and_left_alone() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .user("auth0|9", json!({ "email": "robot@example.com", "name": "Robot" }))
        .member("manager", "auth0|9");
    let world = World::with(company).await;
    let before = world.user("auth0|9");
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    nothing to do
    ");
    assert_eq!(plan.plan.document().users.unmanaged, 1);
    world.sync().await;
    assert_eq!(world.writes(), "");
    assert_eq!(world.user("auth0|9"), before);
    world.assert_settled().await;
}

#[tokio::test]
async fn two_rows_with_one_address_are_held_and_nobody_else_is() {
    let company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ana B Silva", "Packing", "associate")
        .cell(2, "email", "ana.silva@example.com")
        .row(3, "Cem Aydin", "Packing", "associate");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         1 person (1 verification mail): 3 Cem Aydin
    changes           2: 1 new account, 1 grant
    held              2 people: 2 shared address

    create · 1 person
      employed, no account yet · verification mail · sets email, name, user_metadata {department,
      employee_id, full_name}, app_metadata {employee_id, role_code} · cannot be undone, only blocked
      + 3 Cem Aydin  cem.aydin@example.com  department: Packing, role_code: associate

    grant · 1 person
      + 3 Cem Aydin  new account  production_associate (role_code = associate)

    held: shared address · 2 people
      ⤷ in the employee table: give each person an address of their own
      1 Ana Silva: ana.silva@example.com is also the address of employee 2
      2 Ana B Silva: ana.silva@example.com is also the address of employee 1
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.users_with("ana.silva@example.com").len(), 0);
    world.assert_settled().await;
}

#[tokio::test]
async fn two_users_for_one_person_are_told_and_a_link_by_hand_decides() {
    let company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .user("auth0|7", json!({ "email": "ana.silva@example.com", "name": "Ana" }))
        .user(
            "auth0|8",
            json!({ "email": "ana@old.example", "name": "Ana Silva", "app_metadata": { "employee_id": 1 } }),
        );
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              1 person: 1 more than one user

    held: more than one user · 1 person
      1 Ana Silva: more than one user may be this person: auth0|7 or auth0|8
          ⤷ rollcall employee link 1 USER, one of 'auth0|7', 'auth0|8'

    nothing to do · 1 held
    ");
    let (employee, user) = (1.into(), diff::UserId::new("auth0|7"));
    world.engine.link(&employee, &user, &crate::world::person("grace")).await.unwrap();
    world.carry_on().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|7 {"app_metadata":{"employee_id":1,"role_code":"associate"},"name":"Ana Silva","user_metadata":{"department":"Packing","employee_id":1,"full_name":"Ana Silva"}} → 200
    POST /users/auth0|7/roles {"roles":["[production_associate]"]} → 204
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn an_address_on_a_leavers_account_is_nobody_elses_to_take() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .cell(1, "status", "terminated")
        .row(2, "Alan Silva", "IT", "manager")
        .cell(2, "email", "ana.silva@example.com");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      1 person: 1 Ana Silva
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              1 person: 1 address of a leaver's account

    block · 1 person
      status is terminated · sessions end, which cannot be undone
      - 1 Ana Silva  auth0|1

    revoke · 1 person
      status is terminated
      - 1 Ana Silva  auth0|1  production_associate

    held: address of a leaver's account · 1 person
      2 Alan Silva: the address is on auth0|1, the account of employee 1, who left
          ⤷ rollcall employee link 2 'auth0|1', if 2 and 1 are one person; else give 2 another address
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.linked(2).await, None);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_user_that_was_linked_meanwhile_is_stale() {
    let company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ben Okoye", "Packing", "associate")
        .user("auth0|77", json!({ "email": "ana.silva@example.com", "name": "ana" }));
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    let user = diff::UserId::new("auth0|77");
    world.engine.link(&2.into(), &user, &crate::world::person("hal")).await.unwrap();
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    create-2: stale: the employee is linked to auth0|77 now
    grant-1: not tried: it needs link-1, which was not done
    grant-2: stale: it needs create-2, which is stale
    link-1: stale: auth0|77 is linked to employee 2 already
    update-1: not tried: it needs link-1, which was not done
    ");
    assert_eq!(world.linked(2).await, Some(user));
}
