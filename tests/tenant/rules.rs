//! What Auth0 checks, defaults, merges and ends: FACTS §3, §4 and §6.

use serde_json::{Map, Value, json};

use super::{CONNECTION, Object, Refusal, refused};

/// Root attributes of `POST /users` with the most characters of each text (FACTS §3, OAS).
const NEW: [(&str, usize); 14] = [
    ("connection", 128),
    ("email", 254),
    ("password", 72),
    ("name", 300),
    ("nickname", 300),
    ("given_name", 150),
    ("family_name", 150),
    ("email_verified", 0),
    ("verify_email", 0),
    ("blocked", 0),
    ("user_metadata", 0),
    ("app_metadata", 0),
    ("user_id", 255),
    ("username", 128),
];

/// Profile attributes that a social or enterprise directory owns.
const PROFILE: [&str; 5] = ["name", "given_name", "family_name", "nickname", "picture"];

/// Names that `app_metadata` must not use.
const RESERVED: [&str; 18] = [
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email_verified",
    "email",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "metadata",
    "multifactor_last_modified",
    "multifactor",
    "updated_at",
    "user_id",
];

pub(super) fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn invalid(why: &str, key: &str) -> Refusal {
    refused(400, &format!("Payload validation error: '{why}' on property {key}."))
}

pub(super) fn check_new(body: &Object) -> Result<(), Refusal> {
    for (key, value) in body {
        let Some((_, max)) = NEW.iter().find(|(it, _)| it == key) else {
            return Err(invalid(&format!("Additional properties not allowed: {key}"), key));
        };
        check_value(key, value, *max, false)?;
    }
    if body.get("connection") != Some(&json!(CONNECTION)) {
        return Err(refused(400, "The connection does not exist."));
    }
    for key in ["email", "password"] {
        if !body.contains_key(key) {
            return Err(invalid(&format!("Missing required property: {key}"), key));
        }
    }
    Ok(())
}

pub(super) fn check_patch(before: &Object, body: &Object) -> Result<(), Refusal> {
    for (key, value) in body {
        let max = NEW.iter().find(|(it, _)| it == key).map_or(300, |(_, max)| *max);
        check_value(key, value, max, true)?;
    }
    let both = |a: &str, b: &str| body.contains_key(a) && body.contains_key(b);
    for (a, b) in [
        ("password", "email"),
        ("password", "email_verified"),
        ("username", "email"),
        ("username", "email_verified"),
        ("username", "password"),
    ] {
        if both(a, b) {
            return Err(refused(400, &format!("Cannot update {a} and {b} simultaneously.")));
        }
    }
    match provider(before) {
        "auth0" => Ok(()),
        _ if body.contains_key("email") => Err(refused(400, "Cannot update email for non-database user.")),
        "email" | "sms" => Ok(()),
        // Sent unchanged they are refused as well.
        _ if PROFILE.iter().any(|it| body.contains_key(*it)) => Err(refused(
            400,
            "The following user attributes cannot be updated: family_name, given_name, name, nickname, picture.",
        )),
        _ => Ok(()),
    }
}

/// One attribute: its type, its length, and names of metadata keys.
fn check_value(key: &str, value: &Value, max: usize, null_removes: bool) -> Result<(), Refusal> {
    match (key, value) {
        ("user_metadata" | "app_metadata", Value::Object(it)) => check_metadata(key, it),
        ("email_verified" | "verify_email" | "blocked", Value::Bool(_)) => Ok(()),
        (_, Value::Null) if null_removes && max > 0 => Ok(()),
        (_, Value::String(it)) if max > 0 => check_text(key, it, max),
        _ => Err(invalid("Expected another type", key)),
    }
}

fn check_text(key: &str, text: &str, max: usize) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(invalid("String is too short (0 chars), minimum 1", key));
    }
    if text.chars().count() > max {
        return Err(invalid(
            &format!("String is too long ({} chars), maximum {max}", text.chars().count()),
            key,
        ));
    }
    if key == "email" && !is_email(text) {
        return Err(invalid(&format!("Object didn't pass validation for format email: {text}"), key));
    }
    Ok(())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |it: char| it.is_ascii_graphic() && !"@<>()[],;:\\\"".contains(it);
    (1..=64).contains(&local.len()) && domain.contains('.') && text.chars().all(|it| it == '@' || plain(it))
}

