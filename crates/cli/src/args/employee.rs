//! `employees` and `employee`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use diff::{EmployeeId, UserId};

/// `employees …`
#[derive(Debug, Subcommand)]
pub enum EmployeesCommand {
    /// Read employees from a CSV file into the employee table
    #[command(after_help = "\
The file has the columns of the employee table in any order; id and email, full_name, status are needed.
It is refused as a whole, with line numbers, for what cannot be stored: no id or one twice, broken CSV,
a missing column, a bad date. Everything else is stored as it stands; planning cleans it, or holds it.")]
    Import {
        /// The file
        file: PathBuf,
        /// What to do with rows that the file does not have; without it they stay as they are, and are counted
        #[arg(long, value_name = "STATUS", value_enum)]
        replace_missing: Option<ReplaceMissing>,
    },
    /// List the employees with their standing
    List,
}

/// What becomes of rows that an import file does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReplaceMissing {
    /// They left.
    Terminated,
}

/// `employee …`
#[derive(Debug, Subcommand)]
pub enum EmployeeCommand {
    /// The row, the link, and what was done
    Show {
        /// The employee's id
        id: EmployeeId,
    },
    /// Why the plan does what it does: match, rules, differences, limits; writes nothing
    Explain {
        /// The employee's id
        id: EmployeeId,
    },
    /// Plan and apply this employee alone, in a few calls, without waiting for a run that is under way
    #[command(after_help = "\
What needs no review and exceeds no limit is applied; anything else waits as a plan, as with `sync`.
Only this employee is held meanwhile. Exit codes are those of `sync`.")]
    Sync {
        /// The employee's id
        id: EmployeeId,
    },
    /// Send the invitation, or the verification mail, once more
    Resend(ResendArgs),
    /// Say that an Auth0 user is this employee's
    Link {
        /// The employee's id
        id: EmployeeId,
        /// The user's id; quote it: 'auth0|63d1…'
        #[arg(value_parser = user_id)]
        user: UserId,
    },
    /// Forget whose user it is; the user stays as it is
    Unlink {
        /// The employee's id
        id: EmployeeId,
    },
    /// Let the next plan make a new user for an employee whose user is gone
    Recreate {
        /// The employee's id
        id: EmployeeId,
    },
    /// Leave an employee or an Auth0 user alone
    Ignore(IgnoreArgs),
}

/// `employee resend`
#[derive(Debug, Args)]
#[command(after_help = "\
Without an option it is the mail that new people get: the invitation where [onboarding] client_id
is set, else the verification mail. Nobody who left, or whose row is held, gets one.")]
pub struct ResendArgs {
    /// The employee's id
    pub id: EmployeeId,
    /// The link to set a password
    #[arg(long, conflicts_with = "verification")]
    pub invitation: bool,
    /// Auth0's verification mail, which lets nobody set a password
    #[arg(long)]
    pub verification: bool,
}

/// `employee ignore`
#[derive(Debug, Args)]
pub struct IgnoreArgs {
    /// The employee's id, or a user's: 'auth0|63d1…'
    #[arg(value_name = "ID|USER", value_parser = subject)]
    pub subject: Subject,
    /// Why, for the notes and the audit
    #[arg(long, value_name = "WHY", required_unless_present = "off")]
    pub reason: Option<String>,
    /// Heed it again
    #[arg(long, conflicts_with = "reason")]
    pub off: bool,
}

/// An employee, or an Auth0 user, which has a `|` in its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An employee.
    Employee(EmployeeId),
    /// A user.
    User(UserId),
}

fn subject(text: &str) -> Result<Subject, String> {
    if text.contains('|') {
        return user_id(text).map(Subject::User);
    }
    text.parse().map(Subject::Employee).map_err(|error: diff::EmployeeIdError| error.to_string())
}

/// Auth0's ids are a provider, a bar and the rest; a shell that was not told to leave the bar alone
/// cuts the id in two, so that its lack is worth a word.
pub(super) fn user_id(text: &str) -> Result<UserId, String> {
    match text.trim().split_once('|') {
        Some((provider, rest)) if !provider.is_empty() && !rest.is_empty() => Ok(UserId::new(text.trim())),
        Some(_) | None => {
            Err("a user id has a bar in it, and needs quotes in a shell: 'auth0|63d1…'".to_owned())
        }
    }
}
