//! What to do about each error of the crates below, and with which exit code it ends.
//!
//! Their messages say what happened; what to type next is known here, where the commands are.

use std::error::Error;
use std::fmt;
use std::path::Path;

use diff::{Breach, EmployeeId, NoMail, NoYes, PlanId, Suspect};
use engine::{
    ActError, ApplyError, HandError, QuarantineError, ReadError, ReviewError, SyncError, TokenError,
    UndoError,
};
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
        E::NoFile { .. } => "correct the path in DATABASE_URL; a source is never made",
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
        E::TokenInUse(_) => "rollcall token list shows them; rollcall token revoke NAME makes room",
        E::NoToken(_) => "rollcall token list shows them",
        E::NoRun(_) | E::RunOver(_) => "rollcall runs lists the runs",
        E::LeaseLost(_) | E::ClaimedBy { .. } => "rollcall runs tells who is at work; try again then",
        E::Broken { what: "a plan", .. } => {
            "rollcall plan makes a new one; if another version of rollcall wrote this database, run that"
        }
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
        ReadError::Source { why: Suspect::Empty, .. } => {
            "rollcall employees import FILE.csv fills it; or correct [source] table of rollcall.toml"
        }
        ReadError::Source { why: Suspect::NoValues { .. }, .. } => {
            "mend the table, or name the right columns under [source.columns] of rollcall.toml; nobody can accept this"
        }
        ReadError::Nobody(_) => "correct --where or --employee; rollcall employees list shows who is there",
        ReadError::ListingLacks { .. } => {
            "try again in some minutes; if it stays so, ask Auth0's support: nobody can accept this"
        }
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
        ReviewError::Breached { plan, ref breaches } => {
            let breaches = breaches.clone();
            breached(error, plan, &breaches)
        }
        ReviewError::OtherDigest { plan, .. } | ReviewError::NoDigest { plan, .. } => {
            let next = format!("rollcall plan show {plan} prints it with its digest");
            Failure::new(error, next).exit(Exit::Usage)
        }
        ReviewError::NotBreached { plan, .. } => {
            let next = format!("rollcall plan show {plan} names the limits that it exceeds");
            Failure::new(error, next).exit(Exit::Usage)
        }
        ReviewError::NothingFor { plan, .. } | ReviewError::NoKind { plan, .. } => {
            let next = format!("rollcall plan show {plan} --all prints every change");
            Failure::new(error, next).exit(Exit::Usage)
        }
        ReviewError::NoChange { plan, .. } => {
            let next = format!("rollcall plan show {plan} --format json has the ids of all changes");
            Failure::new(error, next).exit(Exit::Usage)
        }
    }
}

fn breached(error: impl Error + Send + Sync + 'static, plan: PlanId, breaches: &[Breach]) -> Failure {
    let next = format!("rollcall plan show {plan} names the ways out for each");
    Failure::new(error, next).exit(Exit::of_breaches(breaches).unwrap_or(Exit::LimitBreached))
}

