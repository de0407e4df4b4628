//! Auth0's own documents: every answer of the simulator has to fit them.

use std::{collections::BTreeSet, fs};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::State;

use crate::client::{Read, Tenant, encoded, new_user, read};

struct Document(Value);

impl Document {
    fn management() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/auth0/management-api.openapi.json");
        let mut document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        // The forms of a listing overlap (an object with `users` fits two of them), so that `oneOf` cannot hold.
        any_of(&mut document);
        Self(document)
    }

    fn response(&self, method: &str, template: &str, status: u16) -> Option<Validator> {
        let operation = &self.0["paths"][template][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {template} is not in the document");
        let response = &operation["responses"][status.to_string()];
        assert!(response.is_object(), "{method} {template} may not answer {status}");
        if status == 204 {
            return None;
        }
        let schema = response["content"]["application/json"].get("schema")?;
        let mut root = schema.clone();
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root["components"] = self.0["components"].clone();
        Some(jsonschema::options().should_validate_formats(true).build(&root).unwrap())
    }
}

fn any_of(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(choices) = map.remove("oneOf") {
                map.insert("anyOf".to_owned(), choices);
            }
            map.values_mut().for_each(any_of);
        }
        Value::Array(items) => items.iter_mut().for_each(any_of),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What real answers hold and the document does not allow.
