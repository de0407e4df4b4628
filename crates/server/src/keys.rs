//! Idempotency keys: the first answer to a request is kept for a day, and given to whoever sends it again.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use store::{KeptAnswer, Key, KeyBegun};

use crate::app::App;
use crate::problem::{Kind, Problem};

/// Told with an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// An answer larger than this is not kept, and the request done again.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The keys, which are in the store.
#[derive(Default)]
pub(crate) struct Keys;

/// Whether a request is to be done.
pub(crate) enum Begun {
    Now,
    Before(Response),
}

/// What tells two requests apart, and the request again.
pub(crate) async fn fingerprint(request: Request, longest: usize) -> Result<(String, Request), Problem> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, longest)
        .await
        .map_err(|_| Problem::new(Kind::TooLarge, format!("a body may have {longest} bytes")))?;
    let mut hash = Sha256::new();
    hash.update(parts.uri.path().as_bytes());
    hash.update([0]);
    hash.update(&bytes);
    let asked = URL_SAFE_NO_PAD.encode(hash.finalize());
    Ok((asked, Request::from_parts(parts, Body::from(bytes))))
}

impl Keys {
    /// Takes the key, or finds what was answered.
    pub(crate) async fn begin(
        &self,
        app: &App,
        caller: &str,
        key: &str,
        asked: &str,
        now: DateTime<Utc>,
    ) -> Result<Begun, Problem> {
        let engine = app.engine();
        let key = Key { tenant: engine.tenant(), caller, name: key };
        match engine.store().begin_key(key, asked, now).await? {
            KeyBegun::Now => Ok(Begun::Now),
            KeyBegun::Answered(kept) => Ok(Begun::Before(again(kept))),
            KeyBegun::UnderWay => {
                Err(Problem::new(Kind::Busy, "the first request with this key is under way").retry_after(2))
            }
            KeyBegun::OtherRequest => {
                Err(Problem::new(Kind::KeyReused, "this key was used for another request")
                    .next("draw a new key for each thing that you want done"))
            }
        }
    }

    /// Keeps the answer. What may be better the next time is not kept, so that the key can be used again.
    pub(crate) async fn end(&self, app: &App, caller: &str, key: &str, response: Response) -> Response {
        let engine = app.engine();
        let (store, key) = (engine.store(), Key { tenant: engine.tenant(), caller, name: key });
        let passing = response.status().is_server_error()
            || matches!(response.status(), StatusCode::TOO_MANY_REQUESTS)
            || response.headers().contains_key(header::RETRY_AFTER);
        let (parts, body) = response.into_parts();
        let read = axum::body::to_bytes(body, LONGEST_ANSWER).await;
        let bytes = match read {
            Ok(bytes) if !passing => bytes,
            other => {
                if let Err(error) = store.forget_key(key).await {
                    tracing::warn!(%error, "a key could not be given back");
                }
                return Response::from_parts(parts, Body::from(other.unwrap_or_default()));
            }
        };
        let text =
            |name: HeaderName| parts.headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
        let kept = KeptAnswer {
            status: parts.status.as_u16(),
            content_type: text(header::CONTENT_TYPE),
            location: text(header::LOCATION),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        };
        if let Err(error) = store.end_key(key, &kept).await {
            tracing::warn!(%error, "the answer to a key could not be kept");
        }
        Response::from_parts(parts, Body::from(bytes))
    }
}

fn again(kept: KeptAnswer) -> Response {
    let KeptAnswer { status, content_type, location, body } = kept;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    for (name, value) in [(header::CONTENT_TYPE, content_type), (header::LOCATION, location)] {
        if let Some(value) = value.and_then(|it| HeaderValue::from_str(&it).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
