//! `rollcall migrate`

use serde_json::json;

use crate::args::{Global, MigrateArgs};
use crate::output::Format;
use crate::table::lines;
use crate::{Exit, Output, Result, hints, session};

/// Makes or completes the tables; takes steps back, or only tells.
pub(super) async fn run(args: &MigrateArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    let (steps, told) = if args.status {
        (
            store.pending().await.map_err(hints::store)?,
            Told { key: "pending", none: "every table is there", some: "missing" },
        )
    } else if let Some(down) = args.down {
        let taken = store.migrate_down(down).await.map_err(hints::store)?;
        (taken, Told { key: "taken_back", none: "there was nothing to take back", some: "taken back" })
    } else {
        let made = store.migrate().await.map_err(hints::store)?;
        (made, Told { key: "made", none: "every table was there already", some: "made" })
    };
    match output.format {
        Format::Text | Format::Markdown => output.data(&told.text(&steps)),
        Format::Json => output.json(&json!({ told.key: steps })),
    }
    output.say(&format!("store: {} · employee table: {}", store.place(), store.source_place()));
    if args.status && !steps.is_empty() {
        output.say("  → rollcall migrate");
    }
    Ok(Exit::Done)
}

/// How the steps are told.
struct Told {
    key: &'static str,
    none: &'static str,
    some: &'static str,
}

impl Told {
    fn text(&self, steps: &[String]) -> String {
        if steps.is_empty() {
            return format!("{}\n", self.none);
        }
        lines(steps.iter().map(|it| format!("{}: {it}", self.some)))
    }
}
