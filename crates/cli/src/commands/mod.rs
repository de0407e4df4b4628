//! What the commands do, a file each.

mod apply;
mod audit;
mod completions;
mod demo;
mod doctor;
mod employee;
mod employees;
mod init;
mod migrate;
mod plan;
mod plans;
mod runs;
mod simulator;
mod sync;

use crate::args::{Args, Command};
use crate::{Exit, Output, Result};

/// Does one.
pub(crate) async fn run(args: Args, output: &Output) -> Result<Exit> {
    let Args { global, command } = args;
    match command {
        Command::Demo(args) => demo::run(args, output).await,
        Command::Init(args) => init::run(&args, global.config.as_deref(), output),
        Command::Doctor(args) => doctor::run(&args, &global, output).await,
        Command::Migrate(args) => migrate::run(&args, &global, output).await,
        Command::Employees(command) => employees::run(command, &global, output).await,
        Command::Employee(command) => employee::run(command, &global, output).await,
        Command::Plan(args) => plan::run(args, &global, output).await,
        Command::Plans(args) => plans::run(&args, &global, output).await,
        Command::Apply(args) => apply::run(&args, &global, output).await,
        Command::Sync(args) => sync::run(&args, &global, output).await,
        Command::Runs(args) => runs::list(&args, &global, output).await,
        Command::Run(command) => runs::run(command, &global, output).await,
        Command::Audit(args) => audit::run(args, &global, output).await,
        Command::Simulator(args) => simulator::run(args, output).await,
        Command::Completions { shell } => Ok(completions::run(shell, output)),
    }
}
