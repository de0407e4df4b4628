//! One person: as the table has it, as the record tells it, and why the account is what it is.

use diff::{Employee, ExplainedField, Explanation, Note, Quarantined, Standing};
use engine::{Failing, Story};
use serde_json::{Value, json};

use crate::{audit_entry, timestamp};

/// A row with what it means and whose user it has.
pub fn employee(row: &Employee, standing: &Standing, user: Option<&str>) -> Value {
    json!({ "row": row, "standing": standing.to_string(), "user": user })
}

/// What the database knows about a person.
pub fn story(story: &Story) -> Value {
    let Story { row, link, ignored, failing, history } = story;
    json!({
        "row": row.as_ref().map(|(row, _)| row),
        "standing": row.as_ref().map(|(_, standing)| standing.to_string()),
        "link": link,
        "ignored": ignored,
        "failing": failing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "history": history.iter().map(|it| audit_entry(&it.record)).collect::<Vec<_>>(),
    })
}

/// Why an account is what it is, and what is due.
pub fn explanation(explanation: &Explanation) -> Value {
    let Explanation { row, standing, matched, candidates, fields, roles, user, changes, notes, breaches } =
        explanation;
    let field = |it: &ExplainedField| {
        let ExplainedField { field, wanted, observed, rule, authority } = it;
        json!({ "field": field, "wanted": wanted, "observed": observed, "rule": rule, "authority": authority })
    };
    let note = |it: &Note| {
        let remedy = it.remedy().map(|it| it.to_string());
        json!({ "note": it, "says": it.reason.to_string(), "remedy": remedy })
    };
    json!({
        "row": row,
        "standing": standing,
        "match": matched,
        "candidates": candidates,
        "fields": fields.iter().map(field).collect::<Vec<_>>(),
        "roles": roles,
        "user": user,
        "changes": changes,
        "notes": notes.iter().map(note).collect::<Vec<_>>(),
        "breaches": breaches,
    })
}

/// A change that failed when it was tried last.
pub fn failing(failing: &Failing) -> Value {
    let Failing { name, change, parked } = failing;
    let Quarantined {
        employee,
        kind,
        user,
        action: _,
        failures,
        first_failed_at,
        last_failed_at,
        error,
        next,
    } = change;
    json!({
        "employee": employee,
        "name": name,
        "kind": kind,
        "takes_access_away": !kind.can_be_parked(),
        "user": user,
        "failures": failures,
        "first_failed_at": timestamp(*first_failed_at),
        "last_failed_at": timestamp(*last_failed_at),
        "last_error": error,
        "parked": parked,
        "next_try": next,
    })
}
