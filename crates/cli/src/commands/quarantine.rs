//! `rollcall quarantine`: what failed when it was tried last, and what people decide about it.

use std::collections::BTreeSet;

use diff::{Approver, EmployeeId, Kind, NextTry, Quarantined};
use engine::{Engine, Failing, Released, Whose};
use store::Act;

use crate::args::{Global, QuarantineArgs, QuarantineCommand, ReleaseArgs};
use crate::output::Format;
use crate::table::Table;
use crate::{Exit, Output, Result, hints, session, show, who};

/// Lists, or decides something by hand.
pub(super) async fn run(args: QuarantineArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    match args.command {
        None => list(&engine, output).await,
        Some(QuarantineCommand::Release(ReleaseArgs { ids, all, kind })) => {
            let whose = if all { Whose::All } else { Whose::Of(ids.into_iter().collect()) };
            let by = who::actor(&engine, global, Act::Decide).await?;
            release(&engine, &whose, kind, &by, output).await
        }
        Some(QuarantineCommand::Drop { id, kind, reason }) => {
            let by = who::actor(&engine, global, Act::Decide).await?;
            let dropped = engine.drop_failing(&id, kind, &reason, &by).await.map_err(hints::quarantine)?;
            Ok(say_dropped(&id, &dropped, output))
        }
    }
}

async fn list(engine: &Engine, output: &Output) -> Result<Exit> {
    let failing = engine.quarantine().await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&failing)),
        Format::Json => output.json(&failing.iter().map(documents::failing).collect::<Vec<_>>()),
    }
    let next = if failing.is_empty() {
        "nothing is in quarantine: whatever was tried last was done"
    } else if failing.iter().any(|it| it.change.kind.can_be_parked()) {
        "  → rollcall quarantine release ID, once it is mended\n  \
         → rollcall quarantine drop ID --reason WHY, to give up on it"
    } else {
        "  → mend what the errors say: every run tries it again"
    };
    output.say(next);
    Ok(Exit::Done)
}

/// What leaves somebody with access comes first, under a heading that cannot be overlooked.
fn text(failing: &[Failing]) -> String {
    let (parkable, access): (Vec<&Failing>, Vec<&Failing>) =
        failing.iter().partition(|it| it.change.kind.can_be_parked());
    let mut text = String::new();
    if !access.is_empty() {
        text.push_str("ACCESS NOT TAKEN AWAY, tried again in every run:\n");
        text.push_str(&table(&access));
    }
    if !parkable.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&table(&parkable));
    }
    text
}

fn table(failing: &[&Failing]) -> String {
    let mut table = Table::new(["employee", "name", "change", "failed", "since", "next try", "last error"]);
    for Failing { name, change, parked } in failing {
        let Quarantined { employee, kind, failures, first_failed_at, error, next, .. } = change;
        table.row(&[
            employee.to_string(),
            name.clone(),
            kind.to_string(),
            times(*failures),
            show::moment(*first_failed_at),
            if *parked { when(next) } else { "the next run".to_owned() },
            error.clone(),
        ]);
    }
    table.text()
}

fn times(failures: u32) -> String {
    if failures == 1 { "once".to_owned() } else { format!("{failures} times") }
}

fn when(next: &NextTry) -> String {
    match next {
        NextTry::At { at } => format!("from {}", show::moment(*at)),
        NextTry::WhenReleased => "when released".to_owned(),
        NextTry::Dropped { by, why } => format!("given up by {by}: {why}"),
    }
}

async fn release(
    engine: &Engine,
    whose: &Whose,
    kind: Option<Kind>,
    by: &Approver,
    output: &Output,
) -> Result<Exit> {
    let Released { released, due } = engine.release(whose, kind, by).await.map_err(hints::quarantine)?;
    let mut said: Vec<String> = released
        .iter()
        .map(|it| {
            format!("released: {} of employee {}, which failed {}", it.kind, it.employee, times(it.failures))
        })
        .collect();
    said.extend(
        due.iter()
            .map(|it| format!("not parked: {} of employee {}; the next run tries it", it.kind, it.employee)),
    );
    if said.is_empty() {
        output.say("nothing is in quarantine, so that nothing was released");
        return Ok(Exit::Done);
    }
    let employees = released.iter().chain(&due).map(|it| &it.employee);
    output.say(&format!("{}\n  → {} shows what follows from it", said.join("\n"), plan_of(employees)));
    Ok(Exit::Done)
}

fn say_dropped(id: &EmployeeId, dropped: &[Quarantined], output: &Output) -> Exit {
    for it in dropped {
        output.say(&format!(
            "given up: {} of employee {id}, which failed {}; it is not tried any more, and every plan says so",
            it.kind,
            times(it.failures)
        ));
    }
    output.say(&format!("  → rollcall quarantine release {id} takes it back"));
    Exit::Done
}

/// One person's plan where one is concerned.
fn plan_of<'a>(employees: impl Iterator<Item = &'a EmployeeId>) -> String {
    let employees: BTreeSet<&EmployeeId> = employees.collect();
    match employees.first() {
        Some(one) if employees.len() == 1 => format!("rollcall plan --employee {one}"),
        Some(_) | None => "rollcall plan".to_owned(),
    }
}
