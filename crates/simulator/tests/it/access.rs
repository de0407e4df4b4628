//! Tokens, scopes and rate limits.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use simulator::{Options, RatePlan, RetryAfter, Switches};

use crate::client::{Read, Tenant, http, new_user, read};

async fn ask(tenant: &Tenant, body: Value) -> Read {
    let url = format!("{}/oauth/token", tenant.simulator.url());
    read(tenant.http.post(url).json(&body).send().await.unwrap()).await
}

fn request(tenant: &Tenant) -> Value {
    json!({
        "grant_type": "client_credentials",
        "client_id": tenant.simulator.client_id(),
        "client_secret": tenant.simulator.client_secret(),
        "audience": format!("{}/api/v2/", tenant.simulator.url()),
    })
}

#[tokio::test]
async fn a_token_is_given_for_the_right_secret_and_audience() {
    let tenant = Tenant::fresh().await;
    let given = ask(&tenant, request(&tenant)).await;
    assert_eq!(given.status, 200);
    assert_eq!((&given.body["token_type"], &given.body["expires_in"]), (&json!("Bearer"), &json!(86400)));
    assert!(given.body["scope"].as_str().unwrap().contains("create:role_members"));
    // The secret may stand in a Basic header instead.
    let url = format!("{}/oauth/token", tenant.simulator.url());
    let audience = format!("{}/api/v2/", tenant.simulator.url());
    let form = [("grant_type", "client_credentials"), ("audience", &audience)];
    let basic = tenant.http.post(url).basic_auth("simulator-client", Some("simulator-secret")).form(&form);
    assert_eq!(basic.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn token_errors_are_oauth_shaped() {
    let tenant = Tenant::of(json!({"applications": [{"client_id": "bare", "client_secret": "s"}]})).await;
    let audience = "https://elsewhere/api/v2/";
    let cases = [
        (json!({"client_secret": "wrong"}), 401, "access_denied", "Unauthorized".to_owned()),
        (json!({"client_id": "nobody"}), 401, "access_denied", "Unauthorized".to_owned()),
        (
            json!({"audience": audience}),
            403,
            "access_denied",
            format!("Service not enabled within domain: {audience}"),
        ),
        (
            json!({"client_id": simulator::PUBLIC_APPLICATION}),
            403,
            "unauthorized_client",
            "Grant type 'client_credentials' not allowed for the client.".to_owned(),
        ),
        (
            json!({"client_id": "bare", "client_secret": "s"}),
            403,
            "access_denied",
            format!(
                "Client is not authorized to access \"{}/api/v2/\". You need to create a \"client-grant\" associated \
                 to this API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants",
                tenant.simulator.url()
            ),
        ),
    ];
    for (change, status, error, description) in cases {
        let mut body = request(&tenant);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = ask(&tenant, body).await;
        assert_eq!(refused.status, status, "{change}");
        assert_eq!(refused.body["error"], error, "{change}");
        assert_eq!(refused.body["error_description"], description, "{change}");
    }
}

#[tokio::test]
async fn a_call_needs_a_live_token() {
    let mut tenant = Tenant::fresh().await;
    let bare =
        read(tenant.http.get(format!("{}/api/v2/users", tenant.simulator.url())).send().await.unwrap()).await;
    assert_eq!(bare.status, 401);
    assert_eq!(
        bare.body,
        json!({"statusCode": 401, "error": "Unauthorized", "message": "Missing authentication"})
    );
    assert_eq!(bare.headers["www-authenticate"], "Bearer");
    tenant.simulator.expire_tokens();
    let expired = tenant.get("/api/v2/users").await;
    assert_eq!(expired.status, 401);
    assert_eq!(expired.body["message"], "Expired token received for JSON Web Token validation");
    tenant.token = "a.b.c".to_owned();
    let invalid = tenant.get("/api/v2/users").await;
    assert_eq!(invalid.body["attributes"], json!({"error": "Invalid token"}));
}

#[tokio::test]
async fn tokens_end_when_the_control_says_so() {
    let tenant = Tenant::fresh().await;
    let url = format!("{}/_simulator/tokens", tenant.simulator.url());
    let done = tenant.http.put(url).json(&json!({"revoke": true})).send().await.unwrap();
    assert_eq!(done.status(), 204);
    assert_eq!(tenant.get("/api/v2/users").await.body["message"], "Invalid token");
}

#[tokio::test]
async fn scopes_are_checked_for_each_operation() {
    let state = json!({
        "users": [{"user_id": "auth0|1", "email": "ada@example.com"}],
        "applications": [
            {"client_id": "reader", "client_secret": "s", "scopes": ["read:users"]},
            {"client_id": "marker", "client_secret": "s", "scopes": ["update:users_app_metadata"]}
        ],
    });
    let mut tenant = Tenant::of(state).await;
    tenant.become_client("reader", "s").await;
    assert_eq!(tenant.get("/api/v2/users").await.status, 200);
    let refused = tenant.post("/api/v2/users", new_user("bo@example.com")).await;
    assert_eq!(
        refused.body,
        json!({
            "statusCode": 403, "error": "Forbidden", "errorCode": "insufficient_scope",
            "message": "Insufficient scope, expected any of: create:users",
        })
    );
    tenant.become_client("marker", "s").await;
    let path = "/api/v2/users/auth0%7C1";
    assert_eq!(tenant.patch(path, json!({"app_metadata": {"a": 1}})).await.status, 200);
    assert_eq!(tenant.patch(path, json!({"app_metadata": {"a": 1}, "name": "Ada"})).await.status, 403);
}

#[tokio::test]
async fn a_drained_bucket_refuses_as_recorded() {
    let switches = Switches { retry_after: RetryAfter::Seconds, ..Switches::default() };
    let tenant = Tenant::with(Options { plan: RatePlan::Professional, switches, ..Options::default() }).await;
    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(tenant.get("/api/v2/roles").await);
    }
    let (first, last) = (&answers[0], answers.last().unwrap());
    assert_eq!((first.status, &first.headers["x-ratelimit-limit"]), (StatusCode::OK, &"10".parse().unwrap()));
    assert_eq!(first.headers["x-ratelimit-remaining"], "9");
    assert_eq!(last.status, 429);
    assert_eq!(
        last.body,
        json!({
            "statusCode": 429, "error": "Too Many Requests", "message": "Global limit has been reached",
            "errorCode": "too_many_requests",
        })
    );
    assert_eq!(last.headers["x-ratelimit-remaining"], "0");
    assert_eq!(last.headers["retry-after"], "1");
    // Another group is not concerned, and what the control asks for is never limited.
    assert_eq!(tenant.get("/api/v2/users").await.status, 200);
    assert_eq!(tenant.simulator.stats().too_many_requests, 1);
    assert_eq!(tenant.simulator.stats().requests["GET /api/v2/roles"].count, 11);
}

#[tokio::test]
async fn a_bucket_fills_again() {
    let tenant = Tenant::with(Options { plan: RatePlan::PrivateCloudDev, ..Options::default() }).await;
    let drain = async {
        while tenant.get("/api/v2/roles").await.status == 200 {}
        while tenant.get("/api/v2/roles").await.status == 429 {}
    };
    tokio::time::timeout(Duration::from_secs(20), drain).await.expect("20 a second come back");
}

#[tokio::test]
async fn sessions_are_for_enterprise_plans() {
    let state = serde_json::from_value(json!({"users": [{"user_id": "auth0|1"}]})).unwrap();
    let options = Options { plan: RatePlan::Professional, state: Some(state), ..Options::default() };
    let tenant = Tenant::with(options).await;
    let refused = tenant.delete("/api/v2/users/auth0%7C1/sessions").await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["errorCode"], "insufficient_entitlement");
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let tenant = Tenant::fresh().await;
    let answer = tenant.get("/api/v2/nothing").await;
    assert_eq!(answer.body, json!({"statusCode": 404, "error": "Not Found", "message": "Not Found"}));
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    assert!(answer.headers.contains_key("ot-baggage-auth0-request-id"));
    assert_eq!(http().get(tenant.simulator.url()).send().await.unwrap().status(), 404);
}
