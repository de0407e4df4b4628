//! Runs, and what became of them.

use diff::{Forecast, Report};
use serde_json::{Value, json};
use store::StoredRun;

use crate::timestamp;

/// A run.
pub fn run(run: &StoredRun) -> Value {
    let StoredRun { id, plan, tenant, employee, state, holder, started_at, ended_at, report } = run;
    json!({
        "id": id,
        "plan": plan,
        "tenant": tenant,
        "employee": employee,
        "state": state,
        "process": holder,
        "started_at": timestamp(*started_at),
        "ended_at": ended_at.map(timestamp),
        "report": report,
    })
}

/// The same beside what its plan had said it would cost.
pub fn run_with_forecast(it: &StoredRun, forecast: &Forecast) -> Value {
    let mut document = run(it);
    document["forecast"] = json!(forecast);
    document
}

/// What became of a run.
pub fn report(report: &Report) -> Value {
    json!({ "complete": report.is_complete(), "counts": report.counts(), "report": report })
}
