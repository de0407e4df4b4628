//! Every request of a whole cycle fits Auth0's own documents.
//!
//! That the simulator's answers fit them is tested in its own crate.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{JournalLine, Options};

use crate::openapi::{assert_fits, is};
use crate::world::{Company, World};

#[tokio::test]
async fn every_request_fits_auth0s_documents() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .staff(5)
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "role_code", "team_lead")
        .cell(3, "status", "terminated")
        .policy(|it| {
            let client_id = simulator::PUBLIC_APPLICATION.to_owned();
            it.onboarding.welcome = diff::Welcome::Invitation { client_id };
        });
    let company = (101..106).fold(company, |it, id| it.without_roles(&format!("auth0|{id}")));
    let mut world = World::at(company, Options { search_lag_ms: 0, ..Options::default() }).await;
    world.engine.doctor(engine::Fix::Yes).await;
    let mut journal = world.simulator.journal();
    world.carry_on().await;
    journal.extend(world.simulator.journal());
    world.hr(3, "status", "active").await;
    world.clock("2026-11-23T09:00:00Z");
    world.carry_on().await;
    journal.extend(world.simulator.journal());
    world.assert_settled().await;
    journal.extend(world.simulator.journal());
    let documents = [document("management-api"), document("authentication-api")];
    let seen: BTreeSet<String> = journal.iter().map(|it| fits(&documents, it)).collect();
    let seen: Vec<String> = seen.into_iter().collect();
    insta::assert_snapshot!(seen.join("\n"), @"
    DELETE /users/{id}/roles
    DELETE /users/{user_id}/refresh-tokens
    DELETE /users/{user_id}/sessions
    GET /connections
    GET /custom-domains
    GET /emails/provider
    GET /roles
    GET /roles/{id}/users
    GET /users
    GET /users/{id}
    PATCH /users/{id}
    POST /dbconnections/change_password
    POST /oauth/token
    POST /roles/{id}/users
    POST /users
    POST /users/{id}/roles
    ");
}

fn document(name: &str) -> Value {
    let path = format!("{}/../fixtures/auth0/{name}.openapi.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The operation that a request is one of; it fits its parameters and its body.
fn fits(documents: &[Value; 2], line: &JournalLine) -> String {
    let (path, query) = line.path.split_once('?').unwrap_or((&line.path, ""));
    let path = path.trim_start_matches("/api/v2");
    let method = line.method.to_lowercase();
    let (root, template, operation) = documents
        .iter()
        .find_map(|root| {
            let paths = root["paths"].as_object().unwrap();
            let (template, it) =
                paths.iter().find(|(template, it)| is(template, path) && it[&method].is_object())?;
            Some((root, template, &it[&method]))
        })
        .unwrap_or_else(|| panic!("{} {path} is in no document", line.method));
    for (name, value) in query.split('&').filter_map(|it| it.split_once('=')) {
        let parameters = operation["parameters"].as_array().unwrap();
        let known = parameters.iter().find(|it| it["in"] == "query" && it["name"] == name);
        let schema =
            &known.unwrap_or_else(|| panic!("{} {template}: no parameter {name}", line.method))["schema"];
        let value = match schema["type"].as_str() {
            Some("integer" | "boolean") => serde_json::from_str(value).unwrap(),
            Some(_) | None => json!(value),
        };
        assert_fits(root, schema, &value, &format!("{} {template} {name}", line.method));
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    match &line.body {
        Some(body) => assert_fits(root, schema, body, &format!("{} {template}", line.method)),
        None => assert!(
            schema.is_null() || operation["requestBody"]["required"] != true,
            "{template} needs a body"
        ),
    }
    format!("{} {template}", line.method)
}
