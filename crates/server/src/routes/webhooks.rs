//! What other systems tell: an HR system that has changed an employee.

use std::sync::Arc;

use access::signature::{self, Headers};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use diff::{Approver, EmployeeId};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::create;
use crate::faults::chain;
use crate::problem::{self, Kind, Problem};

/// More than so many at once are for a quick run.
const MOST: usize = 100;

/// Who has changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    /// The ids of the employees, at most 100.
    #[schema(value_type = Vec<String>)]
    employees: Vec<EmployeeId>,
}

/// An HR system tells of changed employees: each is planned at once. What `auto_approve` of the policy lets through is
/// done, and the rest waits for a person. The request is signed: `Rollcall-Signature: sha256=` and the HMAC-SHA256, in hex, of `Rollcall-Timestamp`, a dot and
/// the body.
#[utoipa::path(post, path = "/api/webhooks/employees", tag = "webhooks", request_body = Told, security(()),
    params(("Rollcall-Timestamp" = String, Header, description = "Seconds since 1970"),
        ("Rollcall-Signature" = String, Header, description = "`sha256=` and the HMAC in hex")),
    responses((status = 202, body = Object), (status = 400, body = problem::Body), (status = 401, body = problem::Body),
        (status = "default", body = problem::Body)))]
pub(crate) async fn employees(
    State(app): State<Arc<App>>,
    ConnectInfo(from): ConnectInfo<std::net::SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let settings = app.settings();
    let Some(webhooks) = &settings.webhooks else {
        return Err(Problem::new(Kind::NotFound, "no webhook is configured")
            .next("set ROLLCALL_WEBHOOK_SECRET, or webhook_secret_file in [server]"));
    };
    let now = Utc::now();
    if let Err(wait) = app.attempts.check(from.ip(), now) {
        return Err(Problem::new(Kind::TooManyAttempts, "this address has sent too many bad signatures")
            .retry_after(wait.seconds()));
    }
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let shown = Headers { timestamp: header(signature::TIMESTAMP), signature: header(signature::SIGNATURE) };
    if let Err(refused) = webhooks.accept(shown, &body, now) {
        app.attempts.failed(from.ip(), now);
        let seen = Approver::Unverified { name: format!("webhook@{}", from.ip()) };
        app.refused(&seen, &chain(&refused)).await?;
        return Err(Problem::new(Kind::Unauthenticated, "the signature is not good")
            .next("sign the timestamp, a dot and the very bytes of the body, with the configured secret"));
    }
    let Told { employees } = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(Kind::BadRequest, format!("the body cannot be read: {error}")))?;
    if employees.is_empty() || employees.len() > MOST {
        return Err(Problem::new(Kind::BadRequest, format!("a webhook tells of 1 to {MOST} employees")));
    }
    let (working, count) = (Arc::clone(&app), employees.len());
    app.work.spawn(async move { plan(&working, employees).await }).await;
    Ok((StatusCode::ACCEPTED, axum::Json(json!({ "employees": count }))).into_response())
}

/// One after the other, because each goes ahead of a run. A system that tells of something says no yes to it: what
/// the policy lets through without a person is done.
async fn plan(app: &App, employees: Vec<EmployeeId>) {
    let by = Approver::Policy;
    for employee in employees {
        if app.work.stop().is_asked() {
            return;
        }
        let made =
            create::create(&app.engine(), &employee, create::Wish::InLine, &by, &app.holder, app.work.stop())
                .await;
        if let Err(problem) = made {
            tracing::info!(employee_id = %employee, %problem, "what a webhook told of asks for somebody");
        }
    }
}
