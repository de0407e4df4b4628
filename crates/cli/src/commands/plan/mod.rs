//! `rollcall plan`

mod offline;
mod stored;

use diff::{Breach, Missing, Plan, PlanId, Policy, missing};
use engine::Yes;
use store::{Proposal, ProposalStanding};

use super::sync;
use crate::args::{Global, MakePlan, PlanArgs, PlanCommand};
use crate::output::Paging;
use crate::{Exit, Output, Result, hints, session, show};

/// Makes a plan, unless a word says what to do with one.
pub(super) async fn run(args: PlanArgs, global: &Global, output: &Output) -> Result<Exit> {
    match args.command {
        None => make(args.make, global, output).await,
        Some(PlanCommand::Show { id, all, no_pager }) => {
            let paging = if no_pager { Paging::Off } else { Paging::On };
            stored::show(id, all, paging, global, output).await
        }
        Some(PlanCommand::Approve { id, digest, accept, reason }) => {
            let yes = Yes { digest, accepts: accept.into_iter().collect(), reason };
            stored::approve(id, yes, global, output).await
        }
        Some(PlanCommand::Reject { id, reason }) => stored::reject(id, reason, global, output).await,
        Some(PlanCommand::Without(args)) => stored::without(args, global, output).await,
    }
}

async fn make(args: MakePlan, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let scope = args.scope.scope();
    session::check_columns(&config, &scope)?;
    let exit_of = |plan: &Plan, breaches: &[Breach]| match (Exit::of_breaches(breaches), plan.is_empty()) {
        (Some(exit), _) => exit,
        (None, false) if args.detailed_exitcode => Exit::ChangesWait,
        (None, true | false) => Exit::Done,
    };
    let admin = &config.policy.roles.admin;
    if let Some(files) = &args.offline {
        let plan = offline::plan(files, &config, &scope, args.first_sync)?;
        let breaches = config.policy.limits.breaches(&plan, &config.policy.roles);
        show::print_plan(
            &show::Shown { id: None, plan: &plan, breaches: &breaches, admin, all: args.all },
            output,
        );
        return Ok(exit_of(&plan, &breaches));
    }
    let engine = session::engine(&config).await?;
    let preview = if args.scope.changed {
        let Some(preview) = sync::changed(&engine, output).await? else { return Ok(Exit::Done) };
        preview
    } else {
        engine.preview(&scope, args.first_sync).await.map_err(hints::read)?
    };
    let id = propose(&engine, &preview, output).await?;
    let (plan, breaches) = (&preview.plan, preview.breaches.as_slice());
    show::print_plan(&show::Shown { id, plan, breaches, admin, all: args.all }, output);
    if let Some(id) = id {
        say_next(id, plan, breaches, &config.policy, output);
    }
    Ok(exit_of(plan, breaches))
}

/// Stores the plan for review; there is nothing to review in an empty one, unless the table looks wrong.
async fn propose(
    engine: &engine::Engine,
    preview: &engine::Preview,
    output: &Output,
) -> Result<Option<PlanId>> {
    Ok(announce(engine.propose(preview).await.map_err(hints::review)?, output))
}

/// The number of what was proposed, and whether it stood there before.
pub(super) fn announce(proposal: Option<Proposal>, output: &Output) -> Option<PlanId> {
    let proposal = proposal?;
    if proposal.standing == ProposalStanding::SameAsBefore {
        let id = proposal.id;
        output.say(&format!(
            "plan {id} already says the same, and stands: rollcall plan show {id} tells how far its review is"
        ));
    }
    Some(proposal.id)
}

/// What can be done with a proposal.
pub(super) fn say_next(id: PlanId, plan: &Plan, breaches: &[Breach], policy: &Policy, output: &Output) {
    if breaches.is_empty() {
        output.say(&format!(
            "this is plan {id}; nothing has been written\n  \
             → rollcall plan approve {id} && rollcall apply {id}\n  \
             → rollcall plan without {id} --employee ID, to leave somebody out; rollcall plan reject {id} --reason WHY"
        ));
    } else {
        let next = show::ways_out(id, plan, breaches);
        output.say(&format!("this is plan {id}; nothing has been written, because {next}"));
    }
    if let Some(missing) = missing(plan, policy, &[]).filter(Missing::asks_verified) {
        output.say(&format!("  {missing}: rollcall token makes who approves a verified person"));
    }
}
