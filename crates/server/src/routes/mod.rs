//! The routes, a file a subject. Each says in its signature who may: [`Looks`](crate::callers::Looks),
//! [`Decides`](crate::callers::Decides) or [`Administers`](crate::callers::Administers).

mod audit;
mod employees;
mod health;
mod operations;
mod plans;
mod quarantine;
mod runs;
mod schedules;
mod tokens;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::callers;
use crate::document::{self, ApiDocument};
use crate::guard;
use crate::problem::{Kind, Problem};
pub(crate) use health::metrics_shown;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    /// What is on it, the newest first.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// Where the next page begins: the query's `cursor`. None on the last page.
    next: Option<String>,
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many, from 1 to 500.
    limit: Option<u64>,
}

/// What a page holds where nothing is said.
const PAGE: u64 = 50;
/// More nobody reads at once.
const LONGEST_PAGE: u64 = 500;

impl Paging {
    /// How many are asked for.
    fn limit(&self) -> Result<u64, Problem> {
        match self.limit {
            None => Ok(PAGE),
            Some(limit) if (1..=LONGEST_PAGE).contains(&limit) => Ok(limit),
            Some(limit) => {
                Err(Problem::new(Kind::BadRequest, format!("{limit} is no number of lines for a page"))
                    .next(format!("ask for 1 to {LONGEST_PAGE}")))
            }
        }
    }

    /// Where the page begins, as the list names its things.
    fn from<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        match cursor.parse() {
            Ok(from) => Ok(Some(from)),
            Err(_) => Err(Problem::new(Kind::BadRequest, format!("{cursor:?} is no cursor"))
                .next("take `next` of the page before")),
        }
    }
}

/// Cuts what is more than a page, and gives its last line where there is more.
pub(crate) fn cut<T>(lines: &mut Vec<T>, limit: u64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > limit;
    lines.truncate(limit);
    lines.last().filter(|_| more)
}

/// Everything that the service answers.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let (admitted, mut document) = OpenApiRouter::with_openapi(ApiDocument::openapi())
        .routes(routes!(employees::list))
        .routes(routes!(employees::show))
        .routes(routes!(employees::explain))
        .routes(routes!(employees::create_auth0))
        .routes(routes!(employees::create_all))
        .routes(routes!(employees::sync))
        .routes(routes!(employees::link, employees::unlink))
        .routes(routes!(employees::resend))
        .routes(routes!(plans::list, plans::make))
        .routes(routes!(plans::show))
        .routes(routes!(plans::approve))
        .routes(routes!(plans::reject))
        .routes(routes!(plans::apply))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::events))
        .routes(routes!(runs::undo))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::release))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(schedules::list))
        .routes(routes!(schedules::ticks))
        .routes(routes!(schedules::pause))
        .routes(routes!(schedules::resume))
        .routes(routes!(schedules::run_now))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(operations::show))
        .split_for_parts();
    let (signed, signed_document) =
        OpenApiRouter::new().routes(routes!(webhooks::employees)).split_for_parts();
    document.merge(signed_document);
    document::finish(&mut document);
    let document = Arc::new(serde_json::to_value(&document).unwrap_or_default());
    let shown = move || async move { axum::Json(document.as_ref().clone()) };
    let mut admitted = admitted.route("/api/openapi.json", get(shown));
    if app.settings().metrics_listen.is_none() {
        admitted = admitted.route("/metrics", get(health::metrics));
    }
    // The last layer is the first that a request meets.
    let admitted = admitted
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), guard::once))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), callers::admit));
    let router = admitted
        .merge(signed)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(nothing_there)
        .method_not_allowed_fallback(async || Problem::new(Kind::Method, "this path has no such method"));
    guard::around(router, app).with_state(Arc::clone(app))
}

async fn nothing_there(uri: Uri) -> axum::response::Response {
    Problem::new(Kind::NotFound, format!("there is nothing at {}", uri.path()))
        .next("GET /api/openapi.json tells what there is")
        .into_response()
}
