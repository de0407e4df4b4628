//! `rollcall sync`: plan, and apply what needs no review.

use diff::{Breach, Missing, Plan, missing};
use engine::{AtOnce, Stop, SyncOutcome, Synced};
use store::Act;

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
    if args.dry_run {
        // Not a flag further down: what can write is not reached from here.
        let preview = engine.preview(&scope, args.first_sync).await.map_err(hints::read)?;
        output.data(&show::plan(&shown(&config, &preview.plan, &preview.breaches), output));
        return Ok(Exit::of_breaches(&preview.breaches).unwrap_or(Exit::Done));
    }
    let (by, holder) = (who::actor(&engine, global, Act::Decide).await?, who::holder());
    let preview = engine.preview(&scope, args.first_sync).await.map_err(hints::read)?;
    let stop = Stop::new();
    let _listening = signals::listen(stop.clone(), output);
    let bar = progress::Shown::start(output);
    if output.format == Format::Text {
        // A person reads what is about to be done; a document is written whole, at the end.
        output.data(&show::plan(&shown(&config, &preview.plan, &preview.breaches), output));
    }
    let synced = engine.sync_planned(preview, &by, &holder, &stop, &|it| bar.show(it)).await;
    drop(bar);
    Ok(tell(&config, &synced.map_err(hints::sync)?, output))
}

pub(super) fn shown<'a>(config: &'a Config, plan: &'a Plan, breaches: &'a [Breach]) -> show::Shown<'a> {
    show::Shown { id: None, plan, breaches, admin: &config.policy.roles.admin, all: false }
}

/// Prints what a sync did; what it exits with.
pub(super) fn tell(config: &Config, synced: &Synced, output: &Output) -> Exit {
    let Synced { plan, breaches, at_once, outcome, written_back } = synced;
    output.data(&show::synced(&shown(config, plan, breaches), outcome, at_once.as_ref(), output));
    if *written_back > 0 {
        output.say(&format!("{written_back} rows of the employee table were brought up to date"));
    }
    if let Some(AtOnce { report, .. }) = at_once.as_ref().filter(|it| !it.report.is_complete()) {
        apply::conclude(report, output);
    }
    let nothing =
        if at_once.is_some() { "nothing else has been written" } else { "nothing has been written" };
    match outcome {
        SyncOutcome::Nothing => Exit::Done,
        SyncOutcome::Proposed(id) => {
            let why = why_it_waits(plan, config);
            output.say(&format!(
                "plan {id} waits: {why}; {nothing}\n  \
                 → rollcall plan approve {id} && rollcall apply {id}"
            ));
            Exit::ChangesWait
        }
        SyncOutcome::Breached(id) => {
            output.say(&format!(
                "this is plan {id}; {nothing}, because {}",
                show::ways_out(*id, plan, breaches)
            ));
            Exit::of_breaches(breaches).unwrap_or(Exit::LimitBreached)
        }
        SyncOutcome::Applied(report) => {
            apply::account(plan, report, output);
            apply::conclude(report, output)
        }
    }
}

/// So many changes are named; the plan above tells of all.
const SHOWN: usize = 5;

/// Whose yes the plan needs, and for what.
fn why_it_waits(plan: &Plan, config: &Config) -> String {
    if let Some(missing) = missing(plan, &config.policy, &[]).filter(Missing::asks_verified) {
        return missing.to_string();
    }
    let ids: Vec<&str> = plan.needs_review(&config.policy).map(|it| it.id.as_str()).collect();
    let (shown, more) = ids.split_at(ids.len().min(SHOWN));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("a person must look at {}{more}", shown.join(", "))
}