fn check_metadata(key: &str, metadata: &Object) -> Result<(), Refusal> {
    for name in metadata.keys() {
        if name.contains(['.', '$']) || (key == "app_metadata" && RESERVED.contains(&name.as_str())) {
            return Err(invalid(&format!("Invalid key {name}"), key));
        }
    }
    Ok(())
}

/// What `POST /users` makes: keys never sent are absent, and `name` is the address unless sent.
pub(super) fn new_user(body: &Object, id: &str, email: &str) -> Object {
    let local = email.split('@').next().unwrap_or_default();
    let bare = id.trim_start_matches("auth0|");
    let mut user = object(json!({
        "user_id": id,
        "email": email,
        "email_verified": false,
        "name": email,
        "nickname": local,
        "picture": "https://s.gravatar.com/avatar/00?s=480&r=pg",
        "created_at": "2026-11-23T07:00:00.000Z",
        "updated_at": "2026-11-23T07:00:00.000Z",
        "identities": [{ "connection": CONNECTION, "user_id": bare, "provider": "auth0", "isSocial": false }],
    }));
    for (key, value) in body {
        if !["connection", "password", "verify_email", "email", "user_id"].contains(&key.as_str()) {
            user.insert(key.clone(), value.clone());
        }
    }
    user
}

/// What `PATCH` leaves: metadata merged at the first level, null removes, `{}` wipes.
pub(super) fn patched(before: Object, body: &Object) -> Object {
    let mut user = before;
    for (key, value) in body {
        match (key.as_str(), value) {
            ("verify_email" | "connection" | "client_id" | "password", _) => {}
            ("user_metadata" | "app_metadata", Value::Object(sent)) => {
                let merged = merged(user.get(key), sent);
                user.insert(key.clone(), Value::Object(merged));
            }
            ("email", Value::String(it)) => {
                user.insert(key.clone(), Value::String(it.to_lowercase()));
            }
            (_, Value::Null) => {
                user.remove(key);
            }
            (_, value) => {
                user.insert(key.clone(), value.clone());
            }
        }
    }
    user
}

fn merged(before: Option<&Value>, sent: &Object) -> Object {
    let mut merged = before.and_then(Value::as_object).cloned().unwrap_or_default();
    if sent.is_empty() {
        return Map::new();
    }
    for (key, value) in sent {
        if value.is_null() {
            merged.remove(key);
        } else {
            merged.insert(key.clone(), value.clone());
        }
    }
    merged
}

/// What Auth0 takes although nobody can mean it.
pub(super) fn harm(before: &Object, body: &Object) -> Vec<&'static str> {
    let mut harm = Vec::new();
    if let Some(email) = body.get("email") {
        if email.as_str().map(str::to_lowercase).as_deref() == Some(text(before, "email")) {
            harm.push("an unchanged address was sent, which may end sessions");
        }
        if !body.contains_key("email_verified") || !body.contains_key("verify_email") {
            harm.push("an address was sent without saying whether it is verified and whether to mail");
        }
    } else if body.contains_key("email_verified") {
        harm.push("email_verified was sent without an address");
    }
    for key in ["user_metadata", "app_metadata"] {
        if body.get(key).and_then(Value::as_object).is_some_and(Map::is_empty) {
            harm.push("{} was sent, which wipes metadata");
        }
    }
    if body.is_empty() {
        harm.push("nothing was sent");
    }
    harm
}

/// A real change of address and a lost verification end a database user's sessions, and so does a block.
pub(super) fn ends_sessions(before: &Object, body: &Object) -> bool {
    let changes = |key: &str| body.get(key).is_some_and(|it| before.get(key) != Some(it));
    let unverified = before.get("email_verified") == Some(&json!(true))
        && body.get("email_verified") == Some(&json!(false));
    changes("email") || unverified || body.get("blocked") == Some(&json!(true))
}

pub(super) fn is_in_database(user: &Object) -> bool {
    identities(user).iter().any(|it| it.get("connection") == Some(&json!(CONNECTION)))
}

fn provider(user: &Object) -> &str {
    identities(user).first().and_then(|it| it.get("provider")).and_then(Value::as_str).unwrap_or("auth0")
}

fn identities(user: &Object) -> &[Value] {
    user.get("identities").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(it) => it,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
