//! `rollcall apply` and the running of a plan, which `sync` and `demo` share.

use diff::{Approver, Plan, PlanId, Report};
use engine::{Engine, Stop};
use store::Act;

use crate::args::{ApplyArgs, Global};
use crate::{Exit, Output, Result, hints, progress, session, show, signals, who};

/// Applies an approved plan.
pub(super) async fn run(args: &ApplyArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Decide).await?;
    let report = apply(&engine, args.id, &by, output).await?;
    output.data(&show::report(&report, output));
    let plan = engine.store().plan(args.id).await.map_err(hints::store)?.plan;
    account(&plan, &report, output);
    Ok(conclude(&report, output))
}

/// Applies with a bar; Ctrl-C stops it in order.
pub(super) async fn apply(engine: &Engine, plan: PlanId, by: &Approver, output: &Output) -> Result<Report> {
    let stop = Stop::new();
    let _listening = signals::listen(stop.clone(), output);
    let shown = progress::Shown::start(output);
    let report = engine.apply(plan, by, &who::holder(), &stop, &|it| shown.show(it)).await;
    drop(shown);
    report.map_err(hints::apply)
}

/// So long a run gives an account of itself; what is over at once needs none, and `run show` has it.
const LONG_MS: u64 = 10_000;

/// What it was to cost and what it took, where somebody had to wait for it or the rate limit was met.
pub(super) fn account(plan: &Plan, report: &Report, output: &Output) {
    let forecast = &plan.document().forecast;
    let spent = report.spent.as_ref();
    if let Some(spent) = spent.filter(|it| it.took_ms >= LONG_MS || it.total_refused() > 0) {
        output.say(&diff::forecast_and_spent(forecast, spent));
    }
}

/// The exit code of a run, and what to do next.
pub(super) fn conclude(report: &Report, output: &Output) -> Exit {
    if report.is_complete() {
        return Exit::Done;
    }
    let plan = report.plan;
    output.say(&format!(
        "not everything was done\n  → rollcall apply {plan} tries again what failed; what is stale needs a new plan: rollcall plan"
    ));
    Exit::PartlyApplied
}
