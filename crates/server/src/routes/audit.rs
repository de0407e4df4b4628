//! The audit record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use diff::{PlanId, RunId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::AuditFilter;
use utoipa::IntoParams;

use super::{Page, Paging};
use crate::app::{App, employee_id};
use crate::callers::Looks;
use crate::parts::Query;
use crate::problem::{self, Problem};

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct About {
    /// About the employee.
    employee: Option<String>,
    /// About the user.
    user: Option<String>,
    /// About the plan.
    plan: Option<i64>,
    /// About the run.
    run: Option<i64>,
    /// Of this name, such as `plan_approved`.
    event: Option<String>,
}

/// The record, the newest entry first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(About, Paging),
    responses((status = 200, body = Page), (status = "default", body = problem::Body)))]
pub(crate) async fn list(
    _: Looks,
    State(app): State<Arc<App>>,
    Query(about): Query<About>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, Problem> {
    let (limit, before) = (paging.limit()?, paging.from::<i64>()?);
    let About { employee, user, plan, run, event } = about;
    let filter = AuditFilter {
        employee: employee.map(|it| employee_id(&it)).transpose()?,
        user: user.map(UserId::new),
        plan: plan.map(PlanId),
        run: run.map(RunId),
        event,
        before,
        limit: Some(limit + 1),
        ..AuditFilter::default()
    };
    let mut rows = app.engine().store().audit_entries(&filter).await?;
    rows.reverse();
    let next = super::cut(&mut rows, limit).map(|it| it.id.to_string());
    Ok(Json(Page { items: rows.iter().map(documents::audit_entry).collect(), next }))
}

/// Checks the chain of the record from end to end.
#[utoipa::path(get, path = "/api/audit/verify", tag = "audit",
    responses((status = 200, body = Object), (status = "default", body = problem::Body)))]
pub(crate) async fn verify(_: Looks, State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let verdict = app.engine().store().verify_audit(&[]).await?;
    let chains = verdict.chains.iter().map(|it| {
        let faults: Vec<String> = it.faults.iter().map(ToString::to_string).collect();
        json!({ "tenant": it.tenant, "entries": it.entries, "faults": faults, "more_faults": it.more_faults })
    });
    Ok(Json(json!({ "whole": verdict.is_whole(), "chains": chains.collect::<Vec<_>>() })))
}
