//! `rollcall demo`: the whole cycle on an invented company, against the built-in tenant, over HTTP.

mod company;
mod drift;
mod files;

use diff::Scope;
use engine::{Engine, Yes};
use simulator::Simulator;

use super::apply;
use crate::args::DemoArgs;
use crate::config::{Config, Env};
use crate::{Exit, Failure, OrFail, Output, Result, hints, session, show, who};
use files::Place;

/// Plans, shows, applies, and plans again to nothing.
pub(super) async fn run(args: DemoArgs, output: &Output) -> Result<Exit> {
    let demo = drift::demo(args.size);
    let place = Place::make(args.dir)?;
    let tenant = simulator::start(simulator::Options {
        state: Some(demo.tenant.clone()),
        state_file: place.state_file(),
        ..simulator::Options::default()
    });
    let tenant = tenant.await.or_fail("start the simulated tenant", "try again, or name another --dir")?;
    let exit = cycle(&demo, &place, &tenant, output).await;
    let next = place.next_steps(&tenant);
    tenant.shutdown().await;
    let exit = exit?;
    if exit == Exit::Done {
        output.say(&next);
    }
    Ok(exit)
}

async fn cycle(demo: &drift::Demo, place: &Place, tenant: &Simulator, output: &Output) -> Result<Exit> {
    let config = place.write(demo, tenant)?;
    let config = Config::load(Some(&config), &Env::empty())
        .or_fail("read the demo's own configuration", "this is a fault of rollcall; please report it")?;
    let engine = session::engine(&config).await?;
    fill(&engine, demo).await?;
    output.say(&format!(
        "{} employees in a table, {} users in a simulated tenant at {}, which has drifted:\n",
        demo.people.len(),
        demo.tenant.users.len(),
        tenant.url()
    ));
    let preview = engine.preview(&Scope::everybody(), false).await.map_err(hints::read)?;
    let (plan, breaches, admin) = (&preview.plan, preview.breaches.as_slice(), &config.policy.roles.admin);
    show::print_plan(&show::Shown { id: None, plan, breaches, admin, all: false }, output);
    let proposal = engine.propose(&preview).await.map_err(hints::review)?;
    let Some(proposal) = proposal else {
        let next = "this is a fault of rollcall; please report it";
        return Err(Failure::new(anyhow::anyhow!("the demo's tenant has not drifted"), next));
    };
    let by = who::approver();
    engine.approve(proposal.id, by.clone(), Yes::default()).await.map_err(hints::review)?;
    output.say(&format!("\nplan {} is approved by {by}, and applied:", proposal.id));
    let report = apply::apply(&engine, proposal.id, &by, output).await?;
    output.data(&show::report(&report, output));
    let exit = apply::conclude(&report, output);
    settled(&engine, output).await?;
    Ok(exit)
}

/// Tables, rows, and who is linked to whom already.
async fn fill(engine: &Engine, demo: &drift::Demo) -> Result<()> {
    let store = engine.store();
    store.migrate().await.map_err(hints::store)?;
    let rows = store::read_csv(company::csv(&demo.people).as_bytes())
        .or_fail("read the demo's own employees", "this is a fault of rollcall; please report it")?;
    let now = chrono::Utc::now();
    store.import(&rows, store::Missing::Keep, now).await.map_err(hints::store)?;
    store.tie_all(engine.tenant(), &demo.ties(), now).await.map_err(hints::store)
}

/// Plans again. Whatever was left alone is told once more, as a count.
async fn settled(engine: &Engine, output: &Output) -> Result<()> {
    let again = engine.preview(&Scope::everybody(), false).await.map_err(hints::read)?.plan;
    if !again.is_empty() {
        let error = anyhow::anyhow!("{} changes are left after the plan was applied", again.changes().len());
        return Err(Failure::new(error, "this is a fault of rollcall; please report it"));
    }
    output.say(&format!("\nplanned again: nothing left to do · {} held for a person", again.held()));
    Ok(())
}
