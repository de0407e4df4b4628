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
mod quarantine;
mod runs;
mod serve;
mod simulator;
mod sync;
mod token;
mod unbind;
mod undo;

use crate::args::{Args, AuditArgs, Command, FormatArg};
use crate::output::Format;
use crate::{Exit, Failure, Output, Result};

/// Does one.
pub(crate) async fn run(args: Args, output: &Output) -> Result<Exit> {
    let Args { global, command } = args;
    // Before anything is done: a refusal means that nothing was tried.
    if output.format == Format::Markdown && !has_markdown(&command) {
        let next = "use --format text or --format json; plan, sync and demo have Markdown";
        return Err(Failure::usage("this command has no Markdown", next));
    }
    if matches!(global.format, FormatArg::Jsonl | FormatArg::Csv) && !has_rows(&command) {
        let next = "use --format text or --format json; rollcall audit has JSON lines and CSV";
        return Err(Failure::usage("this command has no JSON lines and no CSV", next));
    }
    match command {
        Command::Demo(args) => Box::pin(demo::run(args, output)).await,
        Command::Init(args) => init::run(&args, global.config.as_deref(), output),
        Command::Doctor(args) => doctor::run(&args, &global, output).await,
        Command::Migrate(args) => migrate::run(&args, &global, output).await,
        Command::Employees(command) => employees::run(command, &global, output).await,
        Command::Employee(command) => Box::pin(employee::run(command, &global, output)).await,
        Command::Plan(args) => Box::pin(plan::run(args, &global, output)).await,
        Command::Plans(args) => plans::run(&args, &global, output).await,
        Command::Apply(args) => Box::pin(apply::run(&args, &global, output)).await,
        Command::Sync(args) => Box::pin(sync::run(&args, &global, output)).await,
        Command::Runs(args) => runs::list(&args, &global, output).await,
        Command::Run(command) => runs::run(command, &global, output).await,
        Command::Undo(args) => undo::run(args, &global, output).await,
        Command::Quarantine(args) => quarantine::run(args, &global, output).await,
        Command::Token(command) => token::run(command, &global, output).await,
        Command::Audit(args) => audit::run(args, &global, output).await,
        Command::Serve(args) => Box::pin(serve::run(&args, &global, output)).await,
        Command::Simulator(args) => simulator::run(args, output).await,
        Command::Unbind { tenant } => unbind::run(tenant, &global, output).await,
        Command::Completions { shell } => Ok(completions::run(shell, output)),
    }
}

/// Plans are what goes into pull requests.
fn has_markdown(command: &Command) -> bool {
    match command {
        Command::Plan(_) | Command::Sync(_) | Command::Undo(_) | Command::Demo(_) => true,
        Command::Init(_)
        | Command::Doctor(_)
        | Command::Migrate(_)
        | Command::Employees(_)
        | Command::Employee(_)
        | Command::Plans(_)
        | Command::Apply(_)
        | Command::Runs(_)
        | Command::Run(_)
        | Command::Quarantine(_)
        | Command::Token(_)
        | Command::Audit(_)
        | Command::Serve(_)
        | Command::Simulator(_)
        | Command::Unbind { .. }
        | Command::Completions { .. } => false,
    }
}

/// What may be longer than anybody reads.
fn has_rows(command: &Command) -> bool {
    matches!(command, Command::Audit(AuditArgs { command: None, .. }))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use indicatif::MultiProgress;

    use super::*;
    use crate::output::{Colour, Colours};

    #[tokio::test]
    async fn what_cannot_be_written_as_markdown_is_refused_before_anything_is_done() {
        let args = Args::try_parse_from(["rollcall", "apply", "7", "--format", "markdown"]).unwrap();
        let off = Colours { stdout: Colour::Off, stderr: Colour::Off };
        let output = Output::new(args.global.format.of_page(), off, MultiProgress::new());
        let refused = run(args, &output).await.unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        insta::assert_snapshot!(refused, @r"
        this command has no Markdown
          → use --format text or --format json; plan, sync and demo have Markdown
        ");
    }
}
