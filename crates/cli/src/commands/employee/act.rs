//! `rollcall employee sync` and `resend`: one person at once, beside whatever run is under way.

use diff::{EmployeeId, Mail};
use engine::{Engine, Stop, Synced};
use store::Act;

use super::super::sync;
use crate::args::{Global, ResendArgs};
use crate::config::Config;
use crate::output::Format;
use crate::{Exit, Output, Result, hints, progress, show, signals, who};

/// Makes the person's account what the row asks for.
pub(super) async fn sync(
    engine: &Engine,
    config: &Config,
    id: &EmployeeId,
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let (by, holder) = (who::actor(engine, global, Act::Decide).await?, who::holder());
    let stop = Stop::new();
    let _listening = signals::listen(stop.clone(), output);
    let bar = progress::Shown::start(output);
    let synced = engine.sync_employee(id, &by, &holder, &stop, &|it| bar.show(it)).await;
    drop(bar);
    Ok(tell(config, &synced.map_err(|it| hints::act(it, id))?, output))
}

/// Sends the person a mail once more.
pub(super) async fn resend(
    engine: &Engine,
    config: &Config,
    args: &ResendArgs,
    global: &Global,
    output: &Output,
) -> Result<Exit> {
    let (by, holder) = (who::actor(engine, global, Act::Decide).await?, who::holder());
    let mail = match (args.invitation, args.verification) {
        (true, _) => Mail::Invitation,
        (false, true) => Mail::Verification,
        (false, false) => Mail::AsConfigured,
    };
    let stop = Stop::new();
    let _listening = signals::listen(stop.clone(), output);
    let synced = engine.resend(&args.id, mail, &by, &holder, &stop, &|_| ()).await;
    Ok(tell(config, &synced.map_err(|it| hints::act(it, &args.id))?, output))
}

/// A sync shows its plan before it applies it; here it was made and applied in one go.
fn tell(config: &Config, synced: &Synced, output: &Output) -> Exit {
    if output.format == Format::Text && synced.at_once.is_none() {
        show::print_plan(&sync::shown(config, &synced.plan, &synced.breaches), output);
    }
    sync::tell(config, synced, output)
}
