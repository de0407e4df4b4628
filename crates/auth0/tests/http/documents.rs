//! Auth0's own documents: every request that we send has to fit them.

use std::collections::BTreeSet;
use std::fs;

use diff::{AccessChange, EmailFlags, Request};
use serde_json::{Value, json};
use simulator::{JournalLine, Options, RatePlan};

use crate::world::{World, create, id, role, update, user};

/// The parts of the Management API's document that we use.
struct Document(Value);

impl Document {
    fn read() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/auth0/management-api.openapi.json");
        Self(serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
    }

    /// The path of the document that the request's path is one of, `/users/{id}`.
    fn template(&self, path: &str) -> String {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |template: &&String| {
            let pieces: Vec<&str> = template.split('/').collect();
            let alike = |(piece, segment): (&&str, &&str)| piece.starts_with('{') || piece == segment;
            pieces.len() == segments.len() && pieces.iter().zip(&segments).all(alike)
        };
        let templates = self.0["paths"].as_object().unwrap();
        templates.keys().find(fits).unwrap_or_else(|| panic!("{path} is not in the document")).clone()
    }

    fn check(&self, line: &JournalLine) -> String {
        let (path, query) = line.path.split_once('?').unwrap_or((&line.path, ""));
        let template = self.template(path.strip_prefix("/api/v2").unwrap());
        let operation = &self.0["paths"][&template][line.method.to_lowercase()];
        assert!(operation.is_object(), "{} {template} is not in the document", line.method);
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            let parameters = operation["parameters"].as_array().unwrap();
            let found = parameters.iter().find(|it| it["name"] == name && it["in"] == "query");
            let found = found.unwrap_or_else(|| panic!("{} {template} takes no {name}", line.method));
            self.fits(&found["schema"], &typed(value));
        }
        if let Some(body) = &line.body {
            self.fits(&operation["requestBody"]["content"]["application/json"]["schema"], body);
        }
        format!("{} {template}", line.method)
    }

    fn fits(&self, schema: &Value, value: &Value) {
        assert!(schema.is_object(), "{value} was sent where nothing is expected");
        let mut root = schema.clone();
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root["components"] = self.0["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
        let errors: Vec<String> = validator.iter_errors(value).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{value}");
    }
}

/// A query's value as the type that its schema speaks of.
fn typed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

#[tokio::test]
async fn every_request_fits_the_document() {
    let users: Vec<Value> = (1..=101).map(user).collect();
    let members: Vec<Value> = users.iter().map(|it| it["user_id"].clone()).collect();
    let state = json!({ "users": users, "roles": [{ "name": "admin", "members": members }] });
    let world =
        World::with(state, Options { plan: RatePlan::PrivateCloud(10_000), ..Options::default() }).await;
    read_everything(&world).await;
    send_everything(&world).await;

    let document = Document::read();
    let journal = world.simulator.journal();
    let management = journal.iter().filter(|it| it.path.starts_with("/api/v2/"));
    let refused: Vec<&JournalLine> = management.clone().filter(|it| it.status >= Some(400)).collect();
    assert_eq!(refused, Vec::<&JournalLine>::new());
    let kinds: BTreeSet<String> = management.map(|it| document.check(it)).collect();
    insta::assert_snapshot!(kinds.into_iter().collect::<Vec<_>>().join("\n"), @"
    DELETE /users/{id}/roles
    DELETE /users/{user_id}/refresh-tokens
    DELETE /users/{user_id}/sessions
    GET /connections
    GET /roles
    GET /roles/{id}/users
    GET /users
    GET /users-by-email
    GET /users/{id}
    GET /users/{id}/roles
    PATCH /users/{id}
    POST /jobs/verification-email
    POST /roles
    POST /roles/{id}/users
    POST /users
    POST /users/{id}/roles
    ");
}

async fn read_everything(world: &World) {
    world.client.connection().await.unwrap();
    world.client.users().await.unwrap();
    world.client.user(&id("auth0|0001")).await.unwrap();
    world.client.users_by_email("user1@example.com").await.unwrap();
    let roles = world.client.roles().await.unwrap();
    world.client.members_of(&roles).await.unwrap();
    world.client.user_roles(&id("auth0|0001")).await.unwrap();
    world.client.create_role(&role("packer"), "Packs").await.unwrap();
}

async fn send_everything(world: &World) {
    let someone = || id("auth0|0001");
    let access =
        |access| Request::Patch { user: someone(), fields: vec![], email: None, access: Some(access) };
    let Request::Create { employee, fields, .. } = create("ada@example.com") else { unreachable!() };
    let email = EmailFlags { verified: true, send_verification: false };
    let roles = BTreeSet::from([role("packer")]);
    for request in [
        Request::Create { employee, fields, email },
        update("auth0|0001", "name", json!("Ada")),
        update("auth0|0001", "given_name", Value::Null),
        update("auth0|0001", "user_metadata.department", Value::Null),
        update("auth0|0001", "email", json!("new@example.com")),
        access(AccessChange::Block),
        access(AccessChange::Unblock),
        Request::EndSessions { user: someone() },
        Request::RevokeRefreshTokens { user: someone() },
        Request::GrantToUsers { role: role("packer"), users: vec![someone(), id("auth0|0002")] },
        Request::GrantToUser { user: someone(), roles: roles.clone() },
        Request::RevokeRoles { user: someone(), roles },
        Request::Verify { user: someone() },
    ] {
        world.carry_out(&request).await.unwrap();
    }
}
