//! What somebody has asked for and did not wait for.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use crate::app::App;
use crate::callers::Looks;
use crate::operations::Operation;
use crate::problem::{self, Kind, Problem};

/// How it stands, and its answer once it is done.
#[utoipa::path(get, path = "/api/operations/{id}", tag = "operations", params(("id" = String, Path)),
    responses((status = 200, body = Operation), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn show(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Operation>, Problem> {
    app.operations.get(&id).map(Json).ok_or_else(|| {
        Problem::new(Kind::NotFound, "there is no such operation, or the service was started anew since")
            .next("GET /api/runs and GET /api/audit tell what was done")
    })
}
