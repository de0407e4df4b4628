//! `rollcall plans`

use chrono::Utc;
use diff::{Missing, Policy};
use store::{PlanState, PlanSummary, Store};

use crate::args::{Global, ListArgs};
use crate::output::Format;
use crate::table::Table;
use crate::{Exit, Output, Result, hints, session, show};
use documents::waits_for;

/// A plan, and what its approval lacks.
struct Listed {
    plan: PlanSummary,
    missing: Option<Missing>,
}

/// Lists the plans, the newest first.
pub(super) async fn run(args: &ListArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    store.expire_plans(Utc::now()).await.map_err(hints::store)?;
    let mut plans = Vec::new();
    for plan in store.plans(args.last).await.map_err(hints::store)? {
        plans.push(listed(plan, &store, &config.policy).await?);
    }
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&plans)),
        Format::Json => {
            let lines = plans.iter().map(|it| documents::plan_summary(&it.plan, it.missing.as_ref()));
            output.json(&lines.collect::<Vec<_>>());
        }
    }
    if plans.is_empty() {
        output.say("there are no plans yet\n  → rollcall plan makes one");
    }
    Ok(Exit::Done)
}

/// Only what somebody is waited for is read whole: there is one such plan a scope, or two.
async fn listed(plan: PlanSummary, store: &Store, policy: &Policy) -> Result<Listed> {
    let missing = match plan.state {
        PlanState::Proposed | PlanState::Approved | PlanState::Incomplete => {
            waits_for(&store.plan(plan.id).await.map_err(hints::store)?, policy)
        }
        PlanState::Rejected
        | PlanState::Superseded
        | PlanState::Expired
        | PlanState::Applying
        | PlanState::Applied => None,
    };
    Ok(Listed { plan, missing })
}

fn text(plans: &[Listed]) -> String {
    let mut table = Table::new(["plan", "state", "made", "digest", "changes", "held", "by", "waits for"]);
    for listed in plans {
        let Listed { plan, missing } = listed;
        let PlanSummary {
            id,
            tenant: _,
            digest,
            scope: _,
            state,
            proposed_at,
            expires_at: _,
            approved_by: _,
            decision: _,
            figures,
        } = plan;
        let kinds: Vec<String> =
            figures.changes.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        table.row(&[
            id.to_string(),
            state.to_string(),
            show::moment(*proposed_at),
            digest.short().to_owned(),
            kinds.join(", "),
            figures.held.to_string(),
            by(plan),
            missing.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    if plans.is_empty() { String::new() } else { table.text() }
}

/// Who approved so far, or who rejected.
fn by(plan: &PlanSummary) -> String {
    match (&plan.decision, plan.state) {
        (Some(decision), PlanState::Rejected) => decision.by.to_string(),
        _ => plan.approved_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
