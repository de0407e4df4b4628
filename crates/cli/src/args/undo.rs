//! `undo`: a plan that takes a run back.

use clap::Args;
use diff::RunId;

/// `undo`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UndoArgs {
    /// The run's number
    pub run: RunId,
    /// Why, for the audit
    #[arg(long, value_name = "WHY")]
    pub reason: Option<String>,
    /// Every change on its own line, even where many are alike
    #[arg(long)]
    pub all: bool,
    /// Only show the plan: nothing is stored
    #[arg(long)]
    pub dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall runs                                which runs there were
  rollcall undo 3 --reason \"wrong mapping\"     a plan with what was before, to be reviewed like any other
  rollcall plan approve 8 && rollcall apply 8";
