//! `quarantine`: what failed, and what people decide about it.

use clap::{ArgGroup, Args, Subcommand};
use diff::{EmployeeId, Kind};

use super::plan::kind;

/// `quarantine`, which lists unless a word follows.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct QuarantineArgs {
    /// What is decided by hand.
    #[command(subcommand)]
    pub command: Option<QuarantineCommand>,
}

const HELP: &str = "\
A change that fails is tried again by the next run. From the second failure in a row on it is parked: for \
6 hours, then 12, then a day each time. After 28 days it waits until somebody releases it. Every plan tells \
of it, and exit codes do not change. A row that is corrected, so that it asks for something else, is tried \
at once, and so is whatever an approved plan still has when somebody applies it again.
Blocks and revocations are never parked: they are tried in every run.

Examples:
  rollcall quarantine
  rollcall quarantine release 42               once it is mended, so that the next plan has it again
  rollcall quarantine release --all
  rollcall quarantine drop 42 --kind grant --reason 'the role is gone'";

/// `quarantine release`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").args(["ids", "all"]).required(true))]
pub struct ReleaseArgs {
    /// The employees' ids
    #[arg(value_name = "ID")]
    pub ids: Vec<EmployeeId>,
    /// Everybody's
    #[arg(long)]
    pub all: bool,
    /// Only changes of this kind
    #[arg(long, value_name = "KIND", value_parser = kind())]
    pub kind: Option<Kind>,
}

/// What is decided by hand.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// Let the next plan have what is parked
    Release(ReleaseArgs),
    /// Give up on what failed, until somebody releases it; never what takes access away
    Drop {
        /// The employee's id
        id: EmployeeId,
        /// Only the change of this kind
        #[arg(long, value_name = "KIND", value_parser = kind())]
        kind: Option<Kind>,
        /// Why, for the notes and the audit
        #[arg(long, value_name = "WHY")]
        reason: String,
    },
}
