//! `plan`: making one, and everything that is done with one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use diff::{ChangeId, EmployeeId, Kind, PlanId, Scope};

/// `plan`, which makes a plan unless a word follows.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct PlanArgs {
    /// What is done with a stored plan.
    #[command(subcommand)]
    pub command: Option<PlanCommand>,
    /// How a plan is made.
    #[command(flatten)]
    pub make: MakePlan,
}

const EXAMPLES: &str = "\
Examples:
  rollcall plan                                read both sides, print the plan, store it for review
  rollcall plan --where department=IT --only create --limit 5
  rollcall plan --employee 42
  rollcall plan show 7 --all
  rollcall plan without 7 --employee 42        a new plan without what is planned for one person
  rollcall plan without 7 block-42 block-43    a new plan without two changes
  rollcall plan approve 7 && rollcall apply 7
  rollcall plan --employees hr.csv --users users.json --roles roles.json --today 2026-11-23";

/// What is done with a stored plan.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Print a stored plan again
    Show {
        /// The plan's number
        id: PlanId,
        /// Every change on its own line, even where many are alike
        #[arg(long)]
        all: bool,
        /// Print it in one go; on a terminal a long plan is else shown by $PAGER, or less
        #[arg(long)]
        no_pager: bool,
    },
    /// Say yes to a plan, which `apply` may then carry out
    Approve {
        /// The plan's number
        id: PlanId,
        /// The digest that was read, at least its first twelve digits: another plan is then refused
        #[arg(long, value_name = "DIGEST")]
        digest: Option<String>,
        /// Accept that this very plan exceeds a limit, named as the plan names it; needs --digest
        #[arg(long, value_name = "LIMIT")]
        accept: Vec<String>,
        /// Why, for the audit
        #[arg(long, value_name = "WHY")]
        reason: Option<String>,
    },
    /// Say no to a plan
    Reject {
        /// The plan's number
        id: PlanId,
        /// Why, for whoever made it
        #[arg(long, value_name = "WHY")]
        reason: String,
    },
    /// Make a new plan without some changes and without what needs them
    Without(WithoutArgs),
}

/// `plan without`
#[derive(Debug, Args)]
pub struct WithoutArgs {
    /// The plan's number
    pub id: PlanId,
    /// Ids of changes, as the plan prints them: block-42
    #[arg(
        required_unless_present_any = ["left_out_employees", "left_out_kinds"],
        value_name = "CHANGE",
        value_parser = change_id()
    )]
    pub changes: Vec<ChangeId>,
    /// All changes for this employee; may be repeated
    #[arg(id = "left_out_employees", long = "employee", value_name = "ID")]
    pub employees: Vec<EmployeeId>,
    /// All changes of this kind; with --employee, only that employee's
    #[arg(id = "left_out_kinds", long = "kind", value_name = "KIND", value_delimiter = ',', value_parser = kind())]
    pub kinds: Vec<Kind>,
}

/// Options of making a plan.
#[derive(Debug, Args)]
pub struct MakePlan {
    /// Announce a first sync: lifts the limits on creates, links, and updates and grants of users linked now
    #[arg(long)]
    pub first_sync: bool,
    /// Every change on its own line, even where many are alike
    #[arg(long)]
    pub all: bool,
    /// Exit with 2 when changes wait
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Whom it is about.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// From files alone.
    #[command(flatten)]
    pub offline: Option<OfflineFiles>,
}

/// Planning from files alone.
#[derive(Debug, Args)]
#[command(next_help_heading = "From files alone, with no database and no network")]
#[group(
    id = "offline",
    requires_all = ["employees", "users", "today"],
    conflicts_with = "changed",
    multiple = true
)]
pub struct OfflineFiles {
    /// The employees: CSV with the columns of the employee table
    #[arg(long, required = false, value_name = "FILE")]
    pub employees: PathBuf,
    /// The users as Auth0 exports them: NDJSON or an array, plain or gzip
    #[arg(long, required = false, value_name = "FILE")]
    pub users: PathBuf,
    /// Who holds which role: JSON, {"role": ["user id", …]}; without it roles are not planned
    #[arg(long, value_name = "FILE")]
    pub roles: Option<PathBuf>,
    /// The day to plan for
    #[arg(long, required = false, value_name = "DATE", value_parser = day)]
    pub today: NaiveDate,
}

fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "write the day as YYYY-MM-DD, such as 2026-11-23".to_owned())
}

/// Whom a plan is about.
#[derive(Debug, Default, Args)]
#[command(
    next_help_heading = "Only some people or some changes; the rest is left out, never taken for leavers"
)]
pub struct ScopeArgs {
    /// Only rows with this value in this column; all of several must hold
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = column_and_value)]
    pub columns: Vec<(String, String)>,
    /// Only changes of this kind, and what depends on them
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = kind())]
    pub only: Vec<Kind>,
    /// Changes for at most so many people, the first by id
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Only this employee; may be repeated
    #[arg(long, value_name = "ID")]
    pub employee: Vec<EmployeeId>,
    /// A quick run: only employees whose row has changed since a sync dealt with it, for a few calls
    #[arg(long, conflicts_with_all = ["first_sync", "columns", "only", "limit", "employee"])]
    pub changed: bool,
}

impl ScopeArgs {
    /// As planning knows it. Whose row has changed is not known here.
    pub fn scope(&self) -> Scope {
        let Self { columns, only, limit, employee, changed: _ } = self;
        Scope {
            employees: employee.iter().cloned().collect::<BTreeSet<_>>(),
            columns: columns.iter().cloned().collect::<BTreeMap<_, _>>(),
            only: only.iter().copied().collect(),
            limit: limit.map(|it| usize::try_from(it).unwrap_or(usize::MAX)),
            undo: None,
        }
    }
}

fn column_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, value)) if !column.trim().is_empty() => {
            Ok((column.trim().to_owned(), value.trim().to_owned()))
        }
        Some(_) | None => Err("write COLUMN=VALUE, such as department=IT".to_owned()),
    }
}

/// As possible values, so that a slip gets a suggestion.
pub(super) fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::word)).try_map(|word| word.parse::<Kind>())
}

fn change_id() -> impl TypedValueParser<Value = ChangeId> {
    clap::builder::NonEmptyStringValueParser::new().map(ChangeId::new)
}
