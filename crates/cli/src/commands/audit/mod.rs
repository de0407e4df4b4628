//! `rollcall audit`

mod csv;
mod erase;
mod list;
mod verify;

use store::{AuditFilter, AuditRow};

use crate::args::{AuditArgs, AuditCommand, FormatArg, Global, ListAudit};
use crate::{Exit, Output, Result, hints, session};

/// A page of a list that nobody bounded is read by a person.
const PAGE: u64 = 50;

/// Lists the record, checks it, or erases a person from it.
pub(super) async fn run(args: AuditArgs, global: &Global, output: &Output) -> Result<Exit> {
    let AuditArgs { command, list } = args;
    match command {
        None => entries(list, global, output).await,
        Some(AuditCommand::Verify { head }) => verify::run(&head, global, output).await,
        Some(AuditCommand::Erase { employee, reason }) => {
            erase::run(&employee, &reason, global, output).await
        }
    }
}

/// Lists entries, the oldest first, as a story is told.
async fn entries(list: ListAudit, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    let filter = filter(list, global.format);
    let mut pages = store.audit_pages(&filter).await.map_err(hints::store)?;
    let mut rows = Vec::new();
    let mut any = false;
    if global.format == FormatArg::Csv {
        output.data(&csv::head());
    }
    while let Some(page) = pages.next().await.map_err(hints::store)? {
        any = true;
        match global.format {
            FormatArg::Csv => output.data(&page.iter().map(csv::line).collect::<String>()),
            FormatArg::Jsonl => output.data(&page.iter().map(line).collect::<String>()),
            FormatArg::Text | FormatArg::Markdown | FormatArg::Json => rows.extend(page),
        }
    }
    match global.format {
        FormatArg::Text | FormatArg::Markdown => output.data(&list::text(&rows)),
        FormatArg::Json => output.json(&rows.iter().map(documents::audit_entry).collect::<Vec<_>>()),
        FormatArg::Jsonl | FormatArg::Csv => {}
    }
    if !any {
        output.say("there is nothing on record");
    }
    Ok(Exit::Done)
}

fn filter(list: ListAudit, format: FormatArg) -> AuditFilter {
    let ListAudit { employee, user, plan, run, event, since, until, limit } = list;
    let limit = match format {
        FormatArg::Text | FormatArg::Markdown | FormatArg::Json => limit.or(Some(PAGE)),
        FormatArg::Jsonl | FormatArg::Csv => limit,
    };
    AuditFilter { employee, user, plan, run, event, since, until, before: None, limit }
}

/// An entry as a line of JSON.
fn line(row: &AuditRow) -> String {
    format!("{}\n", documents::audit_entry(row))
}
