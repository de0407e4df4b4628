//! People who leave, and some who come back.

use diff::Feature;
use engine::Fix;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Company, World};

/// Ana leaves, logged in twice; Ben stays.
fn ana_leaves() -> Company {
    let mut company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .member("manager", "auth0|1")
        .member("choir", "auth0|1")
        .cell(1, "status", "terminated");
    for user in ["auth0|1", "auth0|1", "auth0|2"] {
        company.tenant.sessions.push(serde_json::from_value(json!({ "user_id": user })).unwrap());
        company.tenant.refresh_tokens.push(serde_json::from_value(json!({ "user_id": user })).unwrap());
    }
    company
}

#[tokio::test]
async fn a_leaver_is_blocked_with_our_mark_and_loses_roles_and_sessions() {
    let world = World::with(ana_leaves()).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      1 person: 1 Ana Silva
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody

    block · 1 person
      status is terminated · sessions end, which cannot be undone
      - 1 Ana Silva  auth0|1

    revoke · 1 person
      status is terminated
      - 1 Ana Silva  auth0|1  manager, production_associate
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|1 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|1/sessions → 202
    DELETE /users/auth0|1/refresh-tokens → 202
    DELETE /users/auth0|1/roles {"roles":["[manager]","[production_associate]"]} → 204
    "#);
    let state = world.simulator.state();
    let sessions: Vec<&str> = state.sessions.iter().map(|it| it.user_id.as_str()).collect();
    let tokens: Vec<&str> = state.refresh_tokens.iter().map(|it| it.user_id.as_str()).collect();
    assert_eq!((sessions, tokens), (vec!["auth0|2"], vec!["auth0|2"]));
    assert_eq!(world.members("choir"), ["auth0|1"], "a role that the policy does not name stays");
    world.assert_settled().await;
}

#[tokio::test]
async fn where_the_tenants_plan_cannot_end_sessions_a_leaver_is_blocked_all_the_same() {
    let plan = simulator::RatePlan::Professional;
    let world = World::at(ana_leaves(), simulator::Options { plan, ..simulator::Options::default() }).await;
    world.carry_on().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|1 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|1/sessions → 403
    DELETE /users/auth0|1/refresh-tokens → 403
    DELETE /users/auth0|1/roles {"roles":["[manager]","[production_associate]"]} → 204
    "#);
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    assert_eq!(world.preview().await.plan.document().users.lacks, Feature::ALL.into(), "it is remembered");
    world.assert_settled().await;
}

/// What the tenant's plan lacks is told by the plans and not asked for, until it may have changed.
#[tokio::test]
async fn what_the_tenant_is_known_to_lack_is_not_asked_for_again() {
    let company = ana_leaves().settled(3, "Cem Aydin", "IT", "manager");
    // A month later the search has long caught up.
    let mut world = World::at(company, simulator::Options { search_lag_ms: 0, ..Default::default() }).await;
    for feature in Feature::ALL {
        let (store, tenant) = (world.engine.store(), world.engine.tenant());
        store.note_lack(tenant, feature, "403 not in this plan", world.now()).await.unwrap();
    }
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      1 person: 1 Ana Silva
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody

    block · 1 person
      status is terminated · sessions run on until they expire, because the tenant's plan cannot end
      them
      - 1 Ana Silva  auth0|1

    revoke · 1 person
      status is terminated
      - 1 Ana Silva  auth0|1  manager, production_associate
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|1 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|1/roles {"roles":["[manager]","[production_associate]"]} → 204
    "#);
    world.assert_settled().await;

    world.clock("2026-12-24T08:00:00Z");
    world.hr(3, "status", "terminated").await;
    assert_eq!(world.preview().await.plan.document().users.lacks, [].into(), "a month is over");
    world.clock("2026-11-24T08:00:00Z");
    assert_eq!(world.preview().await.plan.document().users.lacks.len(), 2);
    world.engine.doctor(Fix::Yes).await;
    assert_eq!(
        world.preview().await.plan.document().users.lacks,
        [].into(),
        "the doctor was told to forget it"
    );
    world.carry_on().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|3 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|3/sessions → 202
    DELETE /users/auth0|3/refresh-tokens → 202
    DELETE /users/auth0|3/roles {"roles":["[manager]"]} → 204
    "#);
    world.assert_settled().await;
}

/// A password that is reset over the API lifts any administrator's block, ours too (FACTS §4).
#[tokio::test]
async fn a_block_that_somebody_lifted_is_set_again_and_a_role_that_somebody_gave_is_taken_again() {
    let company = ana_leaves().application("helpdesk", "helpdesk-secret", &["update:users"]);
    let world = World::with(company).await;
    world.carry_on().await;
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    reset_password(&world, "auth0|1").await;
    assert_eq!(world.user("auth0|1").blocked, Some(false), "the tenant lifts the block");
    world.in_auth0(|it| {
        let manager = it.roles.iter_mut().find(|it| it.name == "manager").unwrap();
        manager.members.push("auth0|1".to_owned());
    });
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      1 person: 1 Ana Silva
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody

    block · 1 person
      status is terminated · sessions end, which cannot be undone
      - 1 Ana Silva  auth0|1

    revoke · 1 person
      status is terminated
      - 1 Ana Silva  auth0|1  manager
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|1 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|1/sessions → 202
    DELETE /users/auth0|1/refresh-tokens → 202
    DELETE /users/auth0|1/roles {"roles":["[manager]"]} → 204
    "#);
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    assert!(!world.members("manager").contains(&"auth0|1".to_owned()));
    world.assert_settled().await;
    world.hr(1, "status", "active").await;
    world.carry_on().await;
    assert_eq!(world.user("auth0|1").blocked, Some(false), "the block is still known as ours");
    world.assert_settled().await;
}

