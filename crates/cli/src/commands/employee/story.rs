//! `rollcall employee show`: what the database knows about a person.

use std::fmt::Write as _;

use diff::{Employee, EmployeeId};
use engine::{Engine, Story};

use super::chapter;
use crate::output::Format;
use crate::table::{lines, safe};
use crate::{Exit, Output, Result, hints};

/// Prints row, standing, link and history.
pub(super) async fn run(engine: &Engine, id: &EmployeeId, output: &Output) -> Result<Exit> {
    let story = engine.story(id).await.map_err(hints::store)?.ok_or_else(|| super::unknown(id))?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&story)),
        Format::Json => output.json(&documents::story(&story)),
    }
    output.say(&format!("  → rollcall employee explain {id} tells what is due, and why"));
    Ok(Exit::Done)
}

fn text(story: &Story) -> String {
    let Story { row, link, ignored, failing, history } = story;
    let mut text = row.as_ref().map(|(row, _)| row_text(row)).unwrap_or_default();
    let mut line = |key: &str, value: &str| {
        writeln!(text, "{key:12}  {value}").expect("writing to a string cannot fail");
    };
    match row {
        Some((_, standing)) => line("standing", &safe(&standing.to_string())),
        None => line("standing", "not in the employee table any more"),
    }
    let by = |created_by_us: bool| if created_by_us { "made by Rollcall" } else { "linked" };
    line(
        "user",
        &link.as_ref().map_or("none".to_owned(), |it| format!("{} ({})", it.user, by(it.created_by_us))),
    );
    if let Some(why) = ignored {
        line("ignored", &safe(why));
    }
    for it in failing {
        line("failing", &safe(&it.to_string()));
    }
    for it in history {
        text.push('\n');
        text.push_str(&chapter::text(it));
    }
    text
}

/// The row, cell by cell; empty cells are left out.
pub(super) fn row_text(row: &Employee) -> String {
    let columns = Employee::COLUMNS.into_iter().chain(row.more.keys().map(String::as_str));
    let cells = columns.filter(|it| !row.cell(it).is_empty());
    lines(cells.map(|it| format!("{it:12}  {}", safe(row.cell(it)))))
}
