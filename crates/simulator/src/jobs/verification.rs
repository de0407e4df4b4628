//! `POST /jobs/verification-email`.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    answer::Answer,
    call::Call,
    domains,
    error::Refusal,
    jobs::{Job, Work},
    mail,
    state::{Connection, Identity, MailKind},
    tenant::Tenant,
    validate::{Extras, Kind, Property, Schema, text},
};

/// `POST /jobs/verification-email`
pub(crate) fn create(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema().check(call.json()?)?;
    domains::check(tenant, call)?;
    let bad = |why: &str| Err(Refusal::bare(StatusCode::BAD_REQUEST, why));
    let user_id = body.get("user_id").and_then(Value::as_str).unwrap_or_default();
    let user = tenant.users.get(user_id).cloned();
    let Some(user) = user else {
        return Err(Refusal::bad_request("The user does not exist.", "inexistent_user"));
    };
    if user.email.is_none() {
        return bad("User does not have an email address.");
    }
    let connection = user.primary().and_then(|it| tenant.connections.named(&it.connection));
    if !connection.is_some_and(Connection::is_database) {
        return bad("Connection must be a database connection.");
    }
    if connection.is_some_and(Connection::is_disabled) {
        return bad("Connection must be enabled.");
    }
    if !has_identity(&body, &user.identities) {
        return bad("The user exists, but does not contain the given identity.");
    }
    mail::send(tenant, call, MailKind::VerifyEmail, &user);
    let id = tenant.ids.prefixed("job_");
    let job = Job { id: id.clone(), created_at: call.now.wall, work: Work::VerificationEmail };
    let answer = Answer::json(StatusCode::CREATED, &job.view("pending"));
    tenant.jobs.insert(id, job);
    Ok(answer)
}

fn schema() -> Schema {
    let properties = vec![
        Property::new("user_id", text(1 << 20), "user_id of the user to send the verification email to"),
        Property::new("client_id", text(1 << 20), "client_id of the client (application)"),
        Property::new("identity", Kind::Object, "The identity to be verified"),
        Property::new("organization_id", text(1 << 20), "(Optional) Organization ID"),
    ];
    Schema { required: &["user_id"], properties, extras: Extras::Refused }
}

fn has_identity(body: &Map<String, Value>, identities: &[Identity]) -> bool {
    let Some(wanted) = body.get("identity") else { return true };
    identities.iter().any(|it| wanted["user_id"] == *it.user_id && wanted["provider"] == *it.provider)
}
