//! `rollcall employees`: the whole table.

use std::path::Path;

use chrono::Utc;
use diff::{Employee, Links, Standing, standing};
use serde_json::{Value, json};
use store::{ImportReport, Missing};

use crate::args::{EmployeesCommand, Global, ReplaceMissing};
use crate::config::Config;
use crate::output::Format;
use crate::table::{Table, lines};
use crate::{Exit, OrFail, Output, Result, files, hints, session};

/// Imports or lists.
pub(super) async fn run(command: EmployeesCommand, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    match command {
        EmployeesCommand::Import { file, replace_missing } => {
            let missing = match replace_missing {
                Some(ReplaceMissing::Terminated) => Missing::Terminated,
                None => Missing::Keep,
            };
            import(&config, &file, missing, output).await
        }
        EmployeesCommand::List => list(&config, output).await,
    }
}

async fn import(config: &Config, file: &Path, missing: Missing, output: &Output) -> Result<Exit> {
    let bytes = files::read(file, store::LONGEST_CSV)
        .or_fail(format!("read {}", file.display()), "check the path")?;
    let rows = store::read_csv(&bytes).map_err(|error| hints::csv(file, error, "nothing was imported"))?;
    let store = session::store(config).await?;
    let report = store.import(&rows, missing, Utc::now()).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&imported(&report, rows.rows.len())),
        Format::Json => output.json(&imported_document(&report)),
    }
    if missing == Missing::Keep && report.absent > 0 {
        output.say(
            "rows that the file does not have stay as they are; --replace-missing=terminated marks them",
        );
    }
    output.say("  → rollcall plan shows what would change");
    Ok(Exit::Done)
}

fn imported(report: &ImportReport, rows: usize) -> String {
    let ImportReport { added, updated, unchanged, absent, marked, not_stored } = report;
    let mut told = vec![format!("{rows} rows: {added} added, {updated} changed, {unchanged} as they were")];
    if *absent > 0 {
        told.push(format!(
            "{absent} rows of the table are not in the file; {marked} of them are marked terminated now"
        ));
    }
    if !not_stored.is_empty() {
        let columns: Vec<&str> = not_stored.iter().map(String::as_str).collect();
        told.push(format!("not stored, because the table has no such columns: {}", columns.join(", ")));
    }
    lines(told)
}

fn imported_document(report: &ImportReport) -> Value {
    let ImportReport { added, updated, unchanged, absent, marked, not_stored } = report;
    json!({
        "added": added,
        "updated": updated,
        "unchanged": unchanged,
        "absent": absent,
        "marked": marked,
        "not_stored": not_stored,
    })
}

async fn list(config: &Config, output: &Output) -> Result<Exit> {
    let store = session::store(config).await?;
    let rows = store.employees().await.map_err(hints::store)?;
    // Whose links they are is the tenant's to say; without one there are only the write-back columns.
    let mut links = match &config.auth0.domain {
        Some(domain) => store.links(&domain.tenant()).await.map_err(hints::store)?,
        None => Links::default(),
    };
    links.take_over(&rows);
    let today = Utc::now().with_timezone(&config.time_zone).date_naive();
    let listed: Vec<Listed<'_>> = rows
        .iter()
        .map(|row| Listed { row, standing: standing(row, &config.policy, today), links: &links })
        .collect();
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&listed)),
        Format::Json => {
            let forms = listed.iter().map(|it| documents::employee(it.row, &it.standing, it.user()));
            output.json(&forms.collect::<Vec<_>>());
        }
    }
    if rows.is_empty() {
        output.say("the table has no rows\n  → rollcall employees import FILE.csv");
    }
    Ok(Exit::Done)
}

/// A row of the list.
struct Listed<'a> {
    row: &'a Employee,
    standing: Standing,
    links: &'a Links,
}

impl Listed<'_> {
    fn user(&self) -> Option<&str> {
        self.links.of(&self.row.id).map(|it| it.user.as_str())
    }
}

fn text(listed: &[Listed<'_>]) -> String {
    if listed.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["id", "name", "email", "department", "role", "user", "standing"]);
    for it in listed {
        table.row(&[
            it.row.id.to_string(),
            it.row.full_name.clone(),
            it.row.email.clone(),
            it.row.department.clone(),
            it.row.role_code.clone(),
            it.user().unwrap_or_default().to_owned(),
            it.standing.to_string(),
        ]);
    }
    table.text()
}
