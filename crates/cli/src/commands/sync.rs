//! `rollcall sync`: plan, and apply what needs no review.

use std::collections::BTreeSet;

use diff::{Breach, EmployeeId, Missing, Plan, missing};
use engine::{AtOnce, Changed, Engine, Preview, Stop, SyncOutcome, Synced};
use serde_json::json;
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
        let Some(preview) = preview(&engine, args, output).await? else { return Ok(Exit::Done) };
        show::print_plan(&shown(&config, &preview.plan, &preview.breaches), output);
        return Ok(Exit::of_breaches(&preview.breaches).unwrap_or(Exit::Done));
    }
    let (by, holder) = (who::actor(&engine, global, Act::Decide).await?, who::holder());
    let Some(preview) = preview(&engine, args, output).await? else {
        engine.looked_quickly().await.map_err(hints::sync)?;
        return Ok(Exit::Done);
    };
    let stop = Stop::new();
    let _listening = signals::listen(stop.clone(), output);
    let bar = progress::Shown::start(output);
    if output.format == Format::Text {
        // A person reads what is about to be done; a document is written whole, at the end.
        show::print_plan(&shown(&config, &preview.plan, &preview.breaches), output);
    }
    let synced = engine.sync_planned(preview, &by, &holder, &stop, &|it| bar.show(it)).await;
    drop(bar);
    Ok(tell(&config, &synced.map_err(hints::sync)?, output))
}

/// What a sync would do; none where it is a quick one, and no row has changed.
async fn preview(engine: &Engine, args: &SyncArgs, output: &Output) -> Result<Option<Preview>> {
    if args.scope.changed {
        return changed(engine, output).await;
    }
    engine.preview(&args.scope.scope(), args.first_sync).await.map(Some).map_err(hints::read)
}

/// A plan for those whose row has changed; says so where there is nobody.
pub(super) async fn changed(engine: &Engine, output: &Output) -> Result<Option<Preview>> {
    match engine.preview_changed().await.map_err(hints::read)? {
        Changed::Planned(preview) => Ok(Some(*preview)),
        Changed::Nothing { since } => {
            let since = since.map_or_else(String::new, |it| format!(" since {}", show::moment(it)));
            match output.format {
                Format::Text | Format::Markdown => output.data("nothing to do: no row has changed"),
                Format::Json => output.json(&json!({ "outcome": "unchanged" })),
            }
            output.say(&format!(
                "no row has changed{since}, so Auth0 was not asked for anything\n  \
                 → rollcall plan looks at everybody, and at what was changed in Auth0"
            ));
            Ok(None)
        }
    }
}

pub(super) fn shown<'a>(config: &'a Config, plan: &'a Plan, breaches: &'a [Breach]) -> show::Shown<'a> {
    show::Shown { id: None, plan, breaches, admin: &config.policy.roles.admin, all: false }
}

/// Prints what a sync did; what it exits with.
pub(super) fn tell(config: &Config, synced: &Synced, output: &Output) -> Exit {
    let Synced { plan, breaches, at_once, outcome, written_back, missed } = synced;
    output.data(&show::synced(&shown(config, plan, breaches), outcome, at_once.as_ref(), output));
    if *written_back > 0 {
        output.say(&format!("{written_back} rows of the employee table were brought up to date"));
    }
    if !missed.is_empty() {
        output.say(&missed_text(plan, missed));
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

/// Whom quick runs could not know about.
fn missed_text(plan: &Plan, missed: &BTreeSet<EmployeeId>) -> String {
    let name =
        |id: &EmployeeId| plan.changes().iter().find(|it| it.employee == *id).map(|it| it.name.clone());
    let named = |id: &EmployeeId| format!("{id} {}", name(id).unwrap_or_default()).trim_end().to_owned();
    let shown: Vec<String> = missed.iter().take(SHOWN).map(named).collect();
    let more = missed.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let people = if missed.len() == 1 { "1 person, whose row has" } else { "people whose rows have" };
    let count = if missed.len() == 1 { String::new() } else { format!("{} ", missed.len()) };
    format!(
        "quick runs had missed {count}{people} not changed: {}{more}\n  \
         → the accounts were changed in Auth0, or by a decision: rollcall employee explain ID",
        shown.join(", ")
    )
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