/// A plan that does not stand where it would have to.
fn refusal(error: Refusal) -> Failure {
    let next = match &error {
        Refusal::NotApproved(id) => format!("rollcall plan show {id}, then rollcall plan approve {id}"),
        Refusal::Waits { id, .. } => format!("rollcall plan show {id} tells who approved so far"),
        Refusal::NoYes { id, why } => no_yes(*id, why),
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
        | Refusal::Waits { .. }
        | Refusal::NoYes { .. }
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

/// What helps where a yes changes nothing.
fn no_yes(id: diff::PlanId, why: &NoYes) -> String {
    match why {
        NoYes::Enough => format!("rollcall apply {id}"),
        NoYes::Unverified { .. } => format!(
            "rollcall plan approve {id} with your token, in ROLLCALL_TOKEN or --token-file FILE; \
             rollcall token create makes one"
        ),
        NoYes::Twice { .. } | NoYes::OwnAccount { .. } | NoYes::NotAutomatic { .. } => {
            format!("ask somebody else to look at it: rollcall plan show {id}")
        }
    }
}

/// A token that shows nothing.
pub(crate) fn token(error: TokenError) -> Failure {
    let next = match error {
        TokenError::Store(error) => return store(error),
        TokenError::Unknown => {
            "check ROLLCALL_TOKEN, or the file that --token-file names; rollcall token list shows whose tokens there are"
        }
        TokenError::Expired { .. } | TokenError::Revoked { .. } => "rollcall token create makes a new one",
        TokenError::TooWeak { .. } => {
            "ask somebody whose token allows it; rollcall token list shows who that is"
        }
    };
    Failure::new(error, next)
}

/// A plan that could not be applied at all.
pub(crate) fn apply(error: ApplyError) -> Failure {
    match error {
        ApplyError::Read(error) => read(error),
        ApplyError::Store(error) | ApplyError::Lease(LeaseError::Store(error)) => store(error),
        ApplyError::Lease(error @ LeaseError::EmployeeHeldBy { .. }) => {
            Failure::new(CouldNot(error), "try again then; rollcall runs tells who is at work")
        }
        ApplyError::Lease(error) => {
            Failure::new(CouldNot(error), "rollcall runs tells who is at work; try again then")
        }
        ApplyError::Claim(ClaimError::Refused(error)) => refusal(error),
        ApplyError::Claim(error) => Failure::new(error, "rollcall plan makes a new plan"),
        ApplyError::OtherPolicy(_) => {
            Failure::new(error, "rollcall plan makes one under the present rollcall.toml")
        }
        ApplyError::OtherTenant { .. } => Failure::new(error, "correct AUTH0_DOMAIN, or make a new plan"),
        ApplyError::OtherClient { .. } => Failure::new(
            error,
            "correct AUTH0_CLIENT_ID; or rollcall plan makes a plan for the present client",
        ),
        ApplyError::Breached { plan, ref breaches } => {
            let breaches = breaches.clone();
            breached(error, plan, &breaches)
        }
        ApplyError::SourceSince { .. } => {
            let next = "rollcall plan reads it again, and names the ways out";
            Failure::new(error, next).exit(Exit::Suspect)
        }
        ApplyError::Settling(_) => {
            Failure::new(error, "try again when the tenant answers; rollcall doctor tells")
        }
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

/// A run that cannot be undone.
pub(crate) fn undo(error: UndoError) -> Failure {
    let next = match &error {
        UndoError::UnderWay(_) => {
            "rollcall runs tells how far it is; if its process ended, the next apply settles it"
        }
        UndoError::OtherTenant { .. } => OTHER_TENANT,
        UndoError::DidNothing(_) => "rollcall runs lists what the others did",
        UndoError::Store(_) | UndoError::Read(_) => "",
    };
    match error {
        UndoError::Store(error) => store(error),
        UndoError::Read(error) => read(error),
        UndoError::UnderWay(_) | UndoError::OtherTenant { .. } | UndoError::DidNothing(_) => {
            Failure::new(error, next)
        }
    }
}

/// One employee at once.
pub(crate) fn act(error: ActError, id: &EmployeeId) -> Failure {
    let why = match error {
        ActError::Sync(SyncError::Read(ReadError::Nobody(error))) => {
            return Failure::new(error, "rollcall employees list shows who is there");
        }
        ActError::Sync(error) => return sync(error),
        ActError::NoMail(why) => why,
    };
    let next = match &why {
        NoMail::NoEmployee(_) => "rollcall employees list shows who is".to_owned(),
        NoMail::Ignored { .. } => format!("rollcall employee ignore {id} --off heeds the employee again"),
        NoMail::NotEmployed { .. } => format!("rollcall employee explain {id} tells what the row means"),
        NoMail::NoAccount(_) => format!("rollcall employee sync {id} makes it, or proposes whose it is"),
        NoMail::UserGone { .. } => {
            format!("rollcall employee recreate {id}, then rollcall employee sync {id}, makes a new one")
        }
        NoMail::Untouchable(_) => format!("rollcall employee explain {id} tells why it is left alone"),
        NoMail::Blocked(_) => format!("rollcall employee explain {id} tells who has blocked it"),
        NoMail::OtherAddress { .. } => {
            format!("rollcall employee sync {id} first brings the account up to date")
        }
        NoMail::MailsOff => "switch them on there, or let the person use \"forgot password\"".to_owned(),
        NoMail::NoInvitations => {
            format!("set it there, or: rollcall employee resend {id} --verification")
        }
        NoMail::AlreadyVerified(_) => {
            "whoever has no password uses \"forgot password\", or gets an --invitation".to_owned()
        }
    };
    Failure::new(anyhow::Error::new(why).context("could not send a mail"), next)
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

/// Something decided about what failed.
pub(crate) fn quarantine(error: QuarantineError) -> Failure {
    let next = match &error {
        QuarantineError::NobodyThere(_) | QuarantineError::NothingThere { .. } => {
            "rollcall quarantine lists what is there".to_owned()
        }
        QuarantineError::NeverDropped { employee, others, .. } => {
            let mend =
                "rollcall quarantine tells why it failed; mend that, and the next run takes the access away";
            match others.first() {
                Some(kind) => format!(
                    "{mend}; rollcall quarantine drop {employee} --kind {kind} --reason WHY drops only that"
                ),
                None => mend.to_owned(),
            }
        }
        QuarantineError::Store(_) => String::new(),
    };
    match error {
        QuarantineError::Store(error) => store(error),
        QuarantineError::NobodyThere(_)
        | QuarantineError::NothingThere { .. }
        | QuarantineError::NeverDropped { .. } => Failure::new(error, next),
    }
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