fn without_known_extras(template: &str, mut body: Value) -> Value {
    match template {
        "/connections" => {
            let list = if body.is_array() { &mut body } else { &mut body["connections"] };
            for connection in list.as_array_mut().unwrap() {
                connection.as_object_mut().unwrap().remove("enabled_clients");
            }
        }
        // Recorded events are full of nulls.
        "/logs" | "/logs/{id}" | "/users/{id}/logs" => drop_nulls(&mut body),
        _ => {}
    }
    body
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, it| !it.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A tenant with something of everything, and what was seen of the document.
struct Tour {
    tenant: Tenant,
    document: Document,
    seen: BTreeSet<(String, String, u16)>,
}

impl Tour {
    async fn send(&mut self, method: &str, template: &str, path: &str, body: Option<Value>) -> Value {
        let mut request = self.tenant.request(method.parse::<Method>().unwrap(), &format!("/api/v2{path}"));
        if let Some(body) = &body {
            request = request.json(body);
        }
        let Read { status, body, .. } = read(request.send().await.unwrap()).await;
        self.seen.insert((method.to_owned(), template.to_owned(), status.as_u16()));
        let Some(validator) = self.document.response(method, template, status.as_u16()) else { return body };
        let checked = without_known_extras(template, body.clone());
        let errors: Vec<String> = validator.iter_errors(&checked).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{method} {path} -> {status}: {errors:#?}\n{checked}");
        body
    }

    async fn get(&mut self, template: &str, path: &str) -> Value {
        self.send("GET", template, path, None).await
    }
}

#[tokio::test]
async fn every_answer_fits_the_document() {
    let state = json!({
        "users": [
            {"user_id": "auth0|1", "email": "ada@example.com", "user_metadata": {"a": 1}, "logins_count": 3,
             "last_login": "2025-01-01T00:00:00.000Z", "last_ip": "198.51.100.7", "multifactor": ["guardian"]},
            {"user_id": "google-oauth2|7", "email": "Bo@example.com", "blocked": true}
        ],
        "roles": [{"id": "rol_0123456789abcdef", "name": "admin", "description": "d", "members": ["auth0|1", "google-oauth2|7"]}],
        "sessions": [{"user_id": "auth0|1"}, {"user_id": "auth0|1"}],
        "refresh_tokens": [{"user_id": "auth0|1"}],
        "brute_force_blocks": ["auth0|1"],
        "custom_domains": [
            {"domain": "login.example.com", "is_default": true},
            {"domain": "new.example.com", "status": "pending_verification"}
        ],
        "email_provider": {"name": "ses", "default_from_address": "hello@example.com"}
    });
    let tenant = Tenant::of(state).await;
    let mut tour = Tour { tenant, document: Document::management(), seen: BTreeSet::new() };
    users(&mut tour).await;
    roles(&mut tour).await;
    access(&mut tour).await;
    tenant_itself(&mut tour).await;
    let operations: BTreeSet<_> =
        tour.seen.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    let offered: BTreeSet<_> = operations_of(&tour.document.0).into_iter().collect();
    let unseen: Vec<_> = offered.difference(&operations).collect();
    assert!(unseen.is_empty(), "not looked at: {unseen:?}");
}

fn operations_of(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let path = path.clone();
        item.as_object().unwrap().keys().map(move |it| (it.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

async fn users(tour: &mut Tour) {
    for query in
        ["", "?include_totals=true", "?fields=email", "?q=email:ada*&sort=email:-1", "?page=10&per_page=100"]
    {
        tour.get("/users", &format!("/users{query}")).await;
    }
    let created = tour.send("POST", "/users", "/users", Some(new_user("cy@example.com"))).await;
    let id = encoded(created["user_id"].as_str().unwrap());
    tour.send("POST", "/users", "/users", Some(new_user("cy@example.com"))).await;
    tour.send("POST", "/users", "/users", Some(json!({"connection": "nowhere"}))).await;
    tour.get("/users/{id}", &format!("/users/{id}")).await;
    tour.get("/users/{id}", "/users/nobody").await;
    let patch = json!({"name": "Cy", "user_metadata": {"b": 2}, "app_metadata": {"c": 3}, "blocked": true});
    tour.send("PATCH", "/users/{id}", &format!("/users/{id}"), Some(patch)).await;
    tour.get("/users-by-email", "/users-by-email?email=ada%40example.com").await;
    tour.get("/users/{id}/organizations", "/users/auth0%7C1/organizations").await;
    tour.get("/users/{id}/organizations", "/users/auth0%7C1/organizations?include_totals=true").await;
    tour.get("/users/{id}/logs", &format!("/users/{id}/logs")).await;
    tour.get("/user-blocks/{id}", "/user-blocks/auth0%7C1").await;
    tour.send("DELETE", "/user-blocks/{id}", "/user-blocks/auth0%7C1", None).await;
    tour.send("DELETE", "/users/{id}", &format!("/users/{id}"), None).await;
}

async fn roles(tour: &mut Tour) {
    let role = "rol_0123456789abcdef";
    for query in ["", "?include_totals=true", "?name_filter=ADM"] {
        tour.get("/roles", &format!("/roles{query}")).await;
    }
    let made = tour.send("POST", "/roles", "/roles", Some(json!({"name": "new", "description": "n"}))).await;
    tour.send("POST", "/roles", "/roles", Some(json!({"name": "new"}))).await;
    let path = format!("/roles/{}", made["id"].as_str().unwrap());
    tour.get("/roles/{id}", &path).await;
    tour.send("PATCH", "/roles/{id}", &path, Some(json!({"description": "other"}))).await;
    tour.get("/roles/{id}/permissions", &format!("{path}/permissions")).await;
    tour.send("DELETE", "/roles/{id}", &path, None).await;
    for query in ["", "?include_totals=true", "?take=1", "?take=100"] {
        tour.get("/roles/{id}/users", &format!("/roles/{role}/users{query}")).await;
    }
    let users = json!({"users": ["auth0|1"]});
    tour.send("POST", "/roles/{id}/users", &format!("/roles/{role}/users"), Some(users)).await;
    tour.send("POST", "/users/{id}/roles", "/users/auth0%7C1/roles", Some(json!({"roles": [role]}))).await;
    tour.get("/users/{id}/roles", "/users/auth0%7C1/roles").await;
    tour.get("/users/{id}/roles", "/users/auth0%7C1/roles?include_totals=true").await;
    tour.get("/users/{id}/effective-roles", "/users/auth0%7C1/effective-roles").await;
    tour.send("DELETE", "/users/{id}/roles", "/users/auth0%7C1/roles", Some(json!({"roles": [role]}))).await;
}

async fn access(tour: &mut Tour) {
    let (user, sessions) = ("/users/auth0%7C1", "/users/{user_id}/sessions");
    let tokens = "/users/{user_id}/refresh-tokens";
    let page = tour.get(sessions, &format!("{user}/sessions?take=1")).await;
    assert!(page["next"].is_string());
    let session = format!("/sessions/{}", page["sessions"][0]["id"].as_str().unwrap());
    tour.get("/sessions/{id}", &session).await;
    tour.send("DELETE", "/sessions/{id}", &session, None).await;
    tour.send("DELETE", sessions, &format!("{user}/sessions"), None).await;
    let page = tour.get(tokens, &format!("{user}/refresh-tokens")).await;
    let token = format!("/refresh-tokens/{}", page["tokens"][0]["id"].as_str().unwrap());
    tour.get("/refresh-tokens/{id}", &token).await;
    tour.send("DELETE", "/refresh-tokens/{id}", &token, None).await;
    tour.send("DELETE", tokens, &format!("{user}/refresh-tokens"), None).await;
    tour.send("POST", "/users/{id}/revoke-access", &format!("{user}/revoke-access"), Some(json!({}))).await;
    for ticket in ["/tickets/password-change", "/tickets/email-verification"] {
        tour.send("POST", ticket, ticket, Some(json!({"user_id": "auth0|1"}))).await;
        tour.send("POST", ticket, ticket, Some(json!({"user_id": "auth0|nobody"}))).await;
    }
    let verification = "/jobs/verification-email";
    let job = tour.send("POST", verification, verification, Some(json!({"user_id": "auth0|1"}))).await;
    let job = format!("/jobs/{}", job["id"].as_str().unwrap());
    tour.get("/jobs/{id}", &job).await;
    tour.get("/jobs/{id}/errors", &format!("{job}/errors")).await;
    let export = json!({"format": "json", "fields": [{"name": "email"}]});
    tour.send("POST", "/jobs/users-exports", "/jobs/users-exports", Some(export)).await;
}

async fn tenant_itself(tour: &mut Tour) {
    for query in ["", "?include_totals=true", "?take=10", "?name=nowhere"] {
        tour.get("/connections", &format!("/connections{query}")).await;
    }
    tour.get("/connections/{id}", "/connections/con_UsernamePassw0rd").await;
    let logs = tour.get("/logs", "/logs").await;
    tour.get("/logs", "/logs?include_totals=true&per_page=5").await;
    tour.get("/logs/{id}", &format!("/logs/{}", logs[0]["log_id"].as_str().unwrap())).await;
    tour.get("/tenants/settings", "/tenants/settings").await;
    tour.get("/custom-domains", "/custom-domains").await;
    tour.get("/custom-domains", "/custom-domains?take=10").await;
    tour.get("/emails/provider", "/emails/provider").await;
    tour.get("/emails/provider", "/emails/provider?fields=name,settings,default_from_address").await;
    let without = State { email_provider: None, ..tour.tenant.simulator.state() };
    tour.tenant.simulator.set_state(without);
    tour.get("/emails/provider", "/emails/provider").await;
}