/// What somebody at the help desk does, with an application of their own.
async fn reset_password(world: &World, user: &str) {
    let (http, url) = (reqwest::Client::builder().no_proxy().build().unwrap(), world.simulator.url());
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": "helpdesk",
        "client_secret": "helpdesk-secret",
        "audience": format!("{url}/api/v2/"),
    });
    let token: serde_json::Value =
        http.post(format!("{url}/oauth/token")).json(&body).send().await.unwrap().json().await.unwrap();
    let user = format!("{url}/api/v2/users/{}", user.replace('|', "%7C"));
    let new =
        json!({ "password": "a new one, Kept by nobody 42", "connection": simulator::DEFAULT_CONNECTION });
    let token = token["access_token"].as_str().unwrap();
    let answer = http.patch(user).bearer_auth(token).json(&new).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn a_leaver_keeps_no_access_because_of_a_broken_row() {
    let company = ana_leaves().cell(1, "email", "-").cell(1, "full_name", "").cell(1, "role_code", "boss");
    let world = World::with(company).await;
    world.carry_on().await;
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    world.assert_settled().await;
}

#[tokio::test]
async fn a_rehire_gets_the_same_account_back() {
    let world = World::with(ana_leaves()).await;
    world.carry_on().await;
    world.hr(1, "status", "active").await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 unblock, 1 grant
    held              nobody

    unblock · 1 person
      employed again, and the block is ours
      + 1 Ana Silva  auth0|1

    grant · 1 person
      + 1 Ana Silva  auth0|1  production_associate (role_code = associate)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    GET /users/auth0|1 → 200
    PATCH /users/auth0|1 {"app_metadata":{"rollcall_blocked":null},"blocked":false} → 200
    POST /users/auth0|1/roles {"roles":["[production_associate]"]} → 204
    "#);
    assert_eq!(world.user("auth0|1").blocked, Some(false));
    assert_eq!(world.linked(1).await.unwrap().as_str(), "auth0|1");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_rehire_under_a_new_id_is_a_relink_that_a_person_must_review() {
    let company = ana_leaves().row(3, "Ana Silva", "IT", "manager");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 1 revocation, 1 relink, 1 update
    held              nobody

    revoke · 1 person
      found by address
      - 3 Ana Silva  auth0|1  production_associate (role_code = manager gives manager)

    relink · 1 person
      not linked yet · found by address
      = 3 Ana Silva  auth0|1  was the account of employee 1

    update · 1 person
      found by address
      ~ 3 Ana Silva  auth0|1
          user_metadata.department: Packing → IT (from department)
          user_metadata.employee_id: 1 → 3 (from id)
          app_metadata.employee_id: 1 → 3 (from id)
          app_metadata.role_code: associate → manager (from role_code)
    ");
    let synced = world.sync().await;
    assert_eq!(synced.outcome, engine::SyncOutcome::Proposed(plan.id));
    assert_snapshot!(world.writes(), @"");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    DELETE /users/auth0|1/roles {"roles":["[production_associate]"]} → 204
    PATCH /users/auth0|1 {"app_metadata":{"employee_id":3,"role_code":"manager"},"user_metadata":{"department":"IT","employee_id":3}} → 200
    "#);
    assert_eq!((world.linked(1).await, world.linked(3).await.unwrap().as_str()), (None, "auth0|1"));
    world.assert_settled().await;
}

#[tokio::test]
async fn who_was_blocked_by_somebody_else_stays_blocked_and_is_told() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .edit("auth0|1", |it| it.blocked = Some(true));
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: blocked by somebody else · 1 person
      1 Ana Silva: auth0|1 was blocked by somebody else and stays blocked
          ⤷ in Auth0: ask who blocked auth0|1, and unblock it there if that is over

    nothing to do
    ");
    world.sync().await;
    assert_eq!(world.writes(), "");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_leavers_second_account_is_told_loudly_and_left_alone() {
    let second = json!({ "email": "ana@private.example", "name": "Ana Silva", "app_metadata": { "employee_id": "1" } });
    let world = World::with(ana_leaves().user("auth0|7", second)).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      1 person: 1 Ana Silva
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody
    OPEN ACCESS       1 person: 1 Ana Silva

    block · 1 person
      status is terminated · sessions end, which cannot be undone
      - 1 Ana Silva  auth0|1

    revoke · 1 person
      status is terminated
      - 1 Ana Silva  auth0|1  manager, production_associate

    OPEN ACCESS: leaver's second account · 1 person
      1 Ana Silva: left, and a second account can still log in: auth0|7
          ⤷ rollcall employee ignore 'auth0|7' --reason WHY, once looked at in Auth0
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.user("auth0|7").blocked, None);
    world.assert_settled().await;
}

#[tokio::test]
async fn who_vanished_from_the_table_has_not_left() {
    let world = World::with(Company::new().staff(3)).await;
    world.hr_deletes(102).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: row gone · 1 person
      102 Staff 102: the row is gone from the employee table; auth0|102 stays as it is
          ⤷ rollcall employee unlink 102, if the account is nobody's any more;
            else bring the row back as terminated

    nothing to do
    ");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_break_glass_account_is_never_touched() {
    let company = ana_leaves().policy(|it| it.break_glass = [diff::UserId::new("auth0|1")].into());
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody
    OPEN ACCESS       1 person: 1 Ana Silva

    OPEN ACCESS: leaver's break-glass account · 1 person
      1 Ana Silva: left, and can still log in as auth0|1, a break-glass account, which is never touched
          ⤷ in rollcall.toml: take auth0|1 out of [policy] break_glass, if it is this person's own; else
            rollcall employee unlink 1

    nothing to do
    ");
    world.sync().await;
    assert_eq!(world.writes(), "");
    assert_eq!(world.user("auth0|1").blocked, None);
}
