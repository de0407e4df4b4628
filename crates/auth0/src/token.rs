//! The access token: in memory only, renewed before it expires, one renewal at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::time::Instant;

use crate::ask::Ask;
use crate::config::Config;
use crate::error::{Error, Refusal};
use crate::failure::Repeat;
use crate::reply::{Misread, Reply};
use crate::wire;

/// Where tokens come from. It is named in errors as any other request.
const PATH: &str = "/oauth/token";

/// A token that Auth0 gave.
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) scopes: BTreeSet<String>,
    renew_at: Instant,
}

/// What Auth0 allows a token at most, 30 days (FACTS §1).
const LONGEST_LIFE: Duration = Duration::from_hours(30 * 24);

/// A token that is said to live shorter is used so long all the same: each costs a request of a quota, and one
/// that has expired is renewed when it is refused.
const SHORTEST_LIFE: Duration = Duration::from_mins(1);

/// Reads a token, and refuses one that could not be sent as we send tokens.
pub(crate) fn read(reply: &Reply) -> Result<wire::Token, Misread> {
    let token: wire::Token = reply.json()?;
    match &token.kind {
        Some(other) if !other.eq_ignore_ascii_case("bearer") => {
            Err(Misread::because("its token_type is not Bearer"))
        }
        Some(_) | None => Ok(token),
    }
}

impl Token {
    pub(crate) fn new(wire: wire::Token, buffer: Duration) -> Self {
        let lifetime = Duration::from_secs(wire.expires_in).clamp(SHORTEST_LIFE, LONGEST_LIFE);
        // A token that lives no longer than the buffer is used for half of its life, not renewed for each call.
        let used_for = lifetime.saturating_sub(buffer).max(lifetime / 2);
        Self {
            secret: wire.secret.into(),
            scopes: wire.scope.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            renew_at: Instant::now() + used_for,
        }
    }

    fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_at
    }
}

/// The one token of a client. Its lock is held while a token is fetched, so that fifty calls that find
/// none wait for one fetch.
#[derive(Default)]
pub(crate) struct TokenCell(tokio::sync::Mutex<Option<Arc<Token>>>);

impl TokenCell {
    /// The token, or the one that `fetch` gives.
    pub(crate) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<Token>, Error>
    where
        F: Future<Output = Result<Token, Error>>,
    {
        let mut held = self.0.lock().await;
        if let Some(token) = held.as_ref().filter(|it| it.is_fresh()) {
            return Ok(Arc::clone(token));
        }
        *held = None;
        let token = Arc::new(fetch().await?);
        *held = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Forgets the token that was refused, unless another call has renewed it meanwhile.
    pub(crate) async fn forget(&self, refused: &Arc<Token>) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|it| Arc::ptr_eq(it, refused)) {
            *held = None;
        }
    }
}

/// Asking twice gives two tokens and does no harm.
pub(crate) fn ask(config: &Config) -> Ask {
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": config.client_id,
        "client_secret": config.client_secret.expose_secret(),
        "audience": config.audience(),
    });
    Ask::authentication(PATH, None, body).repeat(Repeat::Safe)
}

/// What to check, by what the token endpoint says (FACTS §1).
pub(crate) fn refused(refusal: Refusal) -> Error {
    let advice = match (refusal.status, refusal.code.as_deref()) {
        (_, Some("unauthorized_client")) => {
            "allow the grant type Client Credentials in the application's advanced settings"
        }
        (403, _)
            if refusal.message.contains("client-grant") || refusal.message.contains("not authorized") =>
        {
            "authorise the application for the Auth0 Management API (Applications > APIs > Auth0 Management API > \
             Machine to Machine Applications)"
        }
        (403, _) if refusal.message.contains("Service not enabled") => {
            "the audience must be the tenant's own https://TENANT/api/v2/, also where AUTH0_DOMAIN is a custom domain"
        }
        (401, _) => "check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET",
        (404, _) => "check AUTH0_DOMAIN",
        _ => "check AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET",
    };
    Error::TokenRefused { refusal, advice }
}
