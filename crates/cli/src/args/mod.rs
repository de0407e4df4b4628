//! The command line, as clap reads it. What commands do is in [`crate::commands`].

mod audit;
mod employee;
mod global;
mod plan;
mod quarantine;
mod serve;
mod simulator;
#[cfg(test)]
mod tests;
mod token;
mod undo;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use clap_complete::Shell;
use diff::{PlanId, RunId};

pub use audit::{AuditArgs, AuditCommand, ListAudit};
pub use employee::{EmployeeCommand, EmployeesCommand, IgnoreArgs, ReplaceMissing, ResendArgs, Subject};
pub use global::{FormatArg, Global};
pub use plan::{MakePlan, OfflineFiles, PlanArgs, PlanCommand, ScopeArgs, WithoutArgs};
pub use quarantine::{QuarantineArgs, QuarantineCommand, ReleaseArgs};
pub use serve::ServeArgs;
pub use simulator::SimulatorArgs;
pub use token::{CreateToken, Lifetime, TokenCommand};
pub use undo::UndoArgs;

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "rollcall",
    version,
    about = "Keeps an Auth0 tenant in step with the employee table",
    long_about = "Keeps an Auth0 tenant in step with the employee table.\n\n\
                  Works out the exact, smallest set of changes, shows it to a person, and applies it at the speed \
                  that the tenant allows.",
    after_help = EXAMPLES,
    after_long_help = LONG_EXAMPLES,
    propagate_version = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 110
)]
pub struct Args {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// Which command.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Start here:
  rollcall demo                              see the whole cycle in ten seconds, with nothing set up
  rollcall init && rollcall doctor           set up a real tenant, step by step";

const LONG_EXAMPLES: &str = "\
Start here:
  rollcall demo                              see the whole cycle in ten seconds, with nothing set up
  rollcall init && rollcall doctor           set up a real tenant, step by step

Day by day:
  rollcall plan                              what would change, and why
  rollcall plan approve 7 && rollcall apply 7
  rollcall sync --dry-run                    the same as plan; nothing is stored
  rollcall sync                              plan, and apply what needs no review
  rollcall employee explain 42               one person: the row, the user, the rules, what is due
  rollcall serve                             all of it by schedule and over HTTP, for years

Try a few people first:
  rollcall plan --where department=IT --only create --limit 5

Exit codes:
  0 done, or nothing to do     1 error                          2 changes wait
  3 limit breached             4 source or listing suspect      5 partly applied
  64 bad usage or configuration

Settings come from rollcall.toml and the environment, which wins: DATABASE_URL, AUTH0_DOMAIN,
AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET alone are enough.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole cycle on an invented company and a built-in tenant
    Demo(DemoArgs),
    /// Write a rollcall.toml with every setting explained
    Init(InitArgs),
    /// Check database, token, scopes, connection and roles, and say what to mend
    Doctor(DoctorArgs),
    /// Make or update the tables, or show which are there
    Migrate(MigrateArgs),
    /// Import and list employees
    #[command(subcommand, arg_required_else_help = true)]
    Employees(EmployeesCommand),
    /// One employee: look at it, or decide something by hand
    #[command(subcommand, arg_required_else_help = true)]
    Employee(EmployeeCommand),
    /// Work out what would change; show, approve or reject a plan
    Plan(PlanArgs),
    /// List the plans
    Plans(ListArgs),
    /// Apply an approved plan
    Apply(ApplyArgs),
    /// Plan, and apply at once what needs no review
    Sync(SyncArgs),
    /// List the runs: each is one application of a plan
    Runs(ListArgs),
    /// One run
    #[command(subcommand, arg_required_else_help = true)]
    Run(RunCommand),
    /// Plan what takes a run back; it is reviewed and applied like any other plan
    Undo(UndoArgs),
    /// What failed when it was tried last; release it, or give it up
    Quarantine(QuarantineArgs),
    /// Who may approve by name: hand out tokens, list them, take them away
    #[command(subcommand, arg_required_else_help = true)]
    Token(TokenCommand),
    /// Who did what, when, and on whose approval
    Audit(AuditArgs),
    /// Run the service: schedules, API, metrics
    Serve(ServeArgs),
    /// Run a simulated Auth0 tenant over HTTP
    Simulator(SimulatorArgs),
    /// Let the store be used for another tenant than the one it is bound to
    Unbind {
        /// The tenant that it is bound to, by name: so that nobody unbinds it in passing
        tenant: String,
    },
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `demo`
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// Keep the files here, to try every other command on them
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// How many employees the company has
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(20..=1000))]
    pub size: u32,
}

/// `init`
#[derive(Debug, ClapArgs)]
pub struct InitArgs {
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
}

/// `doctor`
#[derive(Debug, ClapArgs)]
pub struct DoctorArgs {
    /// Make the roles that the policy names and the tenant lacks
    #[arg(long)]
    pub fix: bool,
}

/// `migrate`
#[derive(Debug, ClapArgs)]
pub struct MigrateArgs {
    /// Take back the last N steps, with what is in their tables
    #[arg(long, value_name = "N", conflicts_with = "status")]
    pub down: Option<u32>,
    /// Show which steps were taken, and change nothing
    #[arg(long)]
    pub status: bool,
}

/// `plans`, `runs`
#[derive(Debug, ClapArgs)]
pub struct ListArgs {
    /// At most so many, the newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub last: u64,
}

/// `apply`
#[derive(Debug, ClapArgs)]
pub struct ApplyArgs {
    /// The plan's number
    pub id: PlanId,
}

/// `sync`
#[derive(Debug, ClapArgs)]
#[command(after_help = SYNC_HELP)]
pub struct SyncArgs {
    /// Only show what would change: nothing is stored, approved or applied
    #[arg(long)]
    pub dry_run: bool,
    /// Announce a first sync: lifts the limits on creates, links, and updates and grants of users linked now
    #[arg(long)]
    pub first_sync: bool,
    /// Whom it is about.
    #[command(flatten)]
    pub scope: ScopeArgs,
}

const SYNC_HELP: &str = "\
A quick run (--changed) goes by what is in the rows and in the policy, and by the day: whoever's last day is \
over has changed. What failed is due again, and so is access that could not be taken away; what waits for a \
person is not. Nobody else is looked at: what was changed in Auth0, and whose row is gone, is for the whole \
run, which tells whom quick runs had missed. The first quick run is a whole one.

Examples:
  rollcall sync                                every night
  rollcall sync --changed                      every few minutes in between
  rollcall sync --where department=IT --only create --limit 5
  rollcall sync --dry-run                      only look";

/// `run …`
#[derive(Debug, Subcommand)]
pub enum RunCommand {
    /// What became of each change
    Show {
        /// The run's number
        id: RunId,
    },
}
