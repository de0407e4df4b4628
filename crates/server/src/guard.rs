//! What holds for every request: an id, a time, a size, headers, and that a key is answered once.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use rand::RngExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use crate::app::App;
use crate::callers::Caller;
use crate::keys::{self, Begun};
use crate::metering;
use crate::problem::{Kind, Problem};

/// Who asks gives its own, or gets one of ours; it is in every line of the log about the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The same key gives the same answer.
const KEY: &str = "idempotency-key";
/// Longer ids and keys are nobody's.
const LONGEST_ID: usize = 128;

/// Headers of every answer: nothing of ours is a page, to be framed, sniffed or kept.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// The router with all of it around.
pub(crate) fn around(router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    router
        .layer(DefaultBodyLimit::max(app.settings().longest_body))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(app), guard))
}

async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (begun, settings) = (Instant::now(), app.settings());
    let id = request_id(&request);
    let route =
        request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |it| it.as_str().to_owned());
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id, method = %method, route = %route);
    let answering =
        tokio::time::timeout(settings.request_timeout, next.run(request)).instrument(span.clone());
    let mut response = answering.await.unwrap_or_else(|_| {
        Problem::new(
            Kind::Timeout,
            "the answer took too long; what was begun goes on, and the record tells of it",
        )
        .into_response()
    });
    let (took, status) = (begun.elapsed(), response.status());
    span.in_scope(|| {
        tracing::debug!(status = status.as_u16(), ms = took.as_secs_f64() * 1e3, "request answered");
    });
    metering::answered(&method, &route, status, took);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if settings.is_encrypted() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The caller's own id where it is one, as a log can bear it.
fn request_id(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|it| it.to_str().ok());
    let is_fine = |it: &&str| {
        let fine = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        (1..=LONGEST_ID).contains(&it.len()) && it.chars().all(fine)
    };
    given.filter(is_fine).map_or_else(|| format!("{:016x}", rand::rng().random::<u64>()), str::to_owned)
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request made the service panic");
    Problem::new(Kind::Internal, "the service has a fault; its log tells more by the request's id")
        .into_response()
}

/// A POST with a key is done once; whoever sends it again gets the same answer.
pub(crate) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let key = request.headers().get(KEY).map(|it| it.to_str().unwrap_or_default().to_owned());
    let (Some(key), &Method::POST) = (key, request.method()) else { return next.run(request).await };
    if key.is_empty() || key.len() > LONGEST_ID {
        return Problem::new(
            Kind::BadRequest,
            format!("an Idempotency-Key has 1 to {LONGEST_ID} characters"),
        )
        .into_response();
    }
    let Some(caller) = request.extensions().get::<Caller>().map(|it| it.approver.name().to_owned()) else {
        return next.run(request).await; // the route refuses it
    };
    let (asked, request) = match keys::fingerprint(request, app.settings().longest_body).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    match app.keys.begin(&app, &caller, &key, &asked, Utc::now()).await {
        Ok(Begun::Now) => {}
        Ok(Begun::Before(response)) => return response,
        Err(problem) => return problem.into_response(),
    }
    let response = next.run(request).await;
    app.keys.end(&app, &caller, &key, response).await
}
