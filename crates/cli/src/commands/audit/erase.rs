//! `rollcall audit erase`

use diff::EmployeeId;
use engine::Clock;
use serde_json::json;
use store::Erased;

use crate::args::Global;
use crate::output::Format;
use crate::table::safe;
use crate::{Exit, Output, Result, hints, session, who};

/// Erases, and tells what stays.
pub(super) async fn run(
    employee: &EmployeeId,
    reason: &str,
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    let now = Clock::System.now();
    let erased = store.erase_audit(employee, &who::approver(), reason, now).await.map_err(hints::store)?;
    let has_row = store.employee(employee).await.map_err(hints::store)?.is_some();
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(employee, &erased, has_row)),
        Format::Json => output.json(&document(employee, &erased, has_row)),
    }
    if erased.entries == 0 && erased.calls == 0 {
        return Ok(Exit::Done);
    }
    output.say("the chain stays whole\n  → rollcall audit verify");
    Ok(Exit::Done)
}

fn text(employee: &EmployeeId, erased: &Erased, has_row: bool) -> String {
    let Erased { entries, calls, calls_kept, plans } = erased;
    let id = safe(employee.as_str());
    let mut lines = Vec::new();
    if *entries == 0 && *calls == 0 {
        lines.push(format!("there is nothing on record about employee {id} that could be erased"));
    } else {
        lines.push(format!(
            "erased about employee {id}: the bodies of {entries} entries, the values of {calls} calls"
        ));
    }
    lines.push("what stays, and may name the person:".to_owned());
    lines.push("  who did what to this id and when, and the reason that you gave".to_owned());
    if *calls_kept > 0 {
        lines.push(format!(
            "  {calls_kept} calls that are less than an hour old, or of a run under way: erase again later"
        ));
    }
    let plans: Vec<String> = plans.iter().map(ToString::to_string).collect();
    if plans.is_empty() {
        lines.push("  plans that were made while the person was in the table".to_owned());
    } else {
        lines.push(format!(
            "  plans that were made while the person was in the table, such as {}, and what their runs reported",
            plans.join(", ")
        ));
    }
    if has_row {
        lines.push("  the row in the employee table, which is yours".to_owned());
    }
    lines.push("  the account in Auth0, and every export and backup made before".to_owned());
    crate::table::lines(lines)
}

fn document(employee: &EmployeeId, erased: &Erased, has_row: bool) -> serde_json::Value {
    let Erased { entries, calls, calls_kept, plans } = erased;
    json!({
        "employee": employee,
        "entries": entries,
        "calls": calls,
        "stays": { "calls": calls_kept, "plans": plans, "row": has_row },
    })
}
