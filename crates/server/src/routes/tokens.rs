//! Tokens: who may what.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{NewToken, TokenName, TokenRole};
use utoipa::ToSchema;

use crate::app::App;
use crate::callers::Administers;
use crate::parts::Body;
use crate::problem::{self, Kind, Problem};

/// Everybody's tokens, of which nobody has more than the name.
#[utoipa::path(get, path = "/api/tokens", tag = "tokens",
    responses((status = 200, body = Vec<Object>), (status = "default", body = problem::Body)))]
pub(crate) async fn list(_: Administers, State(app): State<Arc<App>>) -> Result<Json<Vec<Value>>, Problem> {
    let tokens = app.engine().store().tokens().await?;
    Ok(Json(tokens.iter().map(documents::token).collect()))
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// By this name its holder approves.
    name: String,
    /// `viewer`, `approver` or `operator`.
    #[schema(value_type = String)]
    role: TokenRole,
    /// Until when; for ever where nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
}

/// A token, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shown {
    /// Whose it is.
    name: String,
    /// The token.
    token: String,
}

/// Makes a token. It is in the answer and nowhere else.
#[utoipa::path(post, path = "/api/tokens", tag = "tokens", request_body = Wanted,
    responses((status = 201, body = Shown), (status = 409, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn create(
    Administers(caller): Administers,
    State(app): State<Arc<App>>,
    Body(Wanted { name, role, expires_at }): Body<Wanted>,
) -> Result<Response, Problem> {
    let name: TokenName =
        name.parse().map_err(|it: store::TokenNameError| Problem::new(Kind::BadRequest, it.to_string()))?;
    if expires_at.is_some_and(|it| it <= Utc::now()) {
        return Err(Problem::new(Kind::BadRequest, "the token would have expired already"));
    }
    let new = NewToken { name, role, expires_at };
    let token = app.engine().create_token(&new, &caller.approver).await?;
    let shown = Shown { name: new.name.to_string(), token: token.expose_secret().to_owned() };
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// Makes the token of that name worth nothing.
#[utoipa::path(delete, path = "/api/tokens/{name}", tag = "tokens", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn revoke(
    Administers(caller): Administers,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    app.engine().revoke_token(&name, &caller.approver).await?;
    Ok(StatusCode::NO_CONTENT)
}
