//! Plans: made, looked at, decided about, applied.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use diff::{EmployeeId, Kind as ChangeKind, Scope};
use documents::{PlanDocument, plan_summary, waits_for};
use engine::Yes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Given, PlanState};
use utoipa::ToSchema;

use super::{Page, Paging};
use crate::app::{App, employee_id, plan_id};
use crate::applying;
use crate::callers::{Decides, Looks};
use crate::create::{self, Waiting};
use crate::parts::{Body, Query};
use crate::problem::{self, Kind, Problem};

/// The plans, the newest first.
#[utoipa::path(get, path = "/api/plans", tag = "plans", params(Paging),
    responses((status = 200, body = Page), (status = "default", body = problem::Body)))]
pub(crate) async fn list(
    _: Looks,
    State(app): State<Arc<App>>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, Problem> {
    let engine = app.engine();
    let (limit, before) = (paging.limit()?, paging.from::<i64>()?);
    engine.store().expire_plans(Utc::now()).await?;
    let mut plans = engine.store().plans_before(before.map(diff::PlanId), limit + 1).await?;
    let next = super::cut(&mut plans, limit).map(|it| it.id.to_string());
    let mut items = Vec::with_capacity(plans.len());
    for plan in &plans {
        let missing = app.lacking.of(&engine, plan).await?;
        items.push(plan_summary(plan, missing.as_ref()));
    }
    Ok(Json(Page { items, next }))
}

/// Whom a plan is about.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// These employees alone; everybody where none is named.
    #[serde(default)]
    employees: Vec<String>,
    /// Changes of these kinds alone, such as `create` or `block`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    only: BTreeSet<ChangeKind>,
    /// Whether it is announced as a first sync, which lifts some limits.
    #[serde(default)]
    first_sync: bool,
}

/// Reads both sides and proposes a plan.
#[utoipa::path(post, path = "/api/plans", tag = "plans", request_body = Wish,
    responses((status = 200, description = "There is nothing to do", body = Object),
        (status = 202, description = "The plan waits for an approver", body = Waiting),
        (status = "default", body = problem::Body)))]
pub(crate) async fn make(
    _: Decides,
    State(app): State<Arc<App>>,
    Body(wish): Body<Wish>,
) -> Result<Response, Problem> {
    let Wish { employees, only, first_sync } = wish;
    let employees: BTreeSet<EmployeeId> =
        employees.iter().map(|it| employee_id(it)).collect::<Result<_, _>>()?;
    let engine = app.engine();
    let scope = Scope { employees, only, ..Scope::everybody() };
    let preview = engine.preview(&scope, first_sync).await?;
    create::proposed(&app, &engine, &preview).await
}

/// A plan, with its review.
#[utoipa::path(get, path = "/api/plans/{id}", tag = "plans", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn show(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let engine = app.engine();
    let stored = engine.store().plan(plan_id(&id)?).await?;
    let missing = waits_for(&stored, engine.policy());
    Ok(Json(PlanDocument::stored(&stored, missing.as_ref())).into_response())
}

/// A yes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approve {
    /// The digest that was looked at, all of it or its first twelve digits. Needed to accept a limit.
    #[serde(default)]
    digest: Option<String>,
    /// The limits that this plan may exceed, by name.
    #[serde(default)]
    accepts: BTreeSet<String>,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

/// What a yes came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Review {
    /// Whether it was enough.
    approved: bool,
    /// What is still missing, where it was not.
    missing: Option<String>,
    /// Whether the service has begun to apply the plan.
    applying: bool,
}

/// Says yes to a plan. When that is enough the service applies it at once, unless it was told not to.
#[utoipa::path(post, path = "/api/plans/{id}/approve", tag = "plans", params(("id" = String, Path)),
    request_body = Approve,
    responses((status = 200, body = Review), (status = 403, body = problem::Body), (status = 409, body = problem::Body),
        (status = "default", body = problem::Body)))]
pub(crate) async fn approve(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(Approve { digest, accepts, reason }): Body<Approve>,
) -> Result<Json<Review>, Problem> {
    let id = plan_id(&id)?;
    let given = app.engine().approve(id, caller.approver, Yes { digest, accepts, reason }).await?;
    app.telling.look_soon();
    Ok(Json(match given {
        Given::Waits(missing) => {
            Review { approved: false, missing: Some(missing.to_string()), applying: false }
        }
        Given::Enough => {
            let applying = app.settings().apply_approved;
            if applying {
                applying::soon(&app).await;
            }
            Review { approved: true, missing: None, applying }
        }
    }))
}

/// A no.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reject {
    /// Why.
    reason: String,
}

/// Says no to a plan.
#[utoipa::path(post, path = "/api/plans/{id}/reject", tag = "plans", params(("id" = String, Path)),
    request_body = Reject,
    responses((status = 204), (status = 409, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn reject(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(Reject { reason }): Body<Reject>,
) -> Result<StatusCode, Problem> {
    app.engine().reject(plan_id(&id)?, caller.approver, reason).await?;
    app.telling.look_soon();
    Ok(StatusCode::NO_CONTENT)
}

/// Applies an approved plan, beside the request: `GET /api/runs` shows how far it is.
#[utoipa::path(post, path = "/api/plans/{id}/apply", tag = "plans", params(("id" = String, Path)),
    responses((status = 202, body = Object), (status = 409, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn apply(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = plan_id(&id)?;
    let stored = app.engine().store().plan(id).await?;
    match stored.state {
        PlanState::Approved | PlanState::Incomplete => {}
        PlanState::Proposed
        | PlanState::Rejected
        | PlanState::Superseded
        | PlanState::Expired
        | PlanState::Applying
        | PlanState::Applied => return Err(Problem::from(store::Refusal::of(&stored)).plan(id)),
    }
    if app.work.run.try_lock().is_err() {
        return Err(Problem::new(Kind::Busy, "a run is under way").retry_after(5).plan(id));
    }
    let (applying, by) = (Arc::clone(&app), caller.approver);
    app.work.spawn(async move { applying::apply(&applying, id, &by).await }).await;
    Ok((StatusCode::ACCEPTED, Json(json!({ "plan": id, "next": "GET /api/runs" }))).into_response())
}
