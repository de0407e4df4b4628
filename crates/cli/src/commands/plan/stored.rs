//! What is done with a stored plan.

use chrono::Utc;
use diff::{Approval, Breach, ChangeId, Missing, PlanId};
use documents::waits_for;
use engine::{LeftOut, Rest, Yes};
use store::{Act, Given, PlanState, StoredPlan};

use crate::args::{Global, WithoutArgs};
use crate::output::Paging;
use crate::{Exit, Output, Result, hints, session, show, who};

/// Prints it again.
pub(super) async fn show(
    id: PlanId,
    all: bool,
    paging: Paging,
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    store.expire_plans(Utc::now()).await.map_err(hints::store)?;
    let stored = store.plan(id).await.map_err(hints::store)?;
    let admin = &config.policy.roles.admin;
    let shown = show::Shown { id: Some(id), plan: &stored.plan, breaches: &stored.breaches, admin, all };
    let missing = waits_for(&stored, &config.policy);
    show::print_stored(&shown, &stored, missing.as_ref(), paging, output);
    output.say(&state(&stored, missing.as_ref()));
    Ok(Exit::Done)
}

/// Where it stands, who said yes, and what it waits for.
fn state(stored: &StoredPlan, missing: Option<&Missing>) -> String {
    let StoredPlan { id, plan, state, expires_at, decision, superseded_by, .. } = stored;
    let until = format!(" until {}", show::moment(*expires_at));
    let rejected = decision.as_ref().map_or_else(String::new, |it| {
        let why = it.reason.as_ref().map_or_else(String::new, |it| format!(", because: {it}"));
        format!(" by {} at {}{why}", it.by, show::moment(it.at))
    });
    let (more, next) = match (state, missing) {
        (PlanState::Proposed | PlanState::Approved | PlanState::Incomplete, Some(_)) => {
            (until, diff::acceptance(plan, &unaccepted(stored), Some(*id)))
        }
        (PlanState::Proposed | PlanState::Approved, None) => (until, format!("rollcall apply {id}")),
        (PlanState::Incomplete, None) => (until, format!("rollcall apply {id} goes on")),
        (PlanState::Superseded, _) => match superseded_by {
            Some(newer) => (String::new(), format!("rollcall plan show {newer}")),
            None => (", because nothing was left to do".to_owned(), "rollcall plans".to_owned()),
        },
        (PlanState::Rejected, _) => (rejected, "rollcall plan makes a new one".to_owned()),
        (PlanState::Expired, _) => {
            (format!(" since {}", show::moment(*expires_at)), "rollcall plan makes a new one".to_owned())
        }
        (PlanState::Applying | PlanState::Applied, _) => (String::new(), "rollcall runs".to_owned()),
    };
    let mut lines = vec![format!("plan {id} · digest {} · {state}{more}", plan.digest().short())];
    lines.extend(show::approvals(stored));
    lines.extend(missing.map(ToString::to_string));
    lines.push(format!("→ {next}"));
    lines.join("\n  ")
}

/// The limits that nobody has accepted yet.
fn unaccepted(stored: &StoredPlan) -> Vec<Breach> {
    Approval::unaccepted(&stored.approvals, stored.breaches.clone())
}

/// Says yes.
pub(super) async fn approve(id: PlanId, yes: Yes, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Decide).await?;
    match engine.approve(id, by.clone(), yes).await.map_err(hints::review)? {
        Given::Enough => output.say(&format!("plan {id} is approved by {by}\n  → rollcall apply {id}")),
        Given::Waits(missing) => output.say(&format!(
            "the yes of {by} to plan {id} is kept, and {missing}\n  → rollcall plan approve {id}, with that person's token"
        )),
    }
    Ok(Exit::Done)
}

/// Says no.
pub(super) async fn reject(id: PlanId, reason: String, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Decide).await?;
    engine.reject(id, by.clone(), reason).await.map_err(hints::review)?;
    output.say(&format!("plan {id} is rejected by {by}"));
    Ok(Exit::Done)
}

/// Leaves changes out.
pub(super) async fn without(args: WithoutArgs, global: &Global, output: &Output) -> Result<Exit> {
    let WithoutArgs { id, changes, employees, kinds } = args;
    let left_out = LeftOut {
        changes: changes.into_iter().collect(),
        employees: employees.into_iter().collect(),
        kinds: kinds.into_iter().collect(),
    };
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Decide).await?;
    let Rest { dropped, plan, breaches, proposal } =
        engine.without(id, &left_out, &by).await.map_err(hints::review)?;
    let names: Vec<&str> = dropped.iter().map(ChangeId::as_str).collect();
    output.say(&format!("left out of plan {id}, with what needs it: {}", names.join(", ")));
    let Some(proposal) = proposal else {
        output.say(&format!(
            "nothing is left of plan {id}: no plan was made\n  → rollcall plan reject {id} --reason WHY"
        ));
        return Ok(Exit::Done);
    };
    let admin = &config.policy.roles.admin;
    let shown = show::Shown { id: Some(proposal.id), plan: &plan, breaches: &breaches, admin, all: false };
    show::print_plan(&shown, output);
    super::say_next(proposal.id, &plan, &breaches, &config.policy, output);
    Ok(Exit::of_breaches(&breaches).unwrap_or(Exit::Done))
}
