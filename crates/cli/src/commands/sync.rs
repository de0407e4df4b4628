//! `rollcall sync`: plan, and apply what needs no review.

use engine::{Stop, SyncOutcome, Synced};

use super::apply;
use crate::args::{Global, SyncArgs};
use crate::config::Config;
use crate::output::Format;
use crate::{Exit, Output, Result, hints, progress, session, show, signals, who};

/// Plans; without `--dry-run` it also stores, approves and applies.
pub(super) async fn run(args: &SyncArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let scope = args.scope.scope();
    session::check_columns(&config, &scope)?;
    let engine = session::engine(&config).await?;
    let preview = engine.preview(&scope, args.first_sync).await.map_err(hints::read)?;
    if args.dry_run {
        // Not a flag further down: what can write is not reached from here.
        output.data(&show::plan(&shown(&config, &preview.plan, &preview.breaches), output));
        return Ok(if preview.breaches.is_empty() { Exit::Done } else { Exit::LimitBreached });
    }
    let stop = Stop::new();
    let _listening = signals::listen(stop.clone(), output);
    let bar = progress::Shown::start(output);
    let (by, holder) = (who::approver(), who::holder());
    if output.format == Format::Text {
        // A person reads what is about to be done; a document is written whole, at the end.
        output.data(&show::plan(&shown(&config, &preview.plan, &preview.breaches), output));
    }
    let synced = engine.sync_planned(preview, &by, &holder, &stop, &|it| bar.show(it)).await;
    drop(bar);
    Ok(tell(&config, &synced.map_err(hints::sync)?, output))
}

fn shown<'a>(config: &'a Config, plan: &'a diff::Plan, breaches: &'a [diff::Breach]) -> show::Shown<'a> {
    show::Shown { id: None, plan, breaches, admin: &config.policy.roles.admin, all: false }
}

fn tell(config: &Config, synced: &Synced, output: &Output) -> Exit {
    let Synced { plan, breaches, outcome, written_back } = synced;
    output.data(&show::synced(&shown(config, plan, breaches), outcome, output));
    if *written_back > 0 {
        output.say(&format!("{written_back} rows of the employee table were brought up to date"));
    }
    match outcome {
        SyncOutcome::Nothing => Exit::Done,
        SyncOutcome::Proposed(id) => {
            output.say(&format!(
                "plan {id} waits for a person, because of takeovers or admin roles; nothing has been written\n  \
                 → rollcall plan approve {id} && rollcall apply {id}"
            ));
            Exit::ChangesWait
        }
        SyncOutcome::Breached(id) => {
            output.say(&format!(
                "plan {id} exceeds limits; nothing has been written\n  \
                 → LIMIT EXCEEDED above names the ways out; ID is {id}"
            ));
            Exit::LimitBreached
        }
        SyncOutcome::Applied(report) => apply::conclude(report, output),
    }
}
