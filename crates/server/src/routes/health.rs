//! Whether the service lives, and whether it can work; and its figures.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::app::App;
use crate::callers::Looks;
use crate::metering;

/// It answers, so it lives. What it needs is not asked: a restart would not mend a database.
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Whether it can do its work: databases, migrations, token. Says what is wrong and nothing else, to anybody.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let engine = app.engine();
    let mut checks = Vec::new();
    let store = engine.store();
    checks.push(("store", store.bound_tenant().await.is_ok()));
    checks.push(("source", store.source_shape().await.is_ok_and(|it| it.exists())));
    checks.push(("migrations", store.pending_in_store().await.is_ok_and(|it| it.is_empty())));
    checks.push(("token", engine.check_token().await.is_ok()));
    checks.push(("running", !app.work.stop().is_asked()));
    let ready = checks.iter().all(|(_, fine)| *fine);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks: serde_json::Map<_, _> =
        checks.into_iter().map(|(it, fine)| (it.to_owned(), json!(fine))).collect();
    (status, Json(json!({ "ready": ready, "checks": checks }))).into_response()
}

/// The figures, as Prometheus reads them.
pub(crate) async fn metrics(_: Looks, State(app): State<Arc<App>>) -> Response {
    shown(metering::rendered(&app).await)
}

/// The same at an address of their own, which the operator keeps to whom it is for.
pub(crate) async fn metrics_shown(State(app): State<Arc<App>>) -> Response {
    shown(metering::rendered(&app).await)
}

/// As Prometheus expects its text.
fn shown(text: String) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
