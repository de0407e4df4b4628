//! `rollcall audit`

use serde_json::{Value, json};
use store::{AuditEntry, AuditFilter, AuditRow};

use crate::args::{AuditArgs, Global};
use crate::output::Format;
use crate::table::Table;
use crate::{Exit, Output, Result, hints, session, show};

/// Lists entries, the oldest first, as a story is told.
pub(super) async fn run(args: AuditArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let filter = AuditFilter { employee: args.employee, limit: args.last, ..AuditFilter::default() };
    let rows = session::store(&config).await?.audit_entries(&filter).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&rows)),
        Format::Json => output.json(&rows.iter().map(document).collect::<Vec<_>>()),
    }
    if rows.is_empty() {
        output.say("there is nothing on record");
    }
    Ok(Exit::Done)
}

/// The entries as a table; nothing where there are none.
pub(super) fn text(rows: &[AuditRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["at", "by", "what", "employee", "user", "plan", "run", "more"]);
    for AuditRow { id: _, at, entry } in rows {
        let AuditEntry { tenant: _, by, event, employee, user, plan, run, body } = entry;
        table.row(&[
            show::moment(*at),
            by.to_string(),
            event.clone(),
            employee.as_ref().map(ToString::to_string).unwrap_or_default(),
            user.as_ref().map(ToString::to_string).unwrap_or_default(),
            plan.map(|it| it.to_string()).unwrap_or_default(),
            run.map(|it| it.to_string()).unwrap_or_default(),
            more(body),
        ]);
    }
    table.text()
}

/// The rest of an entry in a word or two; JSON has all of it.
fn more(body: &Value) -> String {
    body.get("reason").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// An entry as JSON.
pub(super) fn document(row: &AuditRow) -> Value {
    let AuditRow { id, at, entry } = row;
    let AuditEntry { tenant, by, event, employee, user, plan, run, body } = entry;
    json!({
        "id": id,
        "at": show::timestamp(*at),
        "tenant": tenant,
        "by": by.to_string(),
        "event": event,
        "employee": employee,
        "user": user,
        "plan": plan,
        "run": run,
        "body": body,
    })
}
