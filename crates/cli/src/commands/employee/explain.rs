//! `rollcall employee explain`: why an account is what it is, and what is due. Writes nothing.

use std::fmt::Write as _;

use diff::{Authority, EmployeeId, ExplainedField, Explanation};
use engine::Engine;
use serde_json::{Value, json};

use super::story::row_text;
use crate::config::Config;
use crate::output::Format;
use crate::table::{lines, safe};
use crate::{Exit, Output, Result, hints, show};

/// Prints row, standing, match, fields with their rules, changes and notes.
pub(super) async fn run(engine: &Engine, _config: &Config, id: &EmployeeId, output: &Output) -> Result<Exit> {
    let explanation = engine.explain(id).await.map_err(hints::read)?.ok_or_else(|| super::unknown(id))?;
    match output.format {
        Format::Text => output.data(&text(&explanation)),
        Format::Json => output.json(&document(&explanation)),
        Format::Markdown => return Err(show::no_markdown()),
    }
    Ok(Exit::Done)
}

fn text(explanation: &Explanation) -> String {
    let Explanation { row, standing, matched, candidates, fields, roles, user, changes, notes } = explanation;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").expect("writing to a string cannot fail");
    line(format!("the row\n{}", indented(&row_text(row))));
    line(format!("standing: {}", safe(standing)));
    line(format!("in Auth0: {}", safe(matched)));
    for (candidate, why) in candidates {
        line(format!("  also {}: {}", super::quoted(candidate), safe(why)));
    }
    if !fields.is_empty() {
        line("\nwhat the policy asks for, and what Auth0 holds".to_owned());
    }
    for field in fields {
        line(format!("  {}", field_text(field)));
    }
    for (role, rule) in roles {
        let held = user.as_ref().is_some_and(|it| it.account.roles.contains(role));
        line(format!("  role {role}  {}  from {}", if held { "held" } else { "not held" }, safe(rule)));
    }
    line(String::new());
    if changes.is_empty() {
        line("nothing is due".to_owned());
    }
    for change in changes {
        line(format!("due: {}", diff::sentence(change)));
    }
    for note in notes {
        line(format!("left alone: {}", note.reason.word().replace('_', " ")));
        if let Some(remedy) = note.remedy() {
            line(format!("  → {}", safe(&remedy.to_string())));
        }
    }
    text
}

fn field_text(field: &ExplainedField) -> String {
    let ExplainedField { field, wanted, observed, rule, authority } = field;
    let value = |it: &Value| match it {
        Value::Null => "(not set)".to_owned(),
        Value::String(text) => safe(text).into_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            safe(&it.to_string()).into_owned()
        }
    };
    let values =
        if wanted == observed { value(wanted) } else { format!("{} → {}", value(observed), value(wanted)) };
    let authority = match authority {
        Authority::Always => "",
        Authority::OnCreate => ", set at creation only",
        Authority::Unmanaged => ", not managed",
    };
    format!("{field}  {values}  from {}{authority}", safe(rule))
}

fn indented(text: &str) -> String {
    lines(text.lines().map(|it| format!("  {it}")))
}

fn document(explanation: &Explanation) -> Value {
    let Explanation { row, standing, matched, candidates, fields, roles, user, changes, notes } = explanation;
    let field = |it: &ExplainedField| {
        let ExplainedField { field, wanted, observed, rule, authority } = it;
        json!({ "field": field, "wanted": wanted, "observed": observed, "rule": rule, "authority": authority })
    };
    let note = |it: &diff::Note| json!({ "note": it, "remedy": it.remedy().map(|it| it.to_string()) });
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
    })
}
