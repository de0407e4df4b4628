//! Answers that no tenant gives: from proxies, or from a listing that changes while it is read.

use auth0::{CallError, Error, Role};
use serde_json::{Value, json};

use crate::liar::{Liar, Lie};
use crate::world::{create, id, role, update};

fn ok(body: &Value) -> Lie {
    (200, "", body.to_string())
}

fn page_of(users: &[&str], total: usize) -> Lie {
    let users: Vec<Value> = users.iter().map(|it| json!({ "user_id": it, "identities": [] })).collect();
    ok(&json!({ "start": 0, "limit": 100, "length": users.len(), "users": users, "total": total }))
}

#[tokio::test]
async fn fewer_users_than_declared_are_an_error_after_three_readings() {
    let liar = Liar::new(|_| page_of(&["auth0|1", "auth0|2"], 3)).await;
    let error = liar.client.users().await.unwrap_err();
    assert!(matches!(error, Error::ListingUnstable { declared: 3, read: 2, .. }));
    assert_eq!(liar.asked(), 3);
}

#[tokio::test]
async fn a_user_who_is_listed_twice_is_not_two() {
    let liar = Liar::new(|_| page_of(&["auth0|1", "auth0|1"], 2)).await;
    let error = liar.client.users().await.unwrap_err();
    assert!(matches!(error, Error::ListingUnstable { declared: 2, read: 1, .. }));
}

#[tokio::test]
async fn a_total_that_changes_between_pages_is_an_error() {
    let liar = Liar::new(|it| {
        let names: Vec<String> = (0..100).map(|number| format!("auth0|{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if it.ends_with("page=0") { page_of(&names, 101) } else { page_of(&["auth0|new"], 102) }
    })
    .await;
    let error = liar.client.users().await.unwrap_err();
    assert!(matches!(error, Error::ListingUnstable { declared: 102, read: 101, .. }));
}

#[tokio::test]
async fn a_proxys_not_found_does_not_mean_that_a_user_is_gone() {
    let liar = Liar::new(|_| (404, "", "<html>Not Found</html>".into())).await;
    let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }));
    let error =
        liar.client.carry_out(&update("auth0|1", "name", json!("X")), "x", &|| true).await.unwrap_err();
    assert!(matches!(error, CallError::Refused { .. }));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let liar = Liar::new(|_| (302, "location: /elsewhere\r\n", String::new())).await;
    let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
    assert!(matches!(error, Error::Redirected { .. }));
    assert_eq!(liar.asked(), 1, "the token stays here");
}

#[tokio::test]
async fn pages_without_an_end_come_to_one() {
    let liar = Liar::new(|_| ok(&json!({ "users": [{ "user_id": "auth0|1" }], "next": "again" }))).await;
    let boss = Role { id: "rol_1".into(), name: role("boss") };
    let error = liar.client.role_members(&boss).await.unwrap_err();
    assert!(matches!(error, Error::Endless { .. }));
    assert_eq!(liar.asked(), 2);
}

#[tokio::test]
async fn a_token_that_stays_refused_is_renewed_once() {
    let liar = Liar::new(|_| {
        let body = json!({ "statusCode": 401, "error": "Unauthorized", "message": "Invalid token" });
        (401, "", body.to_string())
    })
    .await;
    let error = liar.client.carry_out(&create("ada@example.com"), "x", &|| true).await.unwrap_err();
    assert!(matches!(error, CallError::Tenant(Error::Unauthorised { .. })));
    assert_eq!(liar.asked(), 2);
}

#[tokio::test]
async fn several_custom_domains_are_about_the_tenant_and_not_about_the_user() {
    let liar = Liar::new(|_| {
        let body = json!({
            "statusCode": 409,
            "error": "Conflict",
            "message": "The tenant has multiple verified custom domains.",
            "errorCode": "custom_domain_conflict",
        });
        (409, "", body.to_string())
    })
    .await;
    let error = liar.client.carry_out(&create("ada@example.com"), "x", &|| true).await.unwrap_err();
    assert!(matches!(error, CallError::Tenant(Error::Refused { .. })));
}

#[tokio::test]
async fn the_request_id_is_kept_for_the_audit() {
    let liar = Liar::new(|_| {
        (200, "ot-baggage-auth0-request-id: 1d2c3b\r\n", json!({ "user_id": "auth0|1" }).to_string())
    })
    .await;
    let answer = liar.client.carry_out(&update("auth0|1", "name", json!("X")), "x", &|| true).await.unwrap();
    assert_eq!(answer.auth0_request_id.as_deref(), Some("1d2c3b"));
}

#[tokio::test]
async fn everything_can_be_asked_from_a_task() {
    let liar = Liar::new(|_| page_of(&[], 0)).await;
    let client = liar.client.clone();
    let asked = tokio::spawn(async move {
        let users = client.users().await.map(|it| it.users.len());
        let members = client.members_of(&[]).await.map(|it| it.len());
        (users, members)
    });
    let (users, members) = asked.await.unwrap();
    assert_eq!((users.unwrap(), members.unwrap()), (0, 0));
}
