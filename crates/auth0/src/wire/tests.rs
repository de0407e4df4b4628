//! Real answers, and what must be read from them.

use std::fs;

use diff::User;
use serde_json::{Value, json};

use super::*;

/// An exchange with a real tenant.
struct Recording {
    method: String,
    /// Without the query.
    path: String,
    status: u16,
    response: Value,
}

fn recordings() -> Vec<Recording> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/auth0/recordings.jsonl");
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            let path = value["path"].as_str().unwrap();
            Recording {
                method: value["method"].as_str().unwrap().to_owned(),
                path: path.split('?').next().unwrap().trim_start_matches("/api/v2").to_owned(),
                status: u16::try_from(value["status"].as_u64().unwrap()).unwrap(),
                response: value["response"].clone(),
            }
        })
        .collect()
}

/// Reads an answer as the client reads it and says what it took it for.
fn read(recording: &Recording) -> String {
    let Recording { method, path, status, response } = recording;
    let body = serde_json::to_vec(response).unwrap();
    let status = StatusCode::from_u16(*status).unwrap();
    if !status.is_success() {
        return format!("refused: {}", refusal(status, &body, &[]));
    }
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["users"]) | ("PATCH" | "GET", ["users", _]) => user(response.clone()),
        ("GET", ["users-by-email"]) => list(response.clone()),
        ("GET", ["users"]) => {
            let page: UsersPage = serde_json::from_value(response.clone()).unwrap();
            assert_eq!(page.total, page.users.len());
            list(response["users"].clone())
        }
        ("GET", ["roles", _, "users"]) => {
            let page: MembersPage = serde_json::from_value(response.clone()).unwrap();
            format!("{} members, more: {}", page.users.len(), page.next.is_some())
        }
        ("GET", ["roles"] | ["users", _, "roles"]) => {
            let page: RolesPage = serde_json::from_value(response.clone()).unwrap();
            assert_eq!(page.total, page.roles.len());
            format!("{} roles", page.roles.len())
        }
        ("POST", ["roles"]) | ("GET" | "PATCH", ["roles", _]) => {
            let role: Role = serde_json::from_value(response.clone()).unwrap();
            assert!(role.id.starts_with("rol_"));
            "a role".to_owned()
        }
        // Without names only where the recording asked for ids alone, which we never do.
        ("GET", ["connections"]) if response["connections"][0]["name"].is_string() => {
            let page: ConnectionsPage = serde_json::from_value(response.clone()).unwrap();
            format!("{} connection, {}", page.connections.len(), page.connections[0].strategy)
        }
        _ => "not looked into".to_owned(),
    }
}

fn user(response: Value) -> String {
    let profile: Profile = serde_json::from_value(response).unwrap();
    let user = User::from(profile);
    assert!(!user.identities.is_empty());
    assert!(user.created_at.is_some());
    assert!(user.account.email.is_some());
    let metadata = user.account.user_metadata.len() + user.account.app_metadata.len();
    format!("a user, {:?}, {metadata} keys of metadata", user.account.access)
}

fn list(response: Value) -> String {
    let Value::Array(users) = response else { panic!("a list") };
    format!("[{}]", users.into_iter().map(user).collect::<Vec<_>>().join(", "))
}

#[test]
fn every_recorded_answer_is_read() {
    let recordings = recordings();
    assert!(recordings.len() >= 60);
    let mut lines: Vec<String> = recordings
        .iter()
        .map(|it| {
            let path: Vec<&str> = it.path.split('/').map(without_id).collect();
            format!("{} {} {} → {}", it.method, path.join("/"), it.status, read(it))
        })
        .collect();
    lines.sort();
    lines.dedup();
    insta::assert_snapshot!(lines.join("\n"));
}

fn without_id(segment: &str) -> &str {
    if segment.contains('_') || segment.contains("%7C") || segment == "UserID" { "{id}" } else { segment }
}

fn from(json: Value) -> User {
    serde_json::from_value::<Profile>(json).unwrap().into()
}

#[test]
fn keys_that_were_never_set_are_absent() {
    let bare = from(json!({ "user_id": "auth0|1" }));
    assert_eq!(bare.account, Account::default());
    assert!(!bare.email_verified);
    let nulls = from(json!({ "user_id": "auth0|1", "user_metadata": null, "blocked": null, "name": null }));
    assert_eq!(nulls, bare);
}

#[test]
fn a_block_is_ours_only_with_our_mark() {
    let access = |json: Value| from(json).account.access;
    let id = "auth0|1";
    assert_eq!(access(json!({ "user_id": id, "blocked": false })), Access::Open);
    assert_eq!(access(json!({ "user_id": id, "blocked": true })), Access::BlockedByOther);
    let marked = json!({ "rollcall_blocked": true });
    assert_eq!(
        access(json!({ "user_id": id, "blocked": true, "app_metadata": marked })),
        Access::BlockedByUs
    );
    // Somebody lifted our block by hand and left the mark.
    assert_eq!(access(json!({ "user_id": id, "blocked": false, "app_metadata": marked })), Access::Open);
    let doubtful = json!({ "rollcall_blocked": "true" });
    assert_eq!(
        access(json!({ "user_id": id, "blocked": true, "app_metadata": doubtful })),
        Access::BlockedByOther
    );
}

#[test]
fn addresses_are_in_lower_case_and_unknown_keys_ignored() {
    let jo =
        from(json!({ "user_id": "google-oauth2|1", "email": "Jo@Example.COM", "multifactor": ["guardian"] }));
    assert_eq!(jo.account.email.as_deref(), Some("jo@example.com"));
}

#[test]
fn refusals_are_read_in_all_their_shapes() {
    let read = |status: u16, body: &str| {
        refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes(), &[]).to_string()
    };
    let shapes = [
        read(
            409,
            r#"{"statusCode":409,"error":"Conflict","message":"The user already exists.","errorCode":"auth0_idp_error"}"#,
        ),
        read(404, r#"{"statusCode":404,"error":"Not Found","message":"The role does not exist."}"#),
        read(401, r#"{"error":"access_denied","error_description":"Unauthorized"}"#),
        read(
            401,
            r#"{"statusCode":401,"error":"Unauthorized","message":"Invalid token","attributes":{"error":"Invalid token"}}"#,
        ),
        read(429, r#"{"statusCode":429,"error":"Too Many Requests"}"#),
        read(
            400,
            r#"{"statusCode":400,"error":"Bad Request","message":"Payload validation error: 'Object didn't pass validation for format email: jo@example' on property email (The user's email).","errorCode":"invalid_body"}"#,
        ),
        read(502, "<html><body>Bad gateway: jo@example.com</body></html>"),
        read(500, ""),
    ];
    insta::assert_snapshot!(shapes.join("\n"), @"
    409 The user already exists. (auth0_idp_error)
    404 The role does not exist.
    401 Unauthorized (access_denied)
    401 Invalid token
    429 Too Many Requests
    400 Payload validation error: 'Object didn't pass validation for format email: [address] on property email (The user's email). (invalid_body)
    502 Bad Gateway (a page of HTML, as a proxy sends it)
    500 Internal Server Error
    ");
}

#[test]
fn a_person_who_is_called_like_a_code_does_not_change_it() {
    let body = br#"{"statusCode":404,"message":"No user Boris User.","errorCode":"inexistent_user"}"#;
    let refusal = refusal(StatusCode::NOT_FOUND, body, &["user", "Boris User"]);
    assert_eq!(refusal.to_string(), "404 No [removed] [removed]. (inexistent_user)");
}
