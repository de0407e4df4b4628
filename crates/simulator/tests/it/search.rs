//! `GET /users`: the lag, the ceiling, paging and queries.

use serde_json::{Value, json};
use simulator::Options;

use crate::client::{Tenant, encoded, new_user};

fn ids(page: &Value) -> Vec<&str> {
    page.as_array().unwrap().iter().map(|it| it["user_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn searches_trail_and_reading_by_id_or_email_does_not() {
    let tenant = Tenant::with(Options { search_lag_ms: 300, ..Options::default() }).await;
    let id = tenant.create("ada@example.com").await;
    assert_eq!(tenant.get("/api/v2/users").await.body, json!([]));
    assert_eq!(tenant.get(&format!("/api/v2/users/{id}")).await.status, 200);
    assert_eq!(
        tenant.get("/api/v2/users-by-email?email=ada%40example.com").await.body.as_array().unwrap().len(),
        1
    );
    tenant.until_searchable("email:\"ada@example.com\"", 1).await;
    tenant.delete(&format!("/api/v2/users/{id}")).await;
    assert_eq!(
        tenant.get("/api/v2/users").await.body.as_array().unwrap().len(),
        1,
        "still found for a while"
    );
    tenant.until_searchable("email:\"ada@example.com\"", 0).await;
}

#[tokio::test]
async fn the_first_thousand_records_are_the_last() {
    let tenant = Tenant::with(Options { users: 1_001, ..Options::default() }).await;
    let last = tenant.get("/api/v2/users?page=9&per_page=100&include_totals=true").await;
    assert_eq!(last.status, 200);
    let counts = ["start", "limit", "length", "total"].map(|it| last.body[it].as_u64().unwrap());
    assert_eq!(counts, [900, 100, 100, 1001]);
    let beyond = tenant.get("/api/v2/users?page=10&per_page=100").await;
    assert_eq!(
        beyond.body,
        json!({
            "statusCode": 400, "error": "Bad Request", "errorCode": "invalid_paging",
            "message": "You can only page through the first 1000 records. See \
                        https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation",
        })
    );
    // Arithmetic, not data: a window without a single match is refused as well.
    assert_eq!(tenant.get("/api/v2/users?page=20&per_page=50&q=email:nobody").await.status, 400);
}

#[tokio::test]
async fn pages_do_not_overlap_and_past_the_end_is_empty() {
    let tenant = Tenant::with(Options { users: 120, ..Options::default() }).await;
    let (a, b) = (
        tenant.get("/api/v2/users?per_page=60").await.body,
        tenant.get("/api/v2/users?per_page=60&page=1").await.body,
    );
    let mut all = [ids(&a), ids(&b)].concat();
    all.dedup();
    assert_eq!(all.len(), 120);
    assert!(all.is_sorted(), "in the order of creation");
    assert_eq!(tenant.get("/api/v2/users?page=3").await.body, json!([]));
    let refused = tenant.get("/api/v2/users?per_page=101").await;
    assert_eq!(refused.body["errorCode"], "invalid_query_string");
}

#[tokio::test]
async fn queries_fields_and_order() {
    let tenant = Tenant::of(json!({
        "users": [
            {"user_id": "auth0|1", "email": "ada@example.com", "name": "Ada", "created_at": "2024-01-01T00:00:00.000Z"},
            {"user_id": "auth0|2", "email": "bo+x@example.com", "name": "Bo", "created_at": "2024-01-02T00:00:00.000Z"},
            {"user_id": "google-oauth2|3", "email": "Cy@example.com", "created_at": "2024-01-03T00:00:00.000Z"}
        ],
        "connections": [
            {"name": "Username-Password-Authentication"}, {"name": "google-oauth2", "strategy": "google-oauth2"}
        ],
    }))
    .await;
    let find = async |query: &str| tenant.get(&format!("/api/v2/users?{query}")).await.body;
    let q = |it: &str| format!("q={}", encoded(it));
    assert_eq!(ids(&find(&q("email:\"bo+x@example.com\"")).await), ["auth0|2"]);
    // A plus that is not encoded is a space.
    assert_eq!(find("q=email:\"bo+x@example.com\"").await, json!([]));
    let of_google = find(&q("identities.connection:\"google-oauth2\"")).await;
    assert_eq!(ids(&of_google), ["google-oauth2|3"]);
    let window = find(&q("created_at:[2024-01-01T00:00:00.000Z TO 2024-01-02T00:00:00.000Z}")).await;
    assert_eq!(ids(&window), ["auth0|1"]);
    assert_eq!(ids(&find("sort=created_at:-1").await), ["google-oauth2|3", "auth0|2", "auth0|1"]);
    assert_eq!(
        find(&format!("fields=email&{}", q("user_id:\"auth0|1\""))).await,
        json!([{"email": "ada@example.com"}])
    );
    let broken = tenant.get(&format!("/api/v2/users?{}", q("email:\"open"))).await;
    assert_eq!((broken.status.as_u16(), &broken.body["errorCode"]), (400, &json!("invalid_query_string")));
}

#[tokio::test]
async fn by_email_is_exact() {
    let tenant =
        Tenant::of(json!({"users": [{"user_id": "google-oauth2|3", "email": "Cy@example.com"}]})).await;
    let count = async |email: &str| {
        let found = tenant.get(&format!("/api/v2/users-by-email?email={}", encoded(email))).await;
        found.body.as_array().unwrap().len()
    };
    assert_eq!((count("Cy@example.com").await, count("cy@example.com").await), (1, 0));
    tenant.post("/api/v2/users", new_user("Dee@Example.com")).await;
    assert_eq!((count("Dee@Example.com").await, count("dee@example.com").await), (0, 1));
    assert_eq!(tenant.get("/api/v2/users-by-email").await.status, 400);
}
