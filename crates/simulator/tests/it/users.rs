//! Creating, reading, changing and deleting users.

use serde_json::json;

use crate::client::{Tenant, encoded, new_user};

#[tokio::test]
async fn a_new_user_gets_what_auth0_fills_in() {
    let tenant = Tenant::fresh().await;
    let mut user = new_user("Ada@Example.com");
    user["given_name"] = json!("Ada");
    let created = tenant.post("/api/v2/users", user).await;
    assert_eq!(created.status, 201);
    let user = &created.body;
    assert_eq!(user["email"], "ada@example.com");
    assert_eq!(user["name"], "ada@example.com");
    assert_eq!(user["nickname"], "ada");
    assert_eq!(user["email_verified"], false);
    for absent in ["password", "blocked", "user_metadata", "app_metadata", "last_login", "family_name"] {
        assert!(user.get(absent).is_none(), "{absent}");
    }
    let id = encoded(user["user_id"].as_str().unwrap());
    assert!(id.starts_with("auth0%7C"));
    assert_eq!(tenant.get(&format!("/api/v2/users/{id}")).await.body, *user);
}

#[tokio::test]
async fn the_same_address_cannot_be_taken_twice() {
    let tenant = Tenant::fresh().await;
    tenant.create("ada@example.com").await;
    let bo = tenant.create("bo@example.com").await;
    let again = tenant.post("/api/v2/users", new_user("ADA@example.com")).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        again.body,
        json!({"statusCode": 409, "error": "Conflict", "message": "The user already exists.", "errorCode": "auth0_idp_error"})
    );
    let patched = tenant.patch(&format!("/api/v2/users/{bo}"), json!({"email": "ada@example.com"})).await;
    assert_eq!(patched.status, 400);
    assert_eq!(patched.body["message"], "The specified new email already exists");
}

#[tokio::test]
async fn metadata_is_merged_on_the_first_level() {
    let tenant = Tenant::fresh().await;
    let id = tenant.create("ada@example.com").await;
    let path = format!("/api/v2/users/{id}");
    tenant
        .patch(&path, json!({"user_metadata": {"a": {"x": 1, "y": 2}, "b": 1}, "app_metadata": {"k": 1}}))
        .await;
    let patched = tenant.patch(&path, json!({"user_metadata": {"a": {"x": 3}, "b": null}})).await;
    assert_eq!(patched.body["user_metadata"], json!({"a": {"x": 3}}));
    assert_eq!(patched.body["app_metadata"], json!({"k": 1}));
    let wiped = tenant.patch(&path, json!({"user_metadata": {}, "app_metadata": {}})).await;
    assert_eq!(wiped.body["user_metadata"], json!({}));
    assert!(wiped.body.get("app_metadata").is_none());
}

#[tokio::test]
async fn what_may_not_travel_together_is_refused() {
    let tenant = Tenant::fresh().await;
    let path = format!("/api/v2/users/{}", tenant.create("ada@example.com").await);
    let cases = [
        (
            json!({"password": "An0ther!Pass", "email": "b@example.com"}),
            "Cannot update password and email simultaneously.",
        ),
        (
            json!({"password": "An0ther!Pass", "email_verified": true}),
            "Cannot update password and email_verified simultaneously.",
        ),
        (
            json!({"username": "ada", "password": "An0ther!Pass"}),
            "Cannot update username and password simultaneously.",
        ),
        (json!({"password": "weak"}), "PasswordStrengthError: Password is too weak"),
    ];
    for (body, message) in cases {
        let refused = tenant.patch(&path, body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["message"]), (400, &json!(message)));
    }
    let both = tenant.patch(&path, json!({"email": "b@example.com", "email_verified": true})).await;
    assert_eq!((both.status.as_u16(), &both.body["email_verified"]), (200, &json!(true)));
}

#[tokio::test]
async fn a_new_address_unverifies_and_ends_sessions() {
    let tenant = Tenant::of(json!({
        "users": [{"user_id": "auth0|1", "email": "ada@example.com", "email_verified": true}],
        "sessions": [{"user_id": "auth0|1"}], "refresh_tokens": [{"user_id": "auth0|1"}],
    }))
    .await;
    let path = "/api/v2/users/auth0%7C1";
    let sessions =
        async || tenant.get(&format!("{path}/sessions")).await.body["sessions"].as_array().unwrap().len();
    tenant.patch(path, json!({"name": "Ada", "email": "ada@example.com"})).await;
    assert_eq!(sessions().await, 1, "nothing that matters has changed");
    let changed = tenant.patch(path, json!({"email": "Ada.L@example.com"})).await.body;
    assert_eq!((&changed["email"], &changed["email_verified"]), (&json!("ada.l@example.com"), &json!(false)));
    assert_eq!(sessions().await, 0);
    let tokens = tenant.get(&format!("{path}/refresh-tokens")).await.body;
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 1, "refresh tokens outlive sessions");
    assert_eq!(tenant.delete(&format!("{path}/refresh-tokens")).await.status, 202);
    assert!(tenant.simulator.state().refresh_tokens.is_empty());
}

