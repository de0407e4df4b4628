//! What to do about each error of the crates below, and with which exit code it ends.
//!
//! Their messages say what happened; what to type next is known here, where the commands are.

use std::error::Error;
use std::fmt;
use std::path::Path;

use engine::{ApplyError, HandError, ReadError, ReviewError, SyncError};
use store::{ClaimError, LeaseError, Refusal};

use crate::{Exit, Failure};

/// An error of the database.
pub(crate) fn store(error: store::Error) -> Failure {
    use store::Error as E;
    let next = match &error {
        E::UnknownScheme { .. } | E::Url { .. } => {
            "set DATABASE_URL, such as sqlite://rollcall.db or postgres://USER@HOST/NAME"
        }
        E::NoDirectory { .. } | E::IsDirectory { .. } => "correct DATABASE_URL",
        E::Unreachable { .. } => "check DATABASE_URL, and whether the database is up",
        E::Database { .. } => "rollcall migrate makes the tables; rollcall doctor tells what else is wrong",
        E::NoTable { .. } => "rollcall migrate makes it; or name yours in [source] table of rollcall.toml",
        E::NoColumns { .. } => "name the table's columns under [source.columns] of rollcall.toml",
        E::BadKeys { .. } => "correct these rows in the employee table; no row was read",
        E::ReadOnly { .. } => "set [source] write_back = false in rollcall.toml, or grant the right to write",
        E::NoStatus { .. } => {
            "import without --replace-missing, or name the column in [source.columns] status"
        }
        E::NotNumbers { .. } => {
            "correct these ids, or set [source] id_type = \"text\" before the table is made"
        }
        E::Link(_) | E::NoLink { .. } => "rollcall employee show ID tells whose user is whose",
        E::BoundTo { .. } => OTHER_TENANT,
        E::NotBound { .. } => "rollcall doctor tells which tenant the store is bound to",
        E::NoPlan(_) => "rollcall plans lists the plans",
        E::NoRun(_) | E::RunOver(_) => "rollcall runs lists the runs",
        E::Broken { .. } | E::Word { .. } => "run the version of rollcall that wrote this database",
    };
    Failure::new(CouldNot(error), next)
}

/// Staging's plans must not drive production: changing the tenant takes a word.
const OTHER_TENANT: &str = "name a store of its own for each tenant with ROLLCALL_STORE_URL; or, if this one is to \
                            serve another from now on, rollcall unbind and the name of the tenant it is bound to";

/// A file of employees that is refused as a whole; its message names every line.
pub(crate) fn csv(file: &Path, error: store::CsvError, what_was_not_done: &str) -> Failure {
    let error = anyhow::Error::new(CouldNot(error)).context(format!("{} cannot be used", file.display()));
    Failure::new(error, format!("correct the lines named above; {what_was_not_done}"))
}

/// Reading either side.
pub(crate) fn read(error: ReadError) -> Failure {
    let exit = if error.is_suspect() { Exit::Suspect } else { Exit::Error };
    let next = match error {
        ReadError::Store(error) => return store(error),
        ReadError::Auth0(error) => return auth0(error).exit(exit),
        ReadError::OtherTenant { .. } => OTHER_TENANT,
        ReadError::EmptySource => "rollcall employees import FILE.csv fills it; or correct [source] table",
        ReadError::RolesMissing { .. } => {
            "rollcall doctor --fix makes them; or correct [roles] of rollcall.toml"
        }
    };
    Failure::new(error, next).exit(exit)
}

fn auth0(error: auth0::Error) -> Failure {
    let error = anyhow::Error::new(error).context("could not read the tenant");
    Failure::new(error, "rollcall doctor looks at token, scopes and connection one by one")
}

/// Proposing, approving, rejecting.
pub(crate) fn review(error: ReviewError) -> Failure {
    match error {
        ReviewError::Store(error) => store(error),
        ReviewError::Refused(error) => refusal(error),
        ReviewError::Breached { plan, .. } => breached(error, plan),
        ReviewError::OtherDigest { plan, .. } | ReviewError::NoDigest { plan, .. } => {
            let next = format!("rollcall plan show {plan} prints it with its digest");
            Failure::new(error, next).exit(Exit::Usage)
        }
        ReviewError::NotBreached { plan, .. } => {
            let next = format!("rollcall plan show {plan} names the limits that it exceeds");
            Failure::new(error, next).exit(Exit::Usage)
        }
        ReviewError::NoChange { plan, .. } => {
            let next = format!("rollcall plan show {plan} --format json has the ids of all changes");
            Failure::new(error, next).exit(Exit::Usage)
        }
    }
}

