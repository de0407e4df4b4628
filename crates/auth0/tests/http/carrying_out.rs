//! Every kind of request, and what Auth0 holds afterwards.

use std::collections::BTreeSet;

use auth0::{AnswerNote, CallError};
use diff::{Access, AccessChange, EmailFlags, Field, FieldChange, Request};
use serde_json::{Value, json};
use simulator::{MailKind, Options, RatePlan};

use crate::world::{World, create, id, role, update, user};

#[tokio::test]
async fn a_create_makes_the_user_without_a_mail() {
    let world = World::new().await;
    let answer = world.carry_out(&create("ada@example.com")).await.unwrap();
    let made = answer.user.unwrap();
    assert_eq!(made.account.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(made.account.get(&Field::AppMetadata("employee_id".into())), json!(42));
    assert!(!made.email_verified);
    assert!(made.created_at.is_some());
    assert_eq!(world.simulator.mails(), []);
    let line = &world.simulator.journal()[1];
    assert_eq!(line.correlation_id.as_deref(), Some("run-1-call-1"));
    assert_eq!(line.body.as_ref().unwrap()["verify_email"], json!(false));
}

#[tokio::test]
async fn a_create_with_verification_sends_one_mail() {
    let world = World::new().await;
    let Request::Create { employee, fields, .. } = create("ada@example.com") else { unreachable!() };
    let email = EmailFlags { verified: false, send_verification: true };
    world.carry_out(&Request::Create { employee, fields, email }).await.unwrap();
    let kinds: Vec<MailKind> = world.simulator.mails().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [MailKind::VerifyEmail]);
}

#[tokio::test]
async fn an_address_that_exists_already_is_told_apart() {
    let world = World::with_users(1).await;
    let error = world.carry_out(&create("user1@example.com")).await.unwrap_err();
    assert!(matches!(error, CallError::Exists { .. }));
    let found = world.client.users_by_email("user1@example.com").await.unwrap();
    assert_eq!(found[0].id, id("auth0|0001"));
}

#[tokio::test]
async fn a_create_that_auth0_refuses_is_about_this_user_and_shows_no_address() {
    let world = World::new().await;
    let error = world.carry_out(&create("not-an-address@")).await.unwrap_err();
    insta::assert_snapshot!(error);
    assert!(matches!(error, CallError::Refused { .. }));
    assert!(!format!("{error:?}").contains("not-an-address"));
}

