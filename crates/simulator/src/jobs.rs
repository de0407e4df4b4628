//! Jobs: things that Auth0 does later and reports on.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    call::Call,
    clock::Timestamp,
    error::Refusal,
    mail,
    state::{Connection, MailKind},
    tenant::Tenant,
    validate::{Extras, Kind, Property, Schema, text},
};

/// A job that is done by the time anybody asks.
#[derive(Debug)]
pub(crate) struct Job {
    id: String,
    kind: &'static str,
    created_at: Timestamp,
}

impl Job {
    fn view(&self, status: &str) -> Value {
        json!({"type": self.kind, "status": status, "created_at": self.created_at, "id": self.id})
    }
}

/// `POST /jobs/verification-email`
pub(crate) fn verification_email(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema().check(call.json()?)?;
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
    let job = Job { id: id.clone(), kind: "verification_email", created_at: call.now.wall };
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

fn has_identity(body: &Map<String, Value>, identities: &[crate::state::Identity]) -> bool {
    let Some(wanted) = body.get("identity") else { return true };
    identities.iter().any(|it| wanted["user_id"] == *it.user_id && wanted["provider"] == *it.provider)
}

/// `GET /jobs/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let job = tenant.jobs.get(call.id()).ok_or_else(Refusal::no_such_job)?;
    Ok(Answer::ok(&job.view("completed")))
}

/// `GET /jobs/{id}/errors`: 204, as no job here fails for a user.
pub(crate) fn errors(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    tenant.jobs.get(call.id()).map(|_| Answer::no_content()).ok_or_else(Refusal::no_such_job)
}
