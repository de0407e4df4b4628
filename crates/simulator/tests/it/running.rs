//! The simulator as a process: state file, controls, journal.

use serde_json::{Value, json};
use simulator::{Options, State};

use crate::client::{Tenant, new_user, read};

#[tokio::test]
async fn a_state_file_survives_a_restart_without_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tenant.json");
    let options = || Options {
        client_secret: "hush-hush".to_owned(),
        state_file: Some(path.clone()),
        ..Options::default()
    };
    let tenant = Tenant::with(options()).await;
    let id = tenant.create("ada@example.com").await;
    let roles = tenant.get("/api/v2/roles").await.body;
    let grant = json!({"roles": [roles[3]["id"]]});
    tenant.post(&format!("/api/v2/users/{id}/roles"), grant).await;
    let Tenant { simulator, http, .. } = tenant;
    drop(http);
    simulator.shutdown().await;

    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("ada@example.com"));
    for secret in ["hush-hush", "aG00dEnough!Password"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let tenant = Tenant::with(options()).await;
    assert_eq!(tenant.get("/api/v2/users").await.body.as_array().unwrap().len(), 1, "found at once");
    let held = tenant.get(&format!("/api/v2/users/{id}/roles")).await.body;
    assert_eq!(held[0]["name"], "admin");
    let other = tenant.create("bo@example.com").await;
    assert_ne!(id, other, "ids go on where they ended");
}

#[tokio::test]
async fn a_broken_state_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tenant.json");
    std::fs::write(&path, "[]").unwrap();
    let error = simulator::start(Options { state_file: Some(path), ..Options::default() }).await.unwrap_err();
    assert!(error.to_string().contains("tenant.json is not a state document"), "{error}");
}

#[tokio::test]
async fn the_state_can_be_read_and_replaced() {
    let tenant = Tenant::with(Options { users: 3, ..Options::default() }).await;
    let url = format!("{}/_simulator/state", tenant.simulator.url());
    let state: State = tenant.http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(state.users.len(), 3);
    let put =
        tenant.http.put(&url).json(&json!({"users": [{"email": "ada@example.com"}]})).send().await.unwrap();
    assert_eq!(put.status(), 204);
    assert_eq!(
        tenant.get("/api/v2/users").await.body.as_array().unwrap().len(),
        1,
        "with the same token, at once"
    );
    tenant.simulator.set_state(state.clone());
    assert_eq!(tenant.simulator.state(), state);
    let wrong = tenant.http.put(&url).json(&json!({"user": []})).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
}

#[tokio::test]
async fn the_journal_has_a_line_a_request() {
    let tenant = Tenant::fresh().await;
    tenant.simulator.clear_journal();
    let creation = tenant.request(reqwest::Method::POST, "/api/v2/users").header("x-correlation-id", "run-7");
    creation.json(&new_user("ada@example.com")).send().await.unwrap();
    tenant.get("/api/v2/users?per_page=5").await;
    let url = format!("{}/_simulator/journal", tenant.simulator.url());
    let text = tenant.http.get(&url).send().await.unwrap().text().await.unwrap();
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines.len(), 2, "the controls are not in it");
    assert_eq!((&lines[0]["method"], &lines[0]["status"]), (&json!("POST"), &json!(201)));
    assert_eq!(lines[0]["correlation_id"], "run-7");
    assert_eq!(lines[0]["body"]["email"], "ada@example.com");
    assert_eq!(lines[0]["body"]["password"], "[redacted]");
    assert_eq!(lines[1]["path"], "/api/v2/users?per_page=5");
    tenant.http.delete(&url).send().await.unwrap();
    assert!(tenant.simulator.journal().is_empty());
}

#[tokio::test]
async fn the_log_has_writes_with_their_correlation() {
    let tenant = Tenant::fresh().await;
    let creation = tenant.request(reqwest::Method::POST, "/api/v2/users").header("x-correlation-id", "run-7");
    creation.json(&new_user("ada@example.com")).send().await.unwrap();
    let events = tenant.get("/api/v2/logs").await.body;
    assert_eq!((&events[0]["type"], &events[0]["description"]), (&json!("sapi"), &json!("Create a User")));
    assert_eq!(events[0]["references"]["correlation_id"], "run-7");
}

#[tokio::test]
async fn switches_and_faults_can_be_set_over_http() {
    let tenant = Tenant::fresh().await;
    let control = |name: &str| format!("{}/_simulator/{name}", tenant.simulator.url());
    let switches = json!({"absent_user_delete": "not_found", "per_page_max": 50});
    assert_eq!(tenant.http.put(control("switches")).json(&switches).send().await.unwrap().status(), 204);
    assert_eq!(tenant.delete("/api/v2/users/auth0%7Cnobody").await.status, 404);
    assert_eq!(tenant.get("/api/v2/users?per_page=100").await.status, 400);
    let faults = json!([{"match": {"path": "/api/v2/roles"}, "do": "500"}]);
    assert_eq!(tenant.http.put(control("faults")).json(&faults).send().await.unwrap().status(), 204);
    let listed = read(tenant.http.get(control("faults")).send().await.unwrap()).await.body;
    assert_eq!(listed[0]["do"], "500");
    assert_eq!(tenant.get("/api/v2/roles").await.status, 500);
}

#[tokio::test]
async fn a_megabyte_is_too_much() {
    let tenant = Tenant::fresh().await;
    let body = json!({"user_metadata": {"a": "x".repeat(1 << 20)}});
    assert_eq!(tenant.post("/api/v2/users", body).await.status, 413);
}
