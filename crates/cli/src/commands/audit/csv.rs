//! The record as CSV, for spreadsheets.

use std::borrow::Cow;

use diff::{EmployeeId, UserId};
use store::{AuditEntry, AuditRow};

const COLUMNS: [&str; 15] = [
    "entry",
    "at",
    "tenant",
    "by",
    "verified",
    "event",
    "employee",
    "user",
    "plan",
    "run",
    "body",
    "erased_at",
    "previous",
    "hash",
    "key_id",
];

/// The first line.
pub(super) fn head() -> String {
    COLUMNS.join(",") + "\n"
}

/// An entry.
pub(super) fn line(row: &AuditRow) -> String {
    let AuditRow { id: _, at, entry, erased_at, link } = row;
    let AuditEntry { tenant, by, event, employee, user, plan, run, body } = entry;
    let link = link.as_ref();
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    let cells: [String; 15] = [
        link.map(|it| it.seq.to_string()).unwrap_or_default(),
        documents::timestamp(*at),
        tenant.to_string(),
        by.name().to_owned(),
        matches!(by, diff::Approver::Verified { .. }).to_string(),
        event.clone(),
        text(employee.as_ref().map(EmployeeId::as_str)),
        text(user.as_ref().map(UserId::as_str)),
        plan.map(|it| it.to_string()).unwrap_or_default(),
        run.map(|it| it.to_string()).unwrap_or_default(),
        if body.is_null() { String::new() } else { body.to_string() },
        erased_at.map(documents::timestamp).unwrap_or_default(),
        text(link.map(|it| it.previous.as_str())),
        text(link.map(|it| it.hash.as_str())),
        text(link.and_then(|it| it.key_id.as_deref())),
    ];
    cells.map(|it| cell(&it).into_owned()).join(",") + "\n"
}

/// In quotes where it must be. A spreadsheet takes a cell that begins with one of these signs for a formula, which may
/// send the others away; with an apostrophe before it, it is text.
fn cell(text: &str) -> Cow<'_, str> {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let text = if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) };
    if text.contains([',', '"', '\n', '\r']) {
        return Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        let cells = ["plain", "a,b", "a \"b\"", "=1+1", " @SUM(A1)", "-2\n", "＝cmd", ""];
        assert_eq!(
            cells.map(|it| cell(it).into_owned()).join(" | "),
            "plain | \"a,b\" | \"a \"\"b\"\"\" | '=1+1 | ' @SUM(A1) | \"'-2\n\" | '＝cmd | "
        );
    }
}
