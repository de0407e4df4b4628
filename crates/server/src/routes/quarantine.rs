//! What failed when it was tried last.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use engine::Whose;
use serde_json::{Value, json};

use crate::app::{App, employee_id};
use crate::callers::{Decides, Looks};
use crate::problem::{self, Problem};

/// Everything in quarantine: first what leaves somebody with access.
#[utoipa::path(get, path = "/api/quarantine", tag = "quarantine",
    responses((status = 200, body = Vec<Object>), (status = "default", body = problem::Body)))]
pub(crate) async fn list(_: Looks, State(app): State<Arc<App>>) -> Result<Json<Vec<Value>>, Problem> {
    let failing = app.engine().quarantine().await?;
    Ok(Json(failing.iter().map(documents::failing).collect()))
}

/// Lets the next plan have what of the employee is parked.
#[utoipa::path(post, path = "/api/quarantine/{employee}/release", tag = "quarantine", params(("employee" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn release(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(employee): Path<String>,
) -> Result<Json<Value>, Problem> {
    let whose = Whose::Of([employee_id(&employee)?].into());
    let released = app.engine().release(&whose, None, &caller.approver).await?;
    Ok(Json(json!({ "released": released.released.len(), "due_anyway": released.due.len() })))
}
