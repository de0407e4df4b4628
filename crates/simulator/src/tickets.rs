//! Links that do one thing once: tickets from the API, and the links in mails.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    call::Call,
    clock::Timestamp,
    domains,
    error::Refusal,
    ids,
    state::{Connection, MailKind, User},
    tenant::Tenant,
    validate::{Extras, Format, Kind, Property, Schema, formatted, text},
};

/// What a link does when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    VerifyEmail,
    ChangePassword { verifies_email: bool },
}

/// Five days.
const DEFAULT_TTL_S: i64 = 432_000;

/// The links that are still good: per user and path only the newest one.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: HashMap<String, Ticket>,
}

#[derive(Debug)]
struct Ticket {
    purpose: Purpose,
    user_id: String,
    expires: Timestamp,
}

impl Purpose {
    fn page(self) -> &'static str {
        match self {
            Self::VerifyEmail => "email-verification",
            Self::ChangePassword { .. } => "reset-password",
        }
    }
}

impl Tickets {
    pub(crate) fn issue(
        &mut self,
        call: &Call,
        purpose: Purpose,
        user_id: &str,
        ttl_s: Option<i64>,
    ) -> String {
        self.open.retain(|_, it| it.user_id != user_id || it.purpose.page() != purpose.page());
        let ttl_s = ttl_s.filter(|it| *it > 0).unwrap_or(DEFAULT_TTL_S);
        let expires = call.now.wall.plus_millis(ttl_s.saturating_mul(1000));
        let secret = ids::secret(32);
        let link = format!("{}/u/{}?ticket={secret}#", call.origin, purpose.page());
        self.open.insert(secret, Ticket { purpose, user_id: user_id.to_owned(), expires });
        link
    }
}

fn schema(required: &'static [&'static str]) -> Schema {
    let any = Kind::Text { min: 0, max: 1 << 20, format: None };
    let properties = vec![
        Property::new("result_url", any, "URL the user will be redirected to once the ticket is used"),
        Property::new("user_id", text(1 << 20), "user_id of for whom the ticket should be created"),
        Property::new("client_id", text(1 << 20), "ID of the client (application)"),
        Property::new("organization_id", text(1 << 20), "(Optional) Organization ID"),
        Property::new("connection_id", formatted(1 << 20, Format::ConnectionId), "ID of the connection"),
        Property::new("email", formatted(1 << 20, Format::Email), "Email address of the user"),
        Property::new("ttl_sec", Kind::Integer { min: 0 }, "Number of seconds for which the ticket is valid"),
        Property::new(
            "mark_email_as_verified",
            Kind::Flag,
            "Whether to set the email_verified attribute to true",
        ),
        Property::new(
            "includeEmailInRedirect",
            Kind::Flag,
            "Whether to include the email address in the URL",
        ),
        Property::new("identity", Kind::Object, "The identity to be verified"),
    ];
    Schema { required, properties, extras: Extras::Refused }
}

/// `POST /tickets/password-change`: a link, and no mail.
pub(crate) fn password_change(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema(&[]).check(call.json()?)?;
    let user = addressee(tenant, &body)?;
    let verifies_email = body.get("mark_email_as_verified") == Some(&Value::Bool(true));
    issue(tenant, call, &body, &user, Purpose::ChangePassword { verifies_email })
}

/// `POST /tickets/email-verification`: a link, and no mail.
pub(crate) fn email_verification(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema(&["user_id"]).check(call.json()?)?;
    let user = addressee(tenant, &body)?;
    issue(tenant, call, &body, &user, Purpose::VerifyEmail)
}

fn issue(
    tenant: &mut Tenant,
    call: &Call,
    body: &Map<String, Value>,
    user: &User,
    purpose: Purpose,
) -> Result<Answer, Refusal> {
    domains::check(tenant, call)?;
    let bad = |why: &str| Err(Refusal::bare(StatusCode::BAD_REQUEST, why));
    if user.email.is_none() {
        return bad("The user does not have an email address.");
    }
    let connection = user.primary().and_then(|it| tenant.connections.named(&it.connection));
    if !connection.is_some_and(Connection::is_database) && body.get("identity").is_none() {
        return bad("The user's main connection does not support this operation.");
    }
    let client = body.get("client_id").and_then(Value::as_str);
    if client.is_some_and(|it| !tenant.applications.contains_key(it)) {
        return bad("The client does not exist");
    }
    let ttl_s = body.get("ttl_sec").and_then(Value::as_i64);
    let ticket = tenant.tickets.issue(call, purpose, &user.user_id, ttl_s);
    Ok(Answer::json(StatusCode::CREATED, &json!({"ticket": ticket})))
}

/// By `user_id`, or by `connection_id` and `email`.
fn addressee(tenant: &Tenant, body: &Map<String, Value>) -> Result<User, Refusal> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let found = match (text("user_id"), text("connection_id"), text("email")) {
        (Some(user_id), _, _) => tenant.users.get(user_id),
        (None, Some(id), Some(email)) => {
            let missing = || {
                let why = format!("The connection with id {id} does not exist.");
                Refusal::bad_request(&why, "inexistent_connection")
            };
            let connection = tenant.connections.with_id(id).ok_or_else(missing)?;
            tenant.users.holder(&connection.name, &email.to_lowercase())
        }
        (None, _, _) => {
            let why = "Payload validation error: 'Missing required property: user_id'.";
            return Err(Refusal::invalid_body(why));
        }
    };
    found.map(|it| (**it).clone()).ok_or_else(Refusal::no_such_user)
}

/// `POST /dbconnections/change_password`: text, no token, and the same answer for an unknown address.
pub(crate) fn ask_for_password(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let bad =
        |description: &str| Err(Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_request", description));
    let Ok(body) = call.json() else { return bad("invalid request body") };
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let (Some(connection), email) = (tenant.connections.named(text("connection")), text("email")) else {
        return bad("connection is required and must exist");
    };
    if email.is_empty() {
        return bad("email is required");
    }
    if !connection.is_database() {
        return bad("only database connections have passwords");
    }
    if !tenant.applications.contains_key(text("client_id")) {
        return bad("client_id is required and must exist");
    }
    if let Some(user) = tenant.users.holder(&connection.name, &email.to_lowercase()).cloned() {
        crate::mail::send(tenant, call, MailKind::ChangePassword, &user);
    }
    Ok(Answer::text("text/html; charset=utf-8", "We've just sent you an email to reset your password."))
}

/// `GET /u/…?ticket=`: somebody opens a link. Once; after that, and after its time, it does nothing.
pub(crate) fn open(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let gone = || Refusal::bare(StatusCode::BAD_REQUEST, "This URL can be used only once, and in time.");
    let ticket = call.query.get("ticket").unwrap_or_default();
    let ticket =
        tenant.tickets.open.remove(ticket).filter(|it| it.expires > call.now.wall).ok_or_else(gone)?;
    let mut user = tenant.users.get(&ticket.user_id).map(|it| (**it).clone()).ok_or_else(gone)?;
    match ticket.purpose {
        Purpose::VerifyEmail => user.email_verified = Some(true),
        Purpose::ChangePassword { verifies_email } => {
            user.last_password_reset = Some(call.now.wall);
            if verifies_email {
                user.email_verified = Some(true);
            }
        }
    }
    user.updated_at = Some(call.now.wall);
    tenant.users.put(user, call.now);
    Ok(Answer::text("text/html; charset=utf-8", "<!doctype html><p>Done.</p>"))
}
