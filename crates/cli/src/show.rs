//! What goes to stdout, in the form that was asked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use diff::{Approval, Breach, Missing, Plan, PlanId, Report, RoleName, TextOptions};
use engine::{AtOnce, SyncOutcome};
use serde_json::json;
use store::StoredPlan;

use crate::output::{self, Colour, Format, Paging};
use crate::table::safe;
use crate::{Exit, Output};

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

/// Prints a plan; as JSON it is written while it is made.
pub(crate) fn print_plan(shown: &Shown<'_>, output: &Output) {
    match output.format {
        Format::Text | Format::Markdown => output.data(&plan(shown, output)),
        Format::Json => output.json(&plan_document(shown)),
    }
}

/// A plan.
pub(crate) fn plan(shown: &Shown<'_>, output: &Output) -> String {
    let Shown { id, plan, breaches, admin, all } = *shown;
    match output.format {
        Format::Text => {
            let color = output.data_colour() == Colour::On;
            diff::text(plan, breaches, TextOptions { all, color, width: output::width(), admin, id })
        }
        Format::Json => output::json(&plan_document(shown)),
        Format::Markdown => diff::markdown(plan, breaches, admin, id),
    }
}

/// Prints a stored plan: in JSON with its review, which text tells on stderr.
pub(crate) fn print_stored(
    shown: &Shown<'_>,
    stored: &StoredPlan,
    missing: Option<&Missing>,
    paging: Paging,
    output: &Output,
) {
    match output.format {
        Format::Text | Format::Markdown => output.page(&plan(shown, output), paging),
        Format::Json => output.json(&documents::PlanDocument::stored(stored, missing)),
    }
}

/// A line for each yes.
pub(crate) fn approvals(stored: &StoredPlan) -> Vec<String> {
    let line = |it: &Approval| {
        let Approval { digest: _, by, at, reason, accepts } = it;
        let at = DateTime::parse_from_rfc3339(at).map_or_else(|_| at.clone(), |it| moment(it.to_utc()));
        let accepts: Vec<&str> = accepts.iter().map(String::as_str).collect();
        let accepts =
            if accepts.is_empty() { String::new() } else { format!(", accepting {}", accepts.join(", ")) };
        let reason = reason.as_ref().map_or_else(String::new, |it| format!(": {it}"));
        safe(&format!("approved by {by} at {at}{accepts}{reason}")).into_owned()
    };
    stored.approvals.iter().map(line).collect()
}

fn plan_document<'a>(shown: &Shown<'a>) -> documents::PlanDocument<'a> {
    documents::PlanDocument::of(shown.id, shown.plan, shown.breaches)
}

/// Why a stored plan waits, and what to type: to follow "because".
pub(crate) fn ways_out(id: PlanId, plan: &Plan, breaches: &[Breach]) -> String {
    let why = match Exit::of_breaches(breaches) {
        Some(Exit::Suspect) => "the employee table looks wrong",
        Some(_) | None => "it exceeds limits",
    };
    format!(
        "{why}\n  → mend what is wrong, as is said above, and plan again\n  → or, if all of it is right: {} && \
         rollcall apply {id}",
        diff::acceptance(plan, breaches, Some(id))
    )
}

/// What a sync planned, and what became of it. `at_once` is what was done of it while the rest waits, which
/// is shown then.
pub(crate) fn synced(
    shown: &Shown<'_>,
    outcome: &SyncOutcome,
    at_once: Option<&AtOnce>,
    output: &Output,
) -> String {
    let (word, id, report) = match outcome {
        SyncOutcome::Nothing => ("nothing", None, None),
        SyncOutcome::Proposed(id) => ("proposed", Some(*id), None),
        SyncOutcome::Breached(id) => ("breached", Some(*id), None),
        SyncOutcome::Applied(report) => ("applied", Some(report.plan), Some(report)),
    };
    let done = at_once.map_or_else(String::new, |it| format!("{}\n", done_at_once(it)));
    match output.format {
        // The plan was shown before it was carried out; what is left of it was not.
        Format::Text => {
            let rest = at_once.map_or_else(String::new, |_| plan(shown, output));
            format!("{done}{rest}{}", report.map(report_text).unwrap_or_default())
        }
        Format::Markdown => {
            let plan = plan(shown, output);
            format!("{done}{plan}{}", report.map(report_text).unwrap_or_default())
        }
        Format::Json => output::json(&json!({
            "outcome": word,
            "at_once": at_once.map(|it| json!({
                "digest": it.plan.digest(),
                "plan": it.plan,
                "report": documents::report(&it.report),
            })),
            "plan": plan_document(&Shown { id, ..*shown }),
            "report": report.map(documents::report),
        })),
    }
}

/// What did not wait, and what became of it.
fn done_at_once(done: &AtOnce) -> String {
    let AtOnce { plan, report } = done;
    let kinds: Vec<String> = plan.counts().iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("done at once, by [review] auto_approve: {}\n{}", kinds.join(", "), report_text(report))
}

/// What became of a run.
pub(crate) fn report(report: &Report, output: &Output) -> String {
    match output.format {
        Format::Text | Format::Markdown => report_text(report),
        Format::Json => output::json(&documents::report(report)),
    }
}

/// One line, and a line for each change that is not so now.
pub(crate) fn report_text(report: &Report) -> String {
    let Report { run, plan, outcomes, stopped, spent: _ } = report;
    let counts: Vec<String> = report.counts().iter().map(|(word, count)| format!("{count} {word}")).collect();
    let counts = match counts.as_slice() {
        // Only a plan that was approved for its table alone has no changes.
        [] => "nothing to change; the table is believed as it is".to_owned(),
        some => some.join(", "),
    };
    let mut text = format!("run {run} of plan {plan}: {counts}\n");
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

/// The same to the second, for whoever must know.
pub(crate) fn second(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
