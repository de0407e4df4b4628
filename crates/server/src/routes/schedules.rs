//! Schedules: what is done when, what was, and a person's hand in it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use schedule::{RunNowError, Runner, Standing, Unknown};
use serde_json::{Value, json};
use store::{StoredTick, TickPage};

use super::{Page, Paging};
use crate::app::App;
use crate::callers::{Decides, Looks};
use crate::faults::chain;
use crate::parts::Query;
use crate::problem::{self, Kind, Problem};
use crate::timetable::{Ticks, read_pauses};

/// The schedules, by name.
#[utoipa::path(get, path = "/api/schedules", tag = "schedules",
    responses((status = 200, body = Vec<Object>), (status = "default", body = problem::Body)))]
pub(crate) async fn list(_: Looks, State(app): State<Arc<App>>) -> Result<Json<Vec<Value>>, Problem> {
    let runner = runner(&app)?;
    read_pauses(&app, runner).await?;
    Ok(Json(runner.schedules().iter().map(document).collect()))
}

/// Its ticks, the newest first: when each was taken, by whom, and what became of it.
#[utoipa::path(get, path = "/api/schedules/{name}/ticks", tag = "schedules", params(("name" = String, Path), Paging),
    responses((status = 200, body = Page), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn ticks(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, Problem> {
    known(&app, &name)?;
    let (limit, skip) = (paging.limit()?, paging.from::<u64>()?.unwrap_or_default());
    let engine = app.engine();
    let page = TickPage { schedule: Some(name), skip, limit: limit + 1 };
    let mut ticks = engine.store().ticks(engine.tenant(), &page).await?;
    let next = super::cut(&mut ticks, limit).map(|_| (skip + limit).to_string());
    Ok(Json(Page { items: ticks.iter().map(tick).collect(), next }))
}

/// Has it rest, in every process, until it is resumed.
#[utoipa::path(post, path = "/api/schedules/{name}/pause", tag = "schedules", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn pause(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    known(&app, &name)?;
    app.engine().pause_schedule(&name, &caller.approver).await?;
    runner(&app)?.pause(&name).map_err(|it| unknown(&it))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has it go on. What came due meanwhile is not caught up.
#[utoipa::path(post, path = "/api/schedules/{name}/resume", tag = "schedules", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn resume(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    known(&app, &name)?;
    app.engine().resume_schedule(&name, &caller.approver).await?;
    runner(&app)?.resume(&name).map_err(|it| unknown(&it))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Runs it now, beside its ticks.
#[utoipa::path(post, path = "/api/schedules/{name}/run", tag = "schedules", params(("name" = String, Path)),
    responses((status = 202, body = Object), (status = 404, body = problem::Body), (status = 409, body = problem::Body),
        (status = "default", body = problem::Body)))]
pub(crate) async fn run_now(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let begun = runner(&app)?.run_now(&name).await;
    let at = begun.map_err(|error| match &error {
        RunNowError::Unknown(_) => Problem::new(Kind::NotFound, chain(&error)),
        RunNowError::Busy(_) | RunNowError::Taken => Problem::new(Kind::Busy, chain(&error)).retry_after(5),
        RunNowError::Stopping | RunNowError::Claim(_) => {
            Problem::new(Kind::Unavailable, chain(&error)).retry_after(30)
        }
    })?;
    app.engine().note_schedule_run(&name, &caller.approver).await?;
    let body = json!({ "schedule": name, "tick": documents::timestamp(at) });
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

fn runner(app: &Arc<App>) -> Result<&Runner<Ticks>, Problem> {
    app.timetable.runner(app).map_err(|it| Problem::new(Kind::Internal, chain(&it)))
}

fn known(app: &Arc<App>, name: &str) -> Result<(), Problem> {
    let there = runner(app)?.schedules().iter().any(|it| it.schedule.name.as_str() == name);
    if there { Ok(()) } else { Err(unknown(&Unknown(name.to_owned()))) }
}

fn unknown(error: &Unknown) -> Problem {
    Problem::new(Kind::NotFound, error.to_string()).next("GET /api/schedules tells which there are")
}

fn document(standing: &Standing<diff::Scope>) -> Value {
    let Standing { schedule, paused, next } = standing;
    json!({
        "name": schedule.name.as_str(),
        "cron": schedule.cron.to_string(),
        "time_zone": schedule.zone.name(),
        "work": schedule.work.word(),
        "plan": schedule.plan.word(),
        "scope": schedule.scope,
        "freeze": schedule.freeze.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "jitter_seconds": schedule.jitter.as_secs(),
        "paused": paused,
        "next": next.map(documents::timestamp),
        "frozen": schedule.allowed(Utc::now()) != schedule::Allowed::Everything,
    })
}

fn tick(tick: &StoredTick) -> Value {
    let StoredTick { schedule, at, taken_by, taken_at, state, note, run, ended_at } = tick;
    json!({
        "schedule": schedule,
        "at": documents::timestamp(*at),
        "process": taken_by,
        "taken_at": documents::timestamp(*taken_at),
        "state": state,
        "note": note,
        "run": run,
        "ended_at": ended_at.map(documents::timestamp),
    })
}
