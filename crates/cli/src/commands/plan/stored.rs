//! What is done with a stored plan.

use std::collections::BTreeSet;

use diff::{ChangeId, PlanId};
use engine::{Rest, Yes};
use store::{PlanState, StoredPlan};

use crate::args::Global;
use crate::{Exit, Output, Result, hints, session, show, who};

/// Prints it again.
pub(super) async fn show(id: PlanId, all: bool, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let stored = session::store(&config).await?.plan(id).await.map_err(hints::store)?;
    let admin = &config.policy.roles.admin;
    let shown = show::Shown { id: Some(id), plan: &stored.plan, breaches: &stored.breaches, admin, all };
    output.data(&show::plan(&shown, output));
    output.say(&state(&stored));
    Ok(Exit::Done)
}

/// Where it stands, and what it waits for.
fn state(stored: &StoredPlan) -> String {
    let StoredPlan { id, plan, breaches: _, state, proposed_at: _, expires_at, decision, superseded_by } =
        stored;
    let by =
        decision.as_ref().map(|it| format!(" by {} at {}", it.by, show::moment(it.at))).unwrap_or_default();
    let next = match state {
        PlanState::Proposed => format!("until {}\n  → rollcall plan approve {id}", show::moment(*expires_at)),
        PlanState::Approved => format!("{by}, until {}\n  → rollcall apply {id}", show::moment(*expires_at)),
        PlanState::Incomplete => format!("{by}\n  → rollcall apply {id} goes on"),
        PlanState::Superseded => match superseded_by {
            Some(newer) => format!("\n  → rollcall plan show {newer}"),
            None => "\n  → rollcall plans".to_owned(),
        },
        PlanState::Rejected | PlanState::Expired => format!("{by}\n  → rollcall plan makes a new one"),
        PlanState::Applying | PlanState::Applied => format!("{by}\n  → rollcall runs"),
    };
    format!("plan {id} · digest {} · {state} {}", plan.digest().short(), next.trim_start())
}

/// Says yes.
pub(super) async fn approve(id: PlanId, yes: Yes, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::approver();
    engine.approve(id, by.clone(), yes).await.map_err(hints::review)?;
    output.say(&format!("plan {id} is approved by {by}\n  → rollcall apply {id}"));
    Ok(Exit::Done)
}

/// Says no.
pub(super) async fn reject(id: PlanId, reason: String, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::approver();
    engine.reject(id, by.clone(), reason).await.map_err(hints::review)?;
    output.say(&format!("plan {id} is rejected by {by}"));
    Ok(Exit::Done)
}

/// Leaves changes out.
pub(super) async fn without(
    id: PlanId,
    changes: &[ChangeId],
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let dropped: BTreeSet<ChangeId> = changes.iter().cloned().collect();
    let rest = engine.without(id, &dropped, &who::approver()).await.map_err(hints::review)?;
    let Rest { proposal, plan, breaches } = rest;
    let admin = &config.policy.roles.admin;
    let shown = show::Shown { id: Some(proposal.id), plan: &plan, breaches: &breaches, admin, all: false };
    output.data(&show::plan(&shown, output));
    super::say_next(proposal.id, &breaches, output);
    Ok(if breaches.is_empty() { Exit::Done } else { Exit::LimitBreached })
}
