//! Which fields a PATCH may carry together, and which a user's connection takes.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    error::Refusal,
    state::{Connection, Identity, User},
    switches::UncertainCodes,
    tenant::Tenant,
};

/// Fields that may not be changed in one request, in the order in which Auth0 names them.
const NEVER_TOGETHER: [(&str, &str); 5] = [
    ("password", "email"),
    ("password", "email_verified"),
    ("username", "email"),
    ("username", "email_verified"),
    ("username", "password"),
];
/// What a login at the provider overwrites.
const PROFILE: [&str; 5] = ["family_name", "given_name", "name", "nickname", "picture"];

/// The connection that the PATCH is about, when everything in it may be changed there.
pub(crate) fn check(tenant: &Tenant, user: &User, body: &Map<String, Value>) -> Result<(), Refusal> {
    let bad = |message: &str| {
        let refusal = Refusal::bare(StatusCode::BAD_REQUEST, message);
        match tenant.switches.uncertain_codes {
            UncertainCodes::Absent => refusal,
            UncertainCodes::Present => refusal.with_code("operation_not_supported"),
        }
    };
    for (one, other) in NEVER_TOGETHER {
        if body.contains_key(one) && body.contains_key(other) {
            return Err(bad(&format!("Cannot update {one} and {other} simultaneously.")));
        }
    }
    let identity = identity(tenant, user, body)?;
    let connection = tenant.connections.named(&identity.connection);
    if is_federated(identity, connection) {
        check_federated(identity, connection, body).map_err(|it| bad(&it))?;
    } else if identity.provider == "sms" && body.contains_key("email_verified") {
        return Err(bad("Email verification is not supported for enterprise users."));
    }
    let credentials = body.contains_key("email") || body.contains_key("password");
    if credentials && connection.is_some_and(Connection::is_disabled) {
        return Err(bad("Cannot change email or password for users in a disabled connection."));
    }
    if body.contains_key("username") && !connection.is_some_and(Connection::requires_username) {
        return Err(bad("Cannot set username for connection without requires_username."));
    }
    Ok(())
}

/// The identity that `connection` names, or else the primary one.
fn identity<'a>(tenant: &Tenant, user: &'a User, body: &Map<String, Value>) -> Result<&'a Identity, Refusal> {
    let none = || Refusal::bare(StatusCode::BAD_REQUEST, "Connection is not supported for this operation.");
    let Some(name) = body.get("connection").and_then(Value::as_str) else {
        return user.primary().ok_or_else(none);
    };
    if tenant.connections.named(name).is_none() {
        return Err(Refusal::bad_request("The connection does not exist.", "inexistent_connection"));
    }
    user.identities.iter().find(|it| it.connection == name).ok_or_else(none)
}

/// A connection that is gone, or was never in the document, is judged by the identity's provider.
fn is_federated(identity: &Identity, connection: Option<&Connection>) -> bool {
    match connection {
        Some(connection) => !connection.is_database() && !connection.is_passwordless(),
        None => !["auth0", "email", "sms"].contains(&identity.provider.as_str()),
    }
}

/// Sending such a field unchanged is refused as well.
fn check_federated(
    identity: &Identity,
    connection: Option<&Connection>,
    body: &Map<String, Value>,
) -> Result<(), String> {
    if body.contains_key("email") {
        return Err("Cannot update email for non-database user.".to_owned());
    }
    if body.contains_key("email_verified") && !identity.is_social {
        return Err("Email verification is not supported for enterprise users.".to_owned());
    }
    if body.contains_key("password") || body.contains_key("username") {
        return Err("Connection is not supported for this operation.".to_owned());
    }
    if connection.is_some_and(|it| !it.syncs_profile()) || !PROFILE.iter().any(|it| body.contains_key(*it)) {
        return Ok(());
    }
    let fields: Vec<&str> = PROFILE.into_iter().filter(|it| body.contains_key(*it)).collect();
    Err(format!(
        "The following user attributes cannot be updated: {}. The connection ({}) must either be a database \
         connection (using the Auth0 store), a passwordless connection (email or sms) or has disabled 'Sync user \
         profile attributes at each login'. For more information, see \
         https://auth0.com/docs/users/configure-connection-sync-with-auth0",
        fields.join(", "),
        identity.connection,
    ))
}