#[tokio::test]
async fn a_connection_that_is_not_there_is_about_the_tenant() {
    let world = World::of(json!({ "connections": [{ "name": "Other" }] })).await;
    let error = world.carry_out(&create("ada@example.com")).await.unwrap_err();
    assert!(matches!(error, CallError::Tenant(_)), "{error:?}");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_keeps_the_rest() {
    let world = World::of(json!({
        "users": [{
            "user_id": "auth0|1",
            "email": "ada@example.com",
            "given_name": "Ada",
            "user_metadata": { "department": "Engines", "desk": "4b", "theme": "dark" },
        }],
    }))
    .await;
    let change = |field: &str, after: Value| FieldChange {
        field: Field::try_from(field.to_owned()).unwrap(),
        before: Value::Null,
        after,
        rule: String::new(),
    };
    let fields = vec![
        change("name", json!("Ada King")),
        change("given_name", Value::Null),
        change("user_metadata.department", json!("Research")),
        change("user_metadata.desk", Value::Null),
    ];
    let request = Request::Patch { user: id("auth0|1"), fields, email: None, access: None };
    let answer = world.carry_out(&request).await.unwrap();
    let account = answer.user.unwrap().account;
    assert_eq!(account.given_name, None);
    assert_eq!(account.name.as_deref(), Some("Ada King"));
    let kept = world.user("auth0|1");
    assert_eq!(kept["user_metadata"], json!({ "department": "Research", "theme": "dark" }));
}

#[tokio::test]
async fn an_email_change_is_explicit_about_verification() {
    let world = World::with_users(1).await;
    let answer = world.carry_out(&update("auth0|0001", "email", json!("new@example.com"))).await.unwrap();
    assert_eq!(answer.user.unwrap().account.email.as_deref(), Some("new@example.com"));
    assert_eq!(world.simulator.mails(), []);
    insta::assert_snapshot!(world.journal(), @r#"PATCH /users/auth0%7C0001 {"email":"new@example.com","email_verified":false,"verify_email":false} → 200"#);
}

#[tokio::test]
async fn an_email_that_is_taken_is_about_this_user() {
    let world = World::with_users(2).await;
    let error =
        world.carry_out(&update("auth0|0001", "email", json!("user2@example.com"))).await.unwrap_err();
    insta::assert_snapshot!(error, @"PATCH /users/auth0|0001: Auth0 answers 400 The specified new email already exists");
    assert!(matches!(error, CallError::Refused { .. }));
}

#[tokio::test]
async fn a_block_and_its_mark_are_one_request_and_blocking_twice_is_fine() {
    let world = World::with_users(1).await;
    let access =
        |access| Request::Patch { user: id("auth0|0001"), fields: vec![], email: None, access: Some(access) };
    for _ in 0..2 {
        let answer = world.carry_out(&access(AccessChange::Block)).await.unwrap();
        assert_eq!(answer.user.unwrap().account.access, Access::BlockedByUs);
    }
    let answer = world.carry_out(&access(AccessChange::Unblock)).await.unwrap();
    assert_eq!(answer.user.unwrap().account.access, Access::Open);
    insta::assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0%7C0001 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    PATCH /users/auth0%7C0001 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    PATCH /users/auth0%7C0001 {"app_metadata":{"rollcall_blocked":null},"blocked":false} → 200
    "#);
}

#[tokio::test]
async fn a_patch_of_nothing_asks_nothing() {
    let world = World::new().await;
    let request = Request::Patch { user: id("auth0|1"), fields: vec![], email: None, access: None };
    assert!(world.carry_out(&request).await.unwrap().already);
    assert_eq!(world.journal(), "");
}

#[tokio::test]
async fn a_user_who_is_gone_is_told_apart() {
    let world = World::new().await;
    for request in [
        update("auth0|gone", "name", json!("X")),
        Request::GrantToUser { user: id("auth0|gone"), roles: BTreeSet::from([role("admin")]) },
        Request::GrantToUsers { role: role("admin"), users: vec![id("auth0|gone")] },
    ] {
        let error = world.carry_out(&request).await.unwrap_err();
        assert!(matches!(error, CallError::NoSuchUser { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn sessions_end_where_the_plan_has_it() {
    let sessions = json!({ "users": [user(1)], "sessions": [{ "user_id": "auth0|0001" }],
        "refresh_tokens": [{ "user_id": "auth0|0001" }] });
    let options = Options { plan: RatePlan::Enterprise, ..Options::default() };
    let world = World::with(sessions, options).await;
    for request in end_requests() {
        let answer = world.carry_out(&request).await.unwrap();
        assert_eq!(answer.note, None);
    }
    assert_eq!(world.simulator.state().sessions, []);
    assert_eq!(world.simulator.state().refresh_tokens, []);
}

#[tokio::test]
async fn sessions_that_the_plan_does_not_have_are_no_failure() {
    let options = Options { plan: RatePlan::Professional, ..Options::default() };
    let world = World::with(json!({ "users": [user(1)] }), options).await;
    for request in end_requests() {
        let answer = world.carry_out(&request).await.unwrap();
        assert!(matches!(answer.note, Some(AnswerNote::NotAvailable { .. })));
    }
}

fn end_requests() -> [Request<diff::UserId>; 2] {
    [Request::EndSessions { user: id("auth0|0001") }, Request::RevokeRefreshTokens { user: id("auth0|0001") }]
}

#[tokio::test]
async fn roles_are_granted_and_revoked_by_name() {
    let world = World::with_users(3).await;
    let everybody = vec![id("auth0|0001"), id("auth0|0002"), id("auth0|0003")];
    let batch = Request::GrantToUsers { role: role("manager"), users: everybody };
    let single = Request::GrantToUser {
        user: id("auth0|0001"),
        roles: BTreeSet::from([role("admin"), role("team_lead")]),
    };
    let revoke = Request::RevokeRoles {
        user: id("auth0|0001"),
        roles: BTreeSet::from([role("manager"), role("a role that nobody made")]),
    };
    for request in [&batch, &batch, &single, &revoke, &revoke] {
        world.carry_out(request).await.unwrap();
    }
    let roles = world.client.user_roles(&id("auth0|0001")).await.unwrap();
    assert_eq!(*roles, [role("admin"), role("team_lead")]);
    insta::assert_snapshot!(world.journal(), @r#"
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    POST /roles/rol_Manager000000003/users {"users":["auth0|0001","auth0|0002","auth0|0003"]} → 200
    POST /roles/rol_Manager000000003/users {"users":["auth0|0001","auth0|0002","auth0|0003"]} → 200
    POST /users/auth0%7C0001/roles {"roles":["rol_Admin00000000004","rol_TeamLead00000002"]} → 204
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    DELETE /users/auth0%7C0001/roles {"roles":["rol_Manager000000003"]} → 204
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    DELETE /users/auth0%7C0001/roles {"roles":["rol_Manager000000003"]} → 204
    GET /users/auth0%7C0001/roles?include_totals=true&per_page=100 → 200
    "#);
}

#[tokio::test]
async fn a_role_that_the_tenant_does_not_have_cannot_be_granted_and_need_not_be_revoked() {
    let world = World::with_users(1).await;
    let unknown = role("astronaut");
    let grant = Request::GrantToUsers { role: unknown.clone(), users: vec![id("auth0|0001")] };
    let error = world.carry_out(&grant).await.unwrap_err();
    insta::assert_snapshot!(error, @"the tenant has no role astronaut; create it, or run `rollcall doctor --fix`");
    let revoke = Request::RevokeRoles { user: id("auth0|0001"), roles: BTreeSet::from([unknown]) };
    assert!(world.carry_out(&revoke).await.unwrap().already);
}

#[tokio::test]
async fn a_role_that_was_made_anew_is_found_again() {
    let world = World::with_users(1).await;
    world.client.roles().await.unwrap();
    let mut state = world.simulator.state();
    state.roles.retain(|it| it.name != "manager");
    state.roles.push(serde_json::from_value(json!({ "name": "manager" })).unwrap());
    world.simulator.set_state(state);
    let grant = Request::GrantToUsers { role: role("manager"), users: vec![id("auth0|0001")] };
    world.carry_out(&grant).await.unwrap();
    let roles = world.client.user_roles(&id("auth0|0001")).await.unwrap();
    assert_eq!(*roles, [role("manager")]);
}

#[tokio::test]
async fn mails_go_to_whom_they_are_for() {
    let world = World::with_users(1).await;
    let invite = Request::Invite {
        user: id("auth0|0001"),
        email: "user1@example.com".into(),
        client_id: simulator::PUBLIC_APPLICATION.into(),
    };
    world.carry_out(&invite).await.unwrap();
    world.carry_out(&Request::Verify { user: id("auth0|0001") }).await.unwrap();
    let mails: Vec<(MailKind, String)> =
        world.simulator.mails().into_iter().map(|it| (it.kind, it.to)).collect();
    let to = "user1@example.com".to_owned();
    assert_eq!(mails, [(MailKind::ChangePassword, to.clone()), (MailKind::VerifyEmail, to)]);
}

#[tokio::test]
async fn federated_users_refuse_what_belongs_to_their_directory() {
    let world = World::of(json!({
        "users": [{ "user_id": "google-oauth2|7", "email": "bo@example.com", "name": "Bo" }],
    }))
    .await;
    let error = world.carry_out(&update("google-oauth2|7", "name", json!("Bob"))).await.unwrap_err();
    assert!(matches!(error, CallError::Refused { .. }));
    world.carry_out(&update("google-oauth2|7", "app_metadata.employee_id", json!(7))).await.unwrap();
}