fn breached(error: impl Error + Send + Sync + 'static, plan: diff::PlanId) -> Failure {
    let next = format!("rollcall plan show {plan} names the ways out for each");
    Failure::new(error, next).exit(Exit::LimitBreached)
}

/// A plan that does not stand where it would have to.
fn refusal(error: Refusal) -> Failure {
    let next = match &error {
        Refusal::NotApproved(id) => format!("rollcall plan show {id}, then rollcall plan approve {id}"),
        Refusal::AlreadyApproved { id, .. } | Refusal::Incomplete(id) => format!("rollcall apply {id}"),
        Refusal::Superseded { newer: Some(id), .. } => format!("rollcall plan show {id}"),
        Refusal::Superseded { newer: None, .. } => "rollcall plans shows the newest".to_owned(),
        Refusal::Rejected { .. } | Refusal::Expired { .. } | Refusal::Applied(_) => {
            "rollcall plan".to_owned()
        }
        Refusal::Applying(_) => "rollcall runs tells how far it is".to_owned(),
        Refusal::Digest(_) => "rollcall plan show ID prints the plan with its digest".to_owned(),
        Refusal::Store(_) => String::new(),
    };
    match error {
        Refusal::Store(error) => store(error),
        Refusal::NotApproved(_)
        | Refusal::AlreadyApproved { .. }
        | Refusal::Incomplete(_)
        | Refusal::Superseded { .. }
        | Refusal::Rejected { .. }
        | Refusal::Expired { .. }
        | Refusal::Applied(_)
        | Refusal::Applying(_)
        | Refusal::Digest(_) => Failure::new(error, next),
    }
}

/// A plan that could not be applied at all.
pub(crate) fn apply(error: ApplyError) -> Failure {
    match error {
        ApplyError::Read(error) => read(error),
        ApplyError::Store(error) | ApplyError::Lease(LeaseError::Store(error)) => store(error),
        ApplyError::Lease(error) => {
            Failure::new(CouldNot(error), "rollcall runs tells who is at work; try again then")
        }
        ApplyError::Claim(ClaimError::Refused(error)) => refusal(error),
        ApplyError::Claim(error) => Failure::new(error, "rollcall plan makes a new plan"),
        ApplyError::OtherPolicy(_) => {
            Failure::new(error, "rollcall plan makes one under the present rollcall.toml")
        }
        ApplyError::OtherTenant { .. } => Failure::new(error, "correct AUTH0_DOMAIN, or make a new plan"),
        ApplyError::Breached { plan, .. } => breached(error, plan),
        ApplyError::LeaseLost => {
            Failure::new(error, "rollcall runs tells what the other process did").exit(Exit::PartlyApplied)
        }
    }
}

/// A sync that failed before its plan was applied.
pub(crate) fn sync(error: SyncError) -> Failure {
    match error {
        SyncError::Read(error) => read(error),
        SyncError::Review(error) => review(error),
        SyncError::Apply(error) => apply(error),
    }
}

/// Something decided by hand.
pub(crate) fn hand(error: HandError) -> Failure {
    let next = match error {
        HandError::Store(error) => return store(error),
        HandError::Auth0(error) => return auth0(error),
        HandError::Read(error) => return read(error),
        HandError::NoEmployee(_) => "rollcall employees list shows who is",
        HandError::NoUser(_) => "copy the id from Auth0's dashboard, and put it in quotes",
        HandError::NoLink(_) => "rollcall employee explain ID tells what is known about the person",
        HandError::ColumnStays { .. } => "then run the same command again",
        HandError::UserExists { .. } => "rollcall employee unlink ID, if it is not this person's",
    };
    Failure::new(error, next)
}

/// An error whose message is made to follow "could not".
#[derive(Debug)]
struct CouldNot<E>(E);

impl<E: fmt::Display> fmt::Display for CouldNot<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.0)
    }
}

impl<E: Error> Error for CouldNot<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
