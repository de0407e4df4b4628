//! What goes to stdout, in the form that was asked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use diff::{Breach, Digest, Plan, PlanId, Report, RoleName, TextOptions};
use engine::SyncOutcome;
use serde::Serialize;
use serde_json::{Value, json};

use crate::Output;
use crate::output::{self, Colour, Format};
use crate::table::safe;

/// A plan to be shown.
pub(crate) struct Shown<'a> {
    /// Its number, once it is stored.
    pub(crate) id: Option<PlanId>,
    pub(crate) plan: &'a Plan,
    pub(crate) breaches: &'a [Breach],
    /// The roles whose gain is told first.
    pub(crate) admin: &'a BTreeSet<RoleName>,
    /// Whether nothing is folded.
    pub(crate) all: bool,
}

/// A plan.
pub(crate) fn plan(shown: &Shown<'_>, output: &Output) -> String {
    let Shown { id: _, plan, breaches, admin, all } = *shown;
    match output.format {
        Format::Text => {
            let color = output.data_colour() == Colour::On;
            diff::text(plan, breaches, TextOptions { all, color, width: output::width(), admin })
        }
        Format::Json => output::json(&plan_document(shown)),
        Format::Markdown => diff::markdown(plan, breaches, admin),
    }
}

/// A plan with what is known about it beside the document itself. A struct and no `Value`, which
/// would hold a large plan twice.
#[derive(Serialize)]
struct PlanDocument<'a> {
    id: Option<PlanId>,
    digest: Digest,
    breaches: &'a [Breach],
    plan: &'a Plan,
}

fn plan_document<'a>(shown: &Shown<'a>) -> PlanDocument<'a> {
    let Shown { id, plan, breaches, admin: _, all: _ } = *shown;
    PlanDocument { id, digest: plan.digest(), breaches, plan }
}

/// What a sync planned, and what became of it.
pub(crate) fn synced(shown: &Shown<'_>, outcome: &SyncOutcome, output: &Output) -> String {
    let (word, id, report) = match outcome {
        SyncOutcome::Nothing => ("nothing", None, None),
        SyncOutcome::Proposed(id) => ("proposed", Some(*id), None),
        SyncOutcome::Breached(id) => ("breached", Some(*id), None),
        SyncOutcome::Applied(report) => ("applied", Some(report.plan), Some(report)),
    };
    match output.format {
        // The plan was shown before it was carried out.
        Format::Text => report.map(report_text).unwrap_or_default(),
        Format::Markdown => {
            let plan = plan(shown, output);
            let report = report.map(report_text).unwrap_or_default();
            format!("{plan}{report}")
        }
        Format::Json => output::json(&json!({
            "outcome": word,
            "plan": plan_document(&Shown { id, ..*shown }),
            "report": report.map(report_document),
        })),
    }
}

/// What became of a run.
pub(crate) fn report(report: &Report, output: &Output) -> String {
    match output.format {
        Format::Text | Format::Markdown => report_text(report),
        Format::Json => output::json(&report_document(report)),
    }
}

fn report_document(report: &Report) -> Value {
    json!({ "complete": report.is_complete(), "counts": report.counts(), "report": report })
}

/// One line, and a line for each change that is not so now.
pub(crate) fn report_text(report: &Report) -> String {
    let Report { run, plan, outcomes, stopped } = report;
    let counts: Vec<String> = report.counts().iter().map(|(word, count)| format!("{count} {word}")).collect();
    let mut text = format!("run {run} of plan {plan}: {}\n", counts.join(", "));
    if let Some(why) = stopped {
        writeln!(text, "  stopped: {}", safe(why)).expect("writing to a string cannot fail");
    }
    for (change, outcome) in outcomes.iter().filter(|(_, it)| !it.is_so()) {
        writeln!(text, "  {change}  {}", safe(&outcome.to_string()))
            .expect("writing to a string cannot fail");
    }
    text
}

/// A moment, as lists write it.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The same as a machine reads it.
pub(crate) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
