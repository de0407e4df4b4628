//! `rollcall runs` and `rollcall run show`

use diff::{Forecast, Outcome, Report, RunId};
use store::StoredRun;

use crate::args::{Global, ListArgs, RunCommand};
use crate::output::Format;
use crate::table::Table;
use crate::{Exit, Output, Result, hints, session, show};

/// Lists the runs, the newest first.
pub(super) async fn list(args: &ListArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let runs = session::store(&config).await?.runs(args.last).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&runs)),
        Format::Json => output.json(&runs.iter().map(documents::run).collect::<Vec<_>>()),
    }
    if runs.is_empty() {
        output.say("there are no runs yet\n  → rollcall apply ID applies an approved plan");
    } else if let Some(run) = runs.iter().find(|it| has_done_something(it)) {
        output.say(&format!(
            "  → rollcall undo RUN plans what takes one back, such as rollcall undo {}",
            run.id
        ));
    }
    Ok(Exit::Done)
}

/// One run.
pub(super) async fn run(command: RunCommand, global: &Global, output: &Output) -> Result<Exit> {
    match command {
        RunCommand::Show { id } => show_one(id, global, output).await,
    }
}

async fn show_one(id: RunId, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    let run = store.run(id).await.map_err(hints::store)?;
    let plan = store.plan(run.plan).await.map_err(hints::store)?.plan;
    let forecast = &plan.document().forecast;
    match output.format {
        Format::Text | Format::Markdown => {
            output.data(&text(std::slice::from_ref(&run)));
            output.data(&run.report.as_ref().map(show::report_text).unwrap_or_default());
            output.data(&account(forecast, run.report.as_ref()));
        }
        Format::Json => output.json(&documents::run_with_forecast(&run, forecast)),
    }
    if run.report.is_none() {
        output.say("it is under way, or its process ended: the next apply settles it");
    } else if has_done_something(&run) {
        output.say(&format!("  → rollcall undo {id} plans what takes it back"));
    }
    Ok(Exit::Done)
}

/// The forecast, and below it what was asked of Auth0; of runs that counted it.
fn account(forecast: &Forecast, report: Option<&Report>) -> String {
    let Some(spent) = report.and_then(|it| it.spent.as_ref()) else { return String::new() };
    let waited = match spent.waited_ms / 1_000 {
        0 => String::new(),
        some => format!("; calls waited {some} s for the rate limit, all together"),
    };
    format!("  forecast  {}\n  took      {}{waited}\n", diff::cost(forecast), diff::spent(spent))
}

/// Whether an undo may find something to take back.
fn has_done_something(run: &StoredRun) -> bool {
    run.report.iter().flat_map(|it| it.outcomes.values()).any(|it| *it == Outcome::Applied)
}

fn text(runs: &[StoredRun]) -> String {
    let mut table = Table::new(["run", "plan", "state", "started", "took", "changes", "process"]);
    for run in runs {
        let StoredRun { id, plan, tenant: _, employee, state, holder, started_at, ended_at, report } = run;
        let counts = report.as_ref().map(diff::Report::counts).unwrap_or_default();
        let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        table.row(&[
            id.to_string(),
            plan.to_string(),
            state.to_string(),
            show::moment(*started_at),
            ended_at.map(|it| format!("{} s", (it - *started_at).num_seconds())).unwrap_or_default(),
            counts.join(", "),
            employee.as_ref().map_or_else(|| holder.clone(), |it| format!("{holder} (employee {it})")),
        ]);
    }
    if runs.is_empty() { String::new() } else { table.text() }
}
