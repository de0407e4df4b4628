//! Runs: what was done, how far one is, and what takes one back.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use diff::RunId;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::{Value, json};
use store::{CallState, RunState};

use super::{Page, Paging};
use crate::app::{App, run_id};
use crate::callers::{Decides, Looks};
use crate::create::{self, Waiting};
use crate::parts::Query;
use crate::problem::{self, Problem};

/// How often a run is looked at for whoever follows it.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// The runs, the newest first.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(Paging),
    responses((status = 200, body = Page), (status = "default", body = problem::Body)))]
pub(crate) async fn list(
    _: Looks,
    State(app): State<Arc<App>>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, Problem> {
    let (limit, before) = (paging.limit()?, paging.from::<i64>()?);
    let mut runs = app.engine().store().runs_before(before.map(RunId), limit + 1).await?;
    let next = super::cut(&mut runs, limit).map(|it| it.id.to_string());
    Ok(Json(Page { items: runs.iter().map(documents::run).collect(), next }))
}

/// A run, with the forecast of its plan.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn show(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let engine = app.engine();
    let run = engine.store().run(run_id(&id)?).await?;
    let plan = engine.store().plan(run.plan).await?.plan;
    Ok(Json(documents::run_with_forecast(&run, &plan.document().forecast)))
}

/// Follows a run: an event `progress` each second in which something ended, and `end` when it is over. It reads the
/// journal, so that it does not matter which process runs it.
#[utoipa::path(get, path = "/api/runs/{id}/events", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
        (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn events(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = run_id(&id)?;
    app.engine().store().run(id).await?;
    Ok(Sse::new(followed(app, id)).keep_alive(KeepAlive::default()).into_response())
}

/// Where whoever follows a run is.
enum At {
    /// So many calls had ended at the last look.
    Ended(Option<usize>),
    Over,
}

fn followed(app: Arc<App>, id: RunId) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((app, At::Ended(None)), move |(app, at)| async move {
        let At::Ended(mut seen) = at else { return None };
        loop {
            let event = match look(&app, id).await {
                Ok(Look { ended: Some(document), .. }) => {
                    return Some((Ok(told("end", &document)), (app, At::Over)));
                }
                Ok(Look { done, ended: None }) if seen != Some(done) => {
                    seen = Some(done);
                    told("progress", &json!({ "run": id, "calls_ended": done }))
                }
                Ok(_) if !app.work.stop().is_asked() => {
                    tokio::time::sleep(LOOKED_AT_EVERY).await;
                    continue;
                }
                Ok(_) => return None, // the service stops, and whoever follows asks another
                Err(error) => {
                    let said = json!({ "detail": crate::faults::chain(&error) });
                    return Some((Ok(told("trouble", &said)), (app, At::Over)));
                }
            };
            return Some((Ok(event), (app, At::Ended(seen))));
        }
    })
}

struct Look {
    done: usize,
    /// The run's document, once it is over.
    ended: Option<Value>,
}

async fn look(app: &App, id: RunId) -> Result<Look, store::Error> {
    let engine = app.engine();
    let run = engine.store().run(id).await?;
    match run.state {
        RunState::Running => {
            let calls = engine.store().calls(id).await?;
            let done = calls.iter().filter(|it| it.state != CallState::Intended).count();
            Ok(Look { done, ended: None })
        }
        RunState::Applied | RunState::Incomplete | RunState::Abandoned => {
            Ok(Look { done: 0, ended: Some(documents::run(&run)) })
        }
    }
}

fn told(event: &'static str, document: &Value) -> Event {
    Event::default().event(event).data(document.to_string())
}

/// Proposes a plan that takes the run back; it is reviewed like any other.
#[utoipa::path(post, path = "/api/runs/{id}/undo", tag = "runs", params(("id" = String, Path)),
    responses((status = 202, body = Waiting), (status = 200, description = "Nothing is left to take back", body = Object),
        (status = 409, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn undo(
    _: Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let engine = app.engine();
    let preview = engine.undo(run_id(&id)?).await?;
    create::proposed(&app, &engine, &preview).await
}
