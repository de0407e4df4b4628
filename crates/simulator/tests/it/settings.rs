//! What a tenant is set up with, as a setup check reads it.

use serde_json::{Value, json};
use simulator::{Options, Switches};

use crate::client::{Tenant, new_user};

#[tokio::test]
async fn options_of_a_connection_are_shown_to_whoever_may_read_them() {
    let mut tenant = Tenant::of(json!({
        "applications": [{"client_id": "reader", "client_secret": "s", "scopes": ["read:connections"]}],
    }))
    .await;
    for path in ["/api/v2/connections", "/api/v2/connections/con_UsernamePassw0rd"] {
        tenant.become_client("simulator-client", "simulator-secret").await;
        let whole = tenant.get(path).await.body;
        tenant.become_client("reader", "s").await;
        let part = tenant.get(path).await.body;
        let (whole, part) = if whole.is_array() { (&whole[0], &part[0]) } else { (&whole, &part) };
        assert_eq!(whole["options"]["passwordPolicy"], "good");
        assert_eq!((&part["name"], part.get("options")), (&whole["name"], None));
    }
}

/// What may mail, and so must know which domain the mail's link has.
async fn statuses(tenant: &Tenant) -> Vec<u16> {
    let create = tenant.post("/api/v2/users", new_user("bo@example.com")).await;
    let quiet = tenant.patch("/api/v2/users/auth0%7C1", json!({"name": "Ada"})).await;
    let loud = tenant.patch("/api/v2/users/auth0%7C1", json!({"verify_email": true})).await;
    let user = json!({"user_id": "auth0|1"});
    let job = tenant.post("/api/v2/jobs/verification-email", user.clone()).await;
    let ticket = tenant.post("/api/v2/tickets/password-change", user).await;
    [create, quiet, loud, job, ticket].iter().map(|it| it.status.as_u16()).collect()
}

fn with(domains: &Value) -> Value {
    json!({"users": [{"user_id": "auth0|1", "email": "ada@example.com"}], "custom_domains": domains})
}

#[tokio::test]
async fn several_domains_without_a_default_must_be_chosen_from() {
    let two = json!([{"domain": "a.example.com"}, {"domain": "b.example.com"}]);
    let tenant = Tenant::of(with(&two)).await;
    assert_eq!(statuses(&tenant).await, [409, 200, 409, 409, 409]);
    let refused = tenant.post("/api/v2/users", new_user("cy@example.com")).await.body;
    assert_eq!(refused["errorCode"], "custom_domain_conflict");
    let named = tenant.request(reqwest::Method::POST, "/api/v2/users");
    let named = named.header("auth0-custom-domain", "a.example.com").json(&new_user("cy@example.com"));
    assert_eq!(named.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn one_domain_or_a_default_is_no_choice() {
    for domains in [
        json!([{"domain": "a.example.com"}]),
        json!([{"domain": "a.example.com"}, {"domain": "b.example.com", "is_default": true}]),
        json!([{"domain": "a.example.com"}, {"domain": "b.example.com", "status": "failed"}]),
    ] {
        let tenant = Tenant::of(with(&domains)).await;
        assert_eq!(statuses(&tenant).await, [201, 200, 200, 201, 201], "{domains}");
    }
}

#[tokio::test]
async fn a_tenant_without_a_mail_provider_says_so() {
    let tenant = Tenant::fresh().await;
    let none = tenant.get("/api/v2/emails/provider").await;
    assert_eq!((none.status.as_u16(), &none.body["errorCode"]), (404, &json!("inexistent_email_provider")));
    let tenant = Tenant::of(json!({"email_provider": {"name": "smtp", "enabled": false}})).await;
    let provider = tenant.get("/api/v2/emails/provider").await.body;
    assert_eq!(provider, json!({"name": "smtp", "enabled": false}));
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_seen_in_the_date_of_every_answer() {
    let switches = Switches { clock_ahead_s: 86_400, ..Switches::default() };
    let tenant = Tenant::with(Options { switches, ..Options::default() }).await;
    for path in ["/api/v2/roles", "/api/v2/nowhere"] {
        let headers = tenant.get(path).await.headers;
        let date = chrono::DateTime::parse_from_rfc2822(headers["date"].to_str().unwrap()).unwrap();
        let ahead = date.to_utc() - chrono::Utc::now();
        assert_eq!((ahead.num_minutes() + 1) / 60, 24, "{date}");
    }
}
