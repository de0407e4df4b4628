//! What can go wrong, one variant for each thing that the caller does differently.

use std::fmt;

use chrono::{DateTime, Utc};
use diff::{EmployeeId, LinkError, PlanId, RunId, Tenant, UserId};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::source_shape::MissingColumn;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is of no database that we speak to.
    #[error(
        "use the database URL: it starts with {scheme:?}, and sqlite:, postgres: and mysql: are known{}",
        path_hint(scheme)
    )]
    UnknownScheme {
        /// What stands before the colon; all of it where there is no colon is not repeated here.
        scheme: String,
    },
    /// The URL cannot be read.
    #[error("use the database URL: {why}")]
    Url {
        /// What is wrong with it; never the URL itself, which may hold a password.
        why: String,
    },
    /// The directory of an SQLite file does not exist.
    #[error("open the database {place}: the directory {directory} does not exist, make it first")]
    NoDirectory {
        /// The database.
        place: Place,
        /// The directory.
        directory: String,
    },
    /// There is no such SQLite file, and it is not ours to make one.
    #[error("open the database {place}: there is no such file")]
    NoFile {
        /// The database.
        place: Place,
    },
    /// The SQLite file is a directory.
    #[error("open the database {place}: it is a directory, name a file in it")]
    IsDirectory {
        /// The database.
        place: Place,
    },
    /// Nobody answers, or not to us.
    #[error("reach the database {place}")]
    Unreachable {
        /// The database.
        place: Place,
        /// What the database or the network said.
        #[source]
        cause: Fault,
    },
    /// The database refused something.
    #[error("{doing}")]
    Database {
        /// What we were about, fit to follow "could not".
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: Fault,
    },
    /// The employee table is not there.
    #[error("find the employee table {table:?}{}", nearest_hint(nearest.as_deref()))]
    NoTable {
        /// What it should be called.
        table: String,
        /// What there is instead.
        nearest: Option<String>,
    },
    /// The employee table lacks columns, so that no row can be trusted.
    #[error("read the employee table {table:?}: {}", list(missing))]
    NoColumns {
        /// The table.
        table: String,
        /// Which, each with the nearest that is there.
        missing: Vec<MissingColumn>,
    },
    /// Keys that are absent, doubled or malformed: the table is not taken at all.
    #[error("read the employee table {table:?}: {}", list(problems))]
    BadKeys {
        /// The table.
        table: String,
        /// What is wrong, row by row, never more than twenty.
        problems: Vec<String>,
    },
    /// A view, or a database that does not let us write.
    #[error("write to the employee table {table:?}: it is read-only")]
    ReadOnly {
        /// The table.
        table: String,
    },
    /// Rows cannot be marked as terminated where no column says so.
    #[error(
        "mark rows of the employee table {table:?} as terminated: the configuration says that it has no status column"
    )]
    NoStatus {
        /// The table.
        table: String,
    },
    /// Ids that the key column cannot hold.
    #[error(
        "import into the employee table {table:?}: its key is a number, and {} not: {}",
        count(ids),
        list(ids)
    )]
    NotNumbers {
        /// The table.
        table: String,
        /// The ids, the first few.
        ids: Vec<EmployeeId>,
    },
    /// A tie that would be the second of its employee or user.
    #[error("tie the two: {0}")]
    Link(LinkError),
    /// There is no such tie to change.
    #[error("change the link of employee {employee}: there is none to {user}")]
    NoLink {
        /// The employee.
        employee: EmployeeId,
        /// The user.
        user: UserId,
    },
    /// The store serves another tenant.
    #[error("use the tenant {asked}: this store is bound to {bound}")]
    BoundTo {
        /// Whose the store is.
        bound: Tenant,
        /// Who was asked for.
        asked: Tenant,
    },
    /// There is nothing of that name to unbind.
    #[error("unbind {asked}: the store is {}", bound.as_ref().map_or_else(|| "bound to no tenant".to_owned(), |it| format!("bound to {it}")))]
    NotBound {
        /// Whose the store is, if anybody's.
        bound: Option<Tenant>,
        /// Who was asked for.
        asked: Tenant,
    },
    /// No plan has this number.
    #[error("find plan {0}: there is none")]
    NoPlan(PlanId),
    /// No run has this number.
    #[error("find run {0}: there is none")]
    NoRun(RunId),
    /// The run is over, or somebody else settled it: nothing more may be done in its name.
    #[error("go on with run {0}: it is not running any more")]
    RunOver(RunId),
    /// Somebody else has taken what the run needs: stop at once.
    #[error("go on with run {0}: somebody else has taken the lease")]
    LeaseLost(RunId),
    /// Somebody acts on the employee right now: wait, and look again.
    #[error("ask about employee {employee}: {holder} acts on it until {} at the latest", until.format("%H:%M:%S UTC"))]
    ClaimedBy {
        /// The employee.
        employee: EmployeeId,
        /// Who.
        holder: String,
        /// Until when, if it is not renewed.
        until: DateTime<Utc>,
    },
    /// A token of that name is in use.
    #[error("make a token for {0}: one of that name is in use")]
    TokenInUse(String),
    /// No token of that name is in use.
    #[error("revoke the token of {0}: there is none in use")]
    NoToken(String),
    /// What stands in the database cannot be read by this program.
    #[error("read {what} from the database")]
    Broken {
        /// Which document.
        what: &'static str,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// A word that this program does not know stands in the database.
    #[error("read {what} from the database: {word:?} is unknown to this program")]
    Word {
        /// Which word.
        what: &'static str,
        /// What it says.
        word: String,
    },
}

