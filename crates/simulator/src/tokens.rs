//! `POST /oauth/token`, and what a token lets its bearer do.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::Arc,
};

use axum::http::{HeaderMap, StatusCode, header};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    clock::{Moment, Timestamp},
    error::Refusal,
    ids,
    state::Application,
    tenant::Tenant,
};

/// Who calls, and what they may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    scopes: Arc<BTreeSet<String>>,
}

impl Grant {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}

/// Every token that was issued and not revoked.
#[derive(Default)]
pub(crate) struct Tokens {
    live: HashMap<String, Issued>,
}

#[derive(Debug)]
struct Issued {
    grant: Grant,
    expires: Timestamp,
}

/// Without the tokens.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("live", &self.live.len()).finish()
    }
}

impl Tokens {
    /// The bearer of the `Authorization` header.
    pub(crate) fn bearer(&self, headers: &HeaderMap, now: Timestamp) -> Result<Grant, Refusal> {
        let Some(header) = headers.get(header::AUTHORIZATION) else {
            return Err(Refusal::missing_authentication());
        };
        let header = header.to_str().unwrap_or_default();
        let token = header.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let issued = token.and_then(|(_, token)| self.live.get(token.trim()));
        let issued = issued.ok_or_else(|| Refusal::unauthorized("Invalid token"))?;
        if issued.expires <= now {
            return Err(Refusal::unauthorized("Expired token received for JSON Web Token validation"));
        }
        Ok(issued.grant.clone())
    }

    /// Control: from now on every token of today is refused as expired.
    pub(crate) fn expire_all(&mut self) {
        for issued in self.live.values_mut() {
            issued.expires = Timestamp::default();
        }
    }

    /// Control: from now on every token of today is refused as unknown.
    pub(crate) fn revoke_all(&mut self) {
        self.live.clear();
    }

    fn issue(&mut self, application: &Application, audience: &str, issuer: &str, now: Moment) -> String {
        let seconds = i64::try_from(application.token_lifetime_s).unwrap_or(i64::MAX / 1000);
        let expires = now.wall.plus_millis(seconds.saturating_mul(1000));
        let claims = json!({
            "iss": format!("{issuer}/"),
            "sub": format!("{}@clients", application.client_id),
            "aud": audience,
            "iat": now.wall.millis() / 1000,
            "exp": expires.millis() / 1000,
            "scope": application.scopes.join(" "),
            "gty": "client-credentials",
            "azp": application.client_id,
        });
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": "simulator"});
        let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
        // The signature signs nothing: a token is valid because we remember it.
        let token = format!("{}.{}.{}", part(&header), part(&claims), ids::secret(43));
        let scopes = Arc::new(application.scopes.iter().cloned().collect());
        let grant = Grant { client_id: application.client_id.clone(), scopes };
        self.live.insert(token.clone(), Issued { grant, expires });
        token
    }
}

/// `POST /oauth/token`, form or JSON, the secret in the body or in a Basic header.
pub(crate) fn exchange(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = call.json().map_err(|_| invalid_request("Invalid request payload"))?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let grant_type =
        text("grant_type").ok_or_else(|| invalid_request("Missing required parameter: grant_type"))?;
    let (client_id, secret) = match basic(&call.headers) {
        Some(pair) => pair,
        None => (text("client_id").unwrap_or_default(), text("client_secret").unwrap_or_default()),
    };
    if client_id.is_empty() {
        return Err(invalid_request("Missing required parameter: client_id"));
    }
    let application = authenticated(tenant, &client_id, &secret)?;
    if grant_type != "client_credentials" || application.client_secret.is_none() {
        return Err(grant_not_allowed(&grant_type));
    }
    let audience = text("audience").unwrap_or_default();
    check_audience(tenant, call, &audience)?;
    if application.scopes.is_empty() {
        return Err(no_client_grant(&audience));
    }
    let access_token = tenant.tokens.issue(&application, &audience, &call.origin, call.now);
    let answer = Answer::ok(&json!({
        "access_token": access_token,
        "scope": application.scopes.join(" "),
        "expires_in": application.token_lifetime_s,
        "token_type": "Bearer",
    }));
    Ok(answer.with_header("pragma", "no-cache".to_owned()))
}

fn invalid_request(description: &str) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (kind, encoded) = header.split_once(' ')?;
    if !kind.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    // RFC 6749 §2.3.1: both halves are form-encoded.
    let form = |it: &str| percent_encoding::percent_decode_str(it).decode_utf8_lossy().into_owned();
    Some((form(id), form(secret)))
}

/// An unknown client and a wrong secret get the same answer. A public client needs no secret to be known.
fn authenticated(tenant: &Tenant, client_id: &str, secret: &str) -> Result<Application, Refusal> {
    let denied = || Refusal::oauth(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized");
    let application = tenant.applications.get(client_id).ok_or_else(denied)?;
    match &application.client_secret {
        Some(expected) if expected != secret => Err(denied()),
        Some(_) | None => Ok(application.clone()),
    }
}

fn grant_not_allowed(grant_type: &str) -> Refusal {
    let description = format!("Grant type '{grant_type}' not allowed for the client.");
    Refusal::oauth(StatusCode::FORBIDDEN, "unauthorized_client", &description)
        .with_uri("https://auth0.com/docs/clients/client-grant-types")
}

fn no_client_grant(audience: &str) -> Refusal {
    let description = format!(
        "Client is not authorized to access \"{audience}\". You need to create a \"client-grant\" associated to \
         this API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants"
    );
    Refusal::oauth(StatusCode::FORBIDDEN, "access_denied", &description)
}

/// The Management API under our own address or one of the tenant's names, with the slash at its end.
fn check_audience(tenant: &Tenant, call: &Call, audience: &str) -> Result<(), Refusal> {
    if audience.is_empty() {
        let description = "No audience parameter was provided, and no default audience has been configured";
        return Err(Refusal::oauth(StatusCode::FORBIDDEN, "access_denied", description));
    }
    let host = audience.split_once("://").and_then(|(_, rest)| rest.strip_suffix("/api/v2/"));
    let ours = call.origin.split_once("://").map_or("", |(_, host)| host);
    let is_ours = |it: &str| it.eq_ignore_ascii_case(ours) || tenant.domains.iter().any(|name| name == it);
    if host.is_some_and(is_ours) {
        return Ok(());
    }
    let description = format!("Service not enabled within domain: {audience}");
    Err(Refusal::oauth(StatusCode::FORBIDDEN, "access_denied", &description))
}