#[tokio::test]
async fn a_new_password_lifts_a_block() {
    let tenant =
        Tenant::of(json!({"users": [{"user_id": "auth0|1", "email": "a@example.com", "blocked": true}]}))
            .await;
    let path = "/api/v2/users/auth0%7C1";
    let changed = tenant.patch(path, json!({"password": "An0ther!Pass"})).await.body;
    assert_eq!(changed["blocked"], false);
    assert!(changed["last_password_reset"].is_string());
    let kept = tenant.patch(path, json!({"password": "An0ther!Pass", "blocked": true})).await.body;
    assert_eq!(kept["blocked"], true);
}

#[tokio::test]
async fn a_federated_user_keeps_what_the_provider_says() {
    let tenant = Tenant::of(json!({
        "users": [{"user_id": "google-oauth2|7", "email": "Bo@example.com", "name": "Bo"}],
        "connections": [{"name": "google-oauth2", "strategy": "google-oauth2"}],
    }))
    .await;
    let path = "/api/v2/users/google-oauth2%7C7";
    let refused = tenant.patch(path, json!({"email": "bo@example.com"})).await;
    assert_eq!(refused.body["message"], "Cannot update email for non-database user.");
    let refused = tenant.patch(path, json!({"name": "Bo", "nickname": "b"})).await;
    let message = refused.body["message"].as_str().unwrap();
    assert!(message.starts_with(
        "The following user attributes cannot be updated: name, nickname. The connection (google-oauth2) must either"
    ));
    assert_eq!(tenant.patch(path, json!({"blocked": true, "app_metadata": {"a": 1}})).await.status, 200);
}

#[tokio::test]
async fn creation_is_checked_as_auth0_checks_it() {
    let tenant = Tenant::of(json!({
        "connections": [
            {"name": "Username-Password-Authentication"}, {"name": "off", "enabled_clients": []},
            {"name": "google", "strategy": "google-oauth2"}
        ],
    }))
    .await;
    let with = |key: &str, value: serde_json::Value| {
        let mut user = new_user("ada@example.com");
        user[key] = value;
        user
    };
    let cases = [
        (json!({}), "Payload validation error: 'Missing required property: connection'."),
        (with("connection", json!("nowhere")), "The connection does not exist."),
        (with("connection", json!("off")), "Connection is disabled."),
        (
            with("connection", json!("google")),
            "Connection does not support user creation through the API. It must either be a database or passwordless \
             connection.",
        ),
        (with("username", json!("ada")), "Cannot set username for connection without requires_username."),
        (with("password", json!("weak")), "PasswordStrengthError: Password is too weak"),
        (
            with("name", json!("")),
            "Payload validation error: 'String is too short (0 chars), minimum 1' on property name (The user's full \
             name).",
        ),
        (
            with("role", json!("x")),
            "Payload validation error: 'Additional properties not allowed: role (consider storing them in app_metadata \
             or user_metadata. See \"Users Metadata\" in https://auth0.com/docs/api/v2/changes for more details)'.",
        ),
    ];
    for (body, message) in cases {
        let refused = tenant.post("/api/v2/users", body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["message"]), (400, &json!(message)));
    }
    assert!(tenant.simulator.state().users.is_empty());
}

#[tokio::test]
async fn deleting_twice_is_deleting_once() {
    let tenant = Tenant::fresh().await;
    let path = format!("/api/v2/users/{}", tenant.create("ada@example.com").await);
    assert_eq!(tenant.delete(&path).await.status, 204);
    assert_eq!(tenant.delete(&path).await.status, 204);
    let gone = tenant.get(&path).await;
    assert_eq!(
        gone.body,
        json!({"statusCode": 404, "error": "Not Found", "message": "The user does not exist.", "errorCode": "inexistent_user"})
    );
    // The address is free again.
    tenant.create("ada@example.com").await;
}
