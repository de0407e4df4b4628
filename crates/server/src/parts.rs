//! Parts of a request, whose faults are told as problems.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// A JSON body; an empty one is that of an object without fields.
pub(crate) struct Body<T>(pub(crate) T);

/// The query.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|refused| {
            let kind = if refused.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Kind::TooLarge
            } else {
                Kind::BadRequest
            };
            Problem::new(kind, refused.body_text())
        })?;
        if !bytes.is_empty() && !is_json {
            return Err(Problem::new(Kind::MediaType, "the body does not say that it is JSON")
                .next("send the header Content-Type: application/json"));
        }
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let read = Json::from_bytes(bytes);
        read.map(|Json(body)| Self(body)).map_err(|it| Problem::new(Kind::BadRequest, it.body_text()))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|it| Self(it.0)).map_err(|refused| Problem::new(Kind::BadRequest, refused.body_text()))
    }
}
