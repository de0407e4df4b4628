//! `rollcall simulator`

use serde_json::json;

use crate::args::SimulatorArgs;
use crate::output::Format;
use crate::{Exit, OrFail, Output, Result, signals};

/// Runs until it is interrupted. The address goes to stdout, for scripts that asked for port 0.
pub(super) async fn run(args: SimulatorArgs, output: &Output) -> Result<Exit> {
    let SimulatorArgs {
        listen,
        state,
        users,
        plan,
        latency_ms,
        jitter_ms,
        seed,
        background_rps,
        search_lag_ms,
        switches: settings,
        client_id,
        client_secret,
    } = args;
    let mut switches = simulator::Switches::default();
    for setting in &settings {
        switches.set(setting);
    }
    let options = simulator::Options {
        listen,
        plan,
        latency_ms,
        jitter_ms,
        seed,
        background_rps,
        search_lag_ms,
        client_id,
        client_secret,
        users,
        state: None,
        state_file: state,
        switches,
    };
    let started = simulator::start(options).await;
    let simulator =
        started.or_fail("start the simulator", "name another --listen address, or another --state file")?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&simulator.url()),
        Format::Json => output.json(&json!({ "url": simulator.url() })),
    }
    output.say(&format!(
        "a simulated tenant answers; Ctrl-C ends it\n  \
         AUTH0_DOMAIN={} AUTH0_CLIENT_ID={} AUTH0_CLIENT_SECRET=(as given with --client-secret)\n  \
         {}/_simulator/journal tells what was asked",
        simulator.url(),
        simulator.client_id(),
        simulator.url(),
    ));
    signals::interrupted().await;
    simulator.shutdown().await;
    Ok(Exit::Done)
}
