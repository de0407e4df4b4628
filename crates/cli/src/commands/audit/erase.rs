//! `rollcall audit erase`

use diff::EmployeeId;
use engine::Clock;
use serde_json::json;
use store::{Act, Erased};

use crate::args::Global;
use crate::output::Format;
use crate::table::{lines, safe};
use crate::{Exit, Output, Result, hints, session, who};

/// Erases, and tells what stays.
pub(super) async fn run(
    employee: &EmployeeId,
    reason: &str,
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Decide).await?;
    let (store, now) = (engine.store(), Clock::System.now());
    let erased = store.erase_audit(employee, &by, reason, now).await.map_err(hints::store)?;
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
    let head = if *entries == 0 && *calls == 0 {
        format!("there is nothing on record about employee {id} that could be erased now")
    } else {
        let (entries, calls) = (count(*entries, "entry", "entries"), count(*calls, "call", "calls"));
        format!("erased about employee {id}: what {entries} said, and the values of {calls} to Auth0")
    };
    let mut told = vec![head, "what stays:".to_owned()];
    if *calls_kept > 0 {
        told.push(format!(
            "  the values of {}, less than an hour old or of a run under way: erase once more, later",
            count(*calls_kept, "call", "calls")
        ));
    }
    if *entries > 0 {
        told.push("  who did what to this id and when, and the reason that you gave".to_owned());
    }
    let plans: Vec<String> = plans.iter().map(ToString::to_string).collect();
    let such_as = if plans.is_empty() { String::new() } else { format!(", such as {}", plans.join(", ")) };
    told.push(format!("  the plans that were made of the person{such_as}, and what their runs reported"));
    if has_row {
        told.push("  the row in the employee table, which is yours".to_owned());
    }
    told.push("  the account in Auth0, and every export and backup made before".to_owned());
    lines(told)
}

fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
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
