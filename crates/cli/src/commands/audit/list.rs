//! The record as a table.

use diff::Outcome;
use serde_json::Value;
use store::{AuditEntry, AuditRow};

use crate::show;
use crate::table::Table;

/// The entries as a table; nothing where there are none.
pub(super) fn text(rows: &[AuditRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["entry", "at", "by", "what", "employee", "user", "plan", "run", "more"]);
    for row in rows {
        let AuditRow { id: _, at, entry, erased_at: _, link } = row;
        let AuditEntry { tenant: _, by, event, employee, user, plan, run, body: _ } = entry;
        table.row(&[
            link.as_ref().map(|it| it.seq.to_string()).unwrap_or_default(),
            show::moment(*at),
            by.to_string(),
            event.clone(),
            employee.as_ref().map(ToString::to_string).unwrap_or_default(),
            user.as_ref().map(ToString::to_string).unwrap_or_default(),
            plan.map(|it| it.to_string()).unwrap_or_default(),
            run.map(|it| it.to_string()).unwrap_or_default(),
            more(row),
        ]);
    }
    table.text()
}

/// The rest of an entry in a few words: why, and what went wrong. JSON has all of it.
fn more(row: &AuditRow) -> String {
    if let Some(at) = row.erased_at {
        return format!("erased {}", show::moment(at));
    }
    let body = &row.entry.body;
    if let Some(reason) = body.get("reason").and_then(Value::as_str) {
        return reason.to_owned();
    }
    let outcome = body.get("outcome").and_then(|it| serde_json::from_value::<Outcome>(it.clone()).ok());
    outcome.filter(|it| !it.is_so()).map(|it| it.to_string()).unwrap_or_default()
}
