//! Who asks, and what they may do. Nothing under `/api` is reached without passing here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use access::jwt;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use diff::Approver;
use engine::TokenError;
use secrecy::SecretString;
use store::{Act, TokenRole};

use crate::app::App;
use crate::problem::{Kind, Problem};

/// Somebody who has shown who they are.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// By this name what they do is recorded, and a yes counts.
    pub(crate) approver: Approver,
    role: TokenRole,
}

/// A caller who may look. Whoever has a role at all may.
pub(crate) struct Looks;

/// A caller who may decide about plans and people.
pub(crate) struct Decides(pub(crate) Caller);

/// A caller who may hand out tokens and stop schedules.
pub(crate) struct Administers(pub(crate) Caller);

/// Lets the request in with its caller, or answers with 401, 429 or 503. Each refusal is on record.
pub(crate) async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let address = address(&request);
    if let Err(wait) = app.attempts.check(address, Utc::now()) {
        return Problem::new(Kind::TooManyAttempts, "this address has shown too many bad tokens")
            .next("wait, and look whether the token is the one that you were given")
            .retry_after(wait.seconds())
            .into_response();
    }
    match caller(&app, request.headers(), address).await {
        Ok(caller) => {
            app.attempts.succeeded(address, Utc::now());
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => {
            if problem.is_unauthenticated() {
                app.attempts.failed(address, Utc::now());
            }
            problem.into_response()
        }
    }
}

async fn caller(app: &App, headers: &HeaderMap, address: IpAddr) -> Result<Caller, Problem> {
    let seen = Approver::Unverified { name: format!("somebody@{address}") };
    let Some(token) = bearer(headers) else {
        app.refused(&seen, "no token").await?;
        return Err(Problem::new(Kind::Unauthenticated, "there is no token in the request")
            .next("send the header Authorization: Bearer TOKEN; rollcall token create makes a token"));
    };
    match &app.settings().jwt {
        Some(verifier) if is_jwt(&token) => of_jwt(app, verifier, &token, &seen).await,
        Some(_) | None => of_token(app, token, &seen).await,
    }
}

async fn of_token(app: &App, token: SecretString, seen: &Approver) -> Result<Caller, Problem> {
    let engine = app.engine();
    match engine.holder(&token, seen).await {
        Ok(holder) => Ok(Caller { approver: Approver::Verified { name: holder.name }, role: holder.role }),
        Err(TokenError::Store(error)) => Err(Problem::from(error)),
        // Which of them it is, is on record; whoever guesses tokens learns nothing.
        Err(
            TokenError::Unknown
            | TokenError::Expired { .. }
            | TokenError::Revoked { .. }
            | TokenError::TooWeak { .. },
        ) => Err(bad_token()),
    }
}

async fn of_jwt(
    app: &App,
    verifier: &jwt::Verifier,
    token: &SecretString,
    seen: &Approver,
) -> Result<Caller, Problem> {
    match verifier.verify(token).await {
        Ok(identity) => Ok(Caller {
            approver: Approver::Verified { name: identity.name.clone() },
            role: role(identity.role),
        }),
        Err(jwt::Error::KeysUnavailable(_)) => {
            Err(Problem::new(Kind::Unavailable, "the keys of the tokens' issuer cannot be read")
                .retry_after(30))
        }
        Err(error) => {
            app.refused(seen, &error.to_string()).await?;
            Err(bad_token())
        }
    }
}

fn bad_token() -> Problem {
    Problem::new(Kind::Unauthenticated, "the token is not good")
        .next("it may have expired or been revoked, or be one of another system; an operator sees why in the audit record")
}

/// A token of ours has no dots, and a JWT has two.
fn is_jwt(token: &SecretString) -> bool {
    use secrecy::ExposeSecret as _;
    token.expose_secret().matches('.').count() == 2
}

fn role(role: access::Role) -> TokenRole {
    match role {
        access::Role::Viewer => TokenRole::Viewer,
        access::Role::Approver => TokenRole::Approver,
        access::Role::Operator => TokenRole::Operator,
    }
}

fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned().into())
}

/// Where the request comes from, as the connection says; a header could say anything.
fn address(request: &Request) -> IpAddr {
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>();
    connected.map_or(IpAddr::from([0, 0, 0, 0]), |it| it.0.ip())
}

impl Caller {
    /// The caller, if its role allows the act; what it may not do is on record.
    async fn may(self, act: Act, app: &App, what: &str) -> Result<Self, Problem> {
        if self.role.may(act) {
            return Ok(self);
        }
        let why = format!("{what}: the role {} may not, and this needs {}", self.role, act.roles());
        app.refused(&self.approver, &why).await?;
        Err(Problem::new(
            Kind::Forbidden,
            format!("your role is {}, and this needs {}", self.role, act.roles()),
        )
        .next("ask an operator for a token with that role"))
    }

    async fn of(parts: &Parts, act: Act, app: &App) -> Result<Self, Problem> {
        // Whoever was not admitted has no caller, so that a route that was forgotten is closed.
        let caller = parts.extensions.get::<Self>().cloned();
        let caller =
            caller.ok_or_else(|| Problem::new(Kind::Unauthenticated, "there is no token in the request"))?;
        caller.may(act, app, &format!("{} {}", parts.method, parts.uri.path())).await
    }
}

impl FromRequestParts<Arc<App>> for Looks {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Caller::of(parts, Act::Look, app).await.map(|_| Self)
    }
}

impl FromRequestParts<Arc<App>> for Decides {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Caller::of(parts, Act::Decide, app).await.map(Self)
    }
}

impl FromRequestParts<Arc<App>> for Administers {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Caller::of(parts, Act::Administer, app).await.map(Self)
    }
}