/// Where a database is, without user and password: `postgres://db.example:5432/hr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(pub(crate) String);

/// What a database or the network said, with everything taken out that a person might not want to
/// see in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: String,
    passing: bool,
}

impl Error {
    /// For `map_err`: names what was being done.
    pub(crate) fn doing(doing: &'static str) -> impl Fn(DbErr) -> Self {
        move |cause| Self::Database { doing, cause: Fault::from(cause) }
    }

    /// Whether another try may succeed, because somebody else wrote the same at the same time.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Database { cause, .. } if cause.passing)
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        if stands_already(&error) {
            // MySQL puts the value into its message, and that may be somebody's address.
            return Self { text: "a value stands in a unique column already".to_owned(), passing: true };
        }
        // Both PostgreSQL and MySQL: the transaction lost against another one.
        let passing = matches!(code(&error).as_deref(), Some("40001" | "40P01"));
        Self { text: error.to_string(), passing }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self { text: error.to_string(), passing: false }
    }
}

/// Whether a row of that key stands there already.
pub(crate) fn stands_already(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// The database's own code for an error: an SQLSTATE, or SQLite's number.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    Some(cause.as_database_error()?.code()?.into_owned())
}

/// Whether the database does not let us write there, as opposed to being broken.
pub(crate) fn is_read_only(error: &DbErr) -> bool {
    match code(error).as_deref() {
        // PostgreSQL: no right to, not the owner; a read-only transaction or replica.
        Some("42501" | "25006") => true,
        Some("42000" | "HY000") => says_denied(&error.to_string()),
        // SQLite: a read-only file, in its plain and extended codes.
        Some(other) => matches!(other.parse::<u32>(), Ok(code) if code & 0xff == 8),
        None => false,
    }
}

/// MySQL's SQLSTATEs are too wide to tell a refusal from a mistake; its words are not.
fn says_denied(message: &str) -> bool {
    message.contains("denied") || message.contains("read-only") || message.contains("read only")
}

fn path_hint(scheme: &str) -> &'static str {
    if scheme.contains(['/', '.']) { "; a file is sqlite:PATH" } else { "" }
}

fn nearest_hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || ": there is none, and none like it".to_owned(),
        |it| format!(": there is none, but {it:?}"),
    )
}

fn count(ids: &[EmployeeId]) -> &'static str {
    if ids.len() == 1 { "this id is" } else { "these ids are" }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}
