//! `rollcall employee explain`: why an account is what it is, and what is due. Writes nothing.

use std::collections::BTreeMap;

use diff::{Access, Authority, EmployeeId, ExplainedField, Explanation, RoleName, User, UserId};
use engine::{Engine, Failing};
use serde_json::Value;

use super::story::row_text;
use crate::output::Format;
use crate::table::{Table, lines, safe};
use crate::{Exit, Output, Result, hints};

/// Prints row, standing, match, fields with their rules, changes and notes.
pub(super) async fn run(engine: &Engine, id: &EmployeeId, output: &Output) -> Result<Exit> {
    let explanation = engine.explain(id).await.map_err(hints::read)?.ok_or_else(|| super::unknown(id))?;
    let failing = engine.failing_of(id).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&(text(&explanation) + &failed(&failing))),
        Format::Json => output.json(&documents::explanation(&explanation)),
    }
    Ok(Exit::Done)
}

fn text(explanation: &Explanation) -> String {
    let Explanation { row, standing, matched, candidates, fields, roles, user, changes, notes, breaches } =
        explanation;
    let mut text = vec!["the row".to_owned(), indented(&row_text(row))];
    text.push(format!("standing  {}", safe(standing)));
    text.push(format!("in Auth0  {}", safe(matched)));
    text.extend(user.as_ref().map(|it| format!("          {}", observed(it))));
    let also = |(user, why): (&UserId, &String)| format!("  also {}: {}", super::quoted(user), safe(why));
    text.extend(candidates.iter().map(also));
    text.push(String::new());
    if !fields.is_empty() {
        text.push(wanted(fields, roles, user.as_ref()));
    }
    if changes.is_empty() {
        text.push("nothing is due".to_owned());
    }
    text.extend(changes.iter().map(|it| format!("due: {}", diff::sentence(it))));
    for note in notes {
        text.push(format!("left alone: {}", safe(&note.reason.to_string())));
        text.extend(note.remedy().map(|it| format!("  → {}", safe(&it.to_string()))));
    }
    for breach in breaches {
        text.push(format!("a plan of everybody exceeds a limit: {}", safe(&breach.to_string())));
    }
    lines(text)
}

/// What failed when it was tried last and is tried again; what is parked is among what is left alone.
fn failed(failing: &[Failing]) -> String {
    let due = failing.iter().filter(|it| !it.parked);
    lines(due.map(|it| format!("failed before: {}", safe(&it.change.to_string()))))
}

/// The account as it is, beside its fields.
fn observed(user: &User) -> String {
    let access = match user.account.access {
        Access::Open => "can log in",
        Access::BlockedByUs => "blocked by Rollcall",
        Access::BlockedByOther => "blocked by somebody else",
    };
    let verified = if user.email_verified { "address verified" } else { "address not verified" };
    let roles: Vec<&str> = user.account.roles.iter().map(RoleName::as_str).collect();
    let roles = if roles.is_empty() { "no roles".to_owned() } else { format!("roles: {}", roles.join(", ")) };
    safe(&format!("{access} · {verified} · {roles}")).into_owned()
}

/// Field by field and role by role: what there is, what there should be, and the rule.
fn wanted(fields: &[ExplainedField], roles: &BTreeMap<RoleName, String>, user: Option<&User>) -> String {
    let mut table = Table::new(["field", "Auth0 holds", "the policy asks for", "from"]);
    for ExplainedField { field, wanted, observed, rule, authority } in fields {
        let authority = match authority {
            Authority::Always => "",
            Authority::OnCreate => ", at creation only",
            Authority::Unmanaged => ", not managed",
        };
        let asked = if wanted == observed { "the same".to_owned() } else { value(wanted) };
        table.row(&[field.to_string(), value(observed), asked, format!("{rule}{authority}")]);
    }
    for (role, rule) in roles {
        let held = user.is_some_and(|it| it.account.roles.contains(role));
        let (held, asked) = if held { ("held", "the same") } else { ("not held", "held") };
        table.row(&[format!("role {role}"), held.to_owned(), asked.to_owned(), rule.clone()]);
    }
    table.text()
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn indented(text: &str) -> String {
    lines(text.lines().map(|it| format!("  {it}")))
}
