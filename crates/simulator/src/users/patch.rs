//! `PATCH /users/{id}`.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    answer::Answer,
    call::Call,
    domains,
    error::Refusal,
    mail,
    state::{MailKind, User},
    switches::{EmailChange, UncertainCodes, UnchangedEmail},
    tenant::Tenant,
    users::{metadata, password, patch_rules, schema},
};

/// Changes what is sent and leaves the rest. Nothing is changed where anything is refused.
pub(crate) fn patch(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema::patch(&tenant.switches).check(call.json()?)?;
    check_scope(call, &body)?;
    let before = tenant.users.get(call.id()).cloned().ok_or_else(Refusal::no_such_user)?;
    patch_rules::check(tenant, &before, &body)?;
    let mails = body.get("verify_email") == Some(&Value::Bool(true));
    if mails {
        domains::check(tenant, call)?;
    }
    let mut user = User::from(&*before);
    change_names(&mut user, &body);
    change_metadata(&mut user, &body)?;
    change_email(tenant, &mut user, &body)?;
    let password_changed = change_password(tenant, &mut user, &body, call)?;
    user.updated_at = Some(call.now.wall);
    if password_changed || ends_sessions(tenant, &before, &user, &body) {
        tenant.end_sessions(call.id());
    }
    let user = tenant.users.put(user, call.now);
    if mails {
        mail::send(tenant, call, MailKind::VerifyEmail, &user);
    }
    Ok(Answer::rendered(user.json().into()))
}

/// The narrower scopes let only their own part of the user be changed.
fn check_scope(call: &Call, body: &Map<String, Value>) -> Result<(), Refusal> {
    if call.grant.has("update:users") || body.keys().all(|it| it == "app_metadata") {
        return Ok(());
    }
    Err(Refusal::insufficient_scope("any of: update:users"))
}

fn change_names(user: &mut User, body: &Map<String, Value>) {
    let User { given_name, family_name, name, nickname, picture, phone_number, username, .. } = user;
    let fields = [
        ("given_name", given_name),
        ("family_name", family_name),
        ("name", name),
        ("nickname", nickname),
        ("picture", picture),
        ("phone_number", phone_number),
        ("username", username),
    ];
    for (key, field) in fields {
        match body.get(key) {
            Some(Value::String(text)) => *field = Some(text.clone()),
            Some(Value::Null) => *field = None,
            Some(_) | None => {}
        }
    }
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    user.phone_verified = flag("phone_verified").or(user.phone_verified);
    user.blocked = flag("blocked").or(user.blocked);
}

/// After a wipe `user_metadata` stays as `{}` and `app_metadata` is gone, as recorded.
fn change_metadata(user: &mut User, body: &Map<String, Value>) -> Result<(), Refusal> {
    if let Some(Value::Object(change)) = body.get("user_metadata") {
        metadata::check("user_metadata", change)?;
        user.user_metadata = Some(metadata::merge(user.user_metadata.take(), change.clone()));
    }
    if let Some(Value::Object(change)) = body.get("app_metadata") {
        metadata::check("app_metadata", change)?;
        let merged = metadata::merge(user.app_metadata.take(), change.clone());
        user.app_metadata = Some(merged).filter(|it| !it.is_empty());
    }
    Ok(())
}

fn change_email(tenant: &Tenant, user: &mut User, body: &Map<String, Value>) -> Result<(), Refusal> {
    match body.get("email") {
        Some(Value::String(email)) => {
            let email = email.to_lowercase();
            if user.email.as_deref() != Some(&*email) {
                refuse_taken(tenant, user, &email)?;
                user.email = Some(email);
                if tenant.switches.email_change == EmailChange::Unverifies {
                    user.email_verified = Some(false);
                }
            }
        }
        Some(Value::Null) => user.email = None,
        Some(_) | None => {}
    }
    user.email_verified = body.get("email_verified").and_then(Value::as_bool).or(user.email_verified);
    Ok(())
}

fn refuse_taken(tenant: &Tenant, user: &User, email: &str) -> Result<(), Refusal> {
    let connection = user.primary().map_or("", |it| it.connection.as_str());
    let Some(holder) = tenant.users.holder(connection, email) else { return Ok(()) };
    if holder.user_id == user.user_id {
        return Ok(());
    }
    let refusal = Refusal::bare(StatusCode::BAD_REQUEST, "The specified new email already exists");
    Err(match tenant.switches.uncertain_codes {
        UncertainCodes::Absent => refusal,
        UncertainCodes::Present => refusal.with_code("auth0_idp_error"),
    })
}

/// A new password lifts an administrator's block, unless the same request sets it.
fn change_password(
    tenant: &Tenant,
    user: &mut User,
    body: &Map<String, Value>,
    call: &Call,
) -> Result<bool, Refusal> {
    let Some(password) = body.get("password").and_then(Value::as_str) else { return Ok(false) };
    let connection = user.primary().and_then(|it| tenant.connections.named(&it.connection));
    if let Some(connection) = connection {
        password::judge(password, connection, tenant.switches.uncertain_codes)?;
    }
    user.last_password_reset = Some(call.now.wall);
    if user.blocked == Some(true) && !body.contains_key("blocked") {
        user.blocked = Some(false);
    }
    Ok(true)
}

/// Blocking, another address, another number, or taking verification away.
fn ends_sessions(tenant: &Tenant, before: &User, after: &User, body: &Map<String, Value>) -> bool {
    let newly_blocked = after.blocked == Some(true) && before.blocked != Some(true);
    let unverified = before.email_verified == Some(true) && after.email_verified == Some(false);
    let resent =
        body.contains_key("email") && tenant.switches.unchanged_email == UnchangedEmail::EndsSessions;
    newly_blocked
        || unverified
        || resent
        || before.email != after.email
        || before.phone_number != after.phone_number
}
