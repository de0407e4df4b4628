//! `rollcall undo`

use store::Act;

use super::plan::{announce, say_next};
use crate::args::{Global, UndoArgs};
use crate::{Exit, Output, Result, hints, session, show, who};

/// Plans what takes a run back, and proposes it. It is applied like any other plan, never by this.
pub(super) async fn run(args: UndoArgs, global: &Global, output: &Output) -> Result<Exit> {
    let UndoArgs { run, reason, all, dry_run } = args;
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Decide).await?;
    let preview = engine.undo(run).await.map_err(hints::undo)?;
    let id = if dry_run {
        None
    } else {
        let proposal = engine.propose_undo(run, &preview, &by, reason.as_deref()).await;
        announce(proposal.map_err(hints::review)?, output)
    };
    let (plan, breaches, admin) = (&preview.plan, preview.breaches.as_slice(), &config.policy.roles.admin);
    show::print_plan(&show::Shown { id, plan, breaches, admin, all }, output);
    if let Some(id) = id {
        say_next(id, plan, breaches, &config.policy, output);
    }
    if plan.is_empty() {
        output.say(&format!("nothing of run {run} is left to take back"));
    }
    Ok(Exit::of_breaches(breaches).unwrap_or(Exit::Done))
}
