//! `POST /users`.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    answer::Answer,
    call::Call,
    domains,
    error::Refusal,
    mail,
    state::{Connection, Identity, MailKind, User},
    tenant::Tenant,
    users::{defaults, metadata, password, schema},
};

/// Creates a user of a database or passwordless connection, and mails unless told otherwise.
pub(crate) fn create(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema::create(&tenant.switches).check(call.json()?)?;
    domains::check(tenant, call)?;
    let connection = usable_connection(tenant, &body)?;
    check_credentials(tenant, &body, &connection)?;
    for name in ["user_metadata", "app_metadata"] {
        if let Some(Value::Object(map)) = body.get(name) {
            metadata::check(name, map)?;
        }
    }
    let user = build(tenant, call, &body, &connection);
    refuse_double(tenant, &user, &connection)?;
    let user = tenant.users.put(user, call.now);
    if wants_mail(&body) {
        mail::send(tenant, call, MailKind::VerifyEmail, &user);
    }
    Ok(Answer::rendered(user.json().into()).with_status(StatusCode::CREATED))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

fn usable_connection(tenant: &Tenant, body: &Map<String, Value>) -> Result<Connection, Refusal> {
    let name = text(body, "connection").unwrap_or_default();
    let missing = || Refusal::bad_request("The connection does not exist.", "inexistent_connection");
    let connection = tenant.connections.named(name).ok_or_else(missing)?;
    if !connection.is_database() && !connection.is_passwordless() {
        let why = "Connection does not support user creation through the API. \
                   It must either be a database or passwordless connection.";
        return Err(Refusal::bare(StatusCode::BAD_REQUEST, why));
    }
    if connection.is_disabled() {
        return Err(Refusal::bare(StatusCode::BAD_REQUEST, "Connection is disabled."));
    }
    Ok(connection.clone())
}

fn check_credentials(
    tenant: &Tenant,
    body: &Map<String, Value>,
    connection: &Connection,
) -> Result<(), Refusal> {
    let need = |name: &str| {
        let why = format!("Payload validation error: 'Missing required property: {name}'.");
        if body.contains_key(name) { Ok(()) } else { Err(Refusal::invalid_body(&why)) }
    };
    if body.contains_key("username") && !connection.requires_username() {
        let why = "Cannot set username for connection without requires_username.";
        return Err(Refusal::bare(StatusCode::BAD_REQUEST, why));
    }
    if connection.strategy == "sms" {
        return need("phone_number");
    }
    need("email")?;
    if !connection.is_database() {
        return Ok(());
    }
    need("password")?;
    let password = text(body, "password").unwrap_or_default();
    password::judge(password, connection, tenant.switches.uncertain_codes)
}

fn build(tenant: &mut Tenant, call: &Call, body: &Map<String, Value>, connection: &Connection) -> User {
    let owned = |name: &str| text(body, name).map(str::to_owned);
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    let object = |name: &str| body.get(name).and_then(Value::as_object).cloned();
    let provider = connection.strategy.clone();
    let id = owned("user_id").filter(|it| !it.is_empty()).unwrap_or_else(|| tenant.ids.user());
    let now = Some(call.now.wall);
    let email = owned("email").map(|it| it.to_lowercase());
    let mut user = User {
        blocked: flag("blocked"),
        created_at: now,
        email_verified: flag("email_verified").or(email.is_some().then_some(false)),
        email,
        family_name: owned("family_name"),
        given_name: owned("given_name"),
        identities: Vec::new(),
        name: owned("name"),
        nickname: owned("nickname"),
        phone_number: owned("phone_number"),
        phone_verified: flag("phone_verified"),
        picture: owned("picture"),
        updated_at: now,
        user_id: format!("{provider}|{id}"),
        user_metadata: object("user_metadata"),
        username: owned("username").map(|it| it.to_lowercase()),
        last_password_reset: None,
        app_metadata: object("app_metadata"),
        last_ip: None,
        last_login: None,
        logins_count: None,
        multifactor: None,
    };
    let connection = connection.name.clone();
    user.identities.push(Identity { connection, user_id: id, provider, is_social: false });
    defaults::fill_names(&mut user);
    user
}

fn refuse_double(tenant: &Tenant, user: &User, connection: &Connection) -> Result<(), Refusal> {
    let email = user.email.as_deref().unwrap_or_default();
    if tenant.users.get(&user.user_id).is_some() || tenant.users.holder(&connection.name, email).is_some() {
        return Err(Refusal::coded(StatusCode::CONFLICT, "The user already exists.", "auth0_idp_error"));
    }
    Ok(())
}

/// `verify_email` decides where it is present. Otherwise an address that is not verified gets a mail.
fn wants_mail(body: &Map<String, Value>) -> bool {
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    match flag("verify_email") {
        Some(wanted) => wanted,
        None => flag("email_verified") != Some(true),
    }
}
