//! The last run, where it ended without all of its plan.

use std::collections::BTreeSet;

use diff::{ChangeId, Outcome, Report};
use notify::Condition;
use store::{PlanState, PlanSummary, RunState, StoredRun};

use super::plans::Plans;

/// Whether the last run of a whole plan left something undone. That is over when
///
/// * a later run has ended: well, or it is that one which is told; or
/// * its plan cannot be gone on with, because a day has passed: what is still due is in newer plans, and those are
///   told; or
/// * a newer plan of its scope is open and has nothing of what is undone.
///
/// While its plan is gone on with, it stands. What is parked in the quarantine is in no plan, and shown there.
pub(super) fn incomplete(last: Option<StoredRun>, open: &[PlanSummary], plans: &Plans) -> Option<Condition> {
    let last = last?;
    let ended_badly = match last.state {
        RunState::Incomplete | RunState::Abandoned => true,
        RunState::Applied | RunState::Running => false,
    };
    let report = last.report.filter(|_| ended_badly)?;
    let undone: BTreeSet<&ChangeId> =
        report.outcomes.iter().filter(|(_, it)| !it.is_so()).map(|(id, _)| id).collect();
    let plan = open.iter().find(|it| it.id == last.plan && may_go_on(it.state))?;
    let newer = open.iter().filter(|it| it.id > plan.id && it.scope == plan.scope);
    let nothing_due = newer
        .filter_map(|it| plans.of(it.id))
        .any(|it| undone.iter().all(|change| !it.changes.contains(*change)));
    if undone.is_empty() || nothing_due {
        return None;
    }
    Some(condition(&report))
}

fn may_go_on(state: PlanState) -> bool {
    match state {
        PlanState::Incomplete | PlanState::Applying => true,
        PlanState::Proposed
        | PlanState::Approved
        | PlanState::Rejected
        | PlanState::Superseded
        | PlanState::Expired
        | PlanState::Applied => false,
    }
}

fn condition(report: &Report) -> Condition {
    let (mut failed, mut stale, mut not_tried) = (0, 0, 0);
    for outcome in report.outcomes.values() {
        match outcome {
            Outcome::Failed { .. } => failed += 1,
            Outcome::Stale { .. } => stale += 1,
            Outcome::NotTried { .. } => not_tried += 1,
            Outcome::Applied | Outcome::AlreadySo => {}
        }
    }
    Condition::RunIncomplete { run: report.run.0, failed, stale, not_tried }
}
