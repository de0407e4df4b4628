//! What the engine and the store refuse, as callers read it.

use auth0::Error as Auth0Error;
pub(crate) use engine::chain;
use engine::{
    ActError, ApplyError, HandError, QuarantineError, ReadError, ReviewError, SyncError, UndoError,
};
use store::{ClaimError, LeaseError, Refusal};

use crate::problem::{Kind, Problem};

/// When somebody who was told to wait asks again: a call of somebody else's is over by then.
const SOON: u64 = 2;

/// When a database or a tenant that did not answer is asked again.
const LATER: u64 = 30;

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        let detail = chain(&error);
        match error {
            E::NoPlan(_) | E::NoRun(_) | E::NoToken(_) => Self::new(Kind::NotFound, detail),
            E::TokenInUse(_) | E::Link(_) | E::NoLink { .. } | E::BoundTo { .. } | E::NotBound { .. } => {
                Self::new(Kind::Conflict, detail)
            }
            E::ClaimedBy { .. } | E::RunOver(_) | E::LeaseLost(_) => {
                Self::new(Kind::Busy, detail).retry_after(SOON)
            }
            E::UnknownScheme { .. }
            | E::Url { .. }
            | E::NoDirectory { .. }
            | E::NoFile { .. }
            | E::IsDirectory { .. }
            | E::Unreachable { .. }
            | E::Database { .. }
            | E::NoTable { .. }
            | E::NoColumns { .. }
            | E::BadKeys { .. }
            | E::ReadOnly { .. }
            | E::NoStatus { .. }
            | E::NotNumbers { .. }
            | E::Broken { .. }
            | E::Word { .. } => Self::new(Kind::Unavailable, detail)
                .next("rollcall doctor says what is wrong with the databases")
                .retry_after(LATER),
        }
    }
}

impl From<Auth0Error> for Problem {
    fn from(error: Auth0Error) -> Self {
        use Auth0Error as E;
        let detail = chain(&error);
        match error {
            E::Exhausted { refusal, .. } if refusal.status == 429 => {
                Self::new(Kind::TenantLimit, detail).retry_after(LATER)
            }
            E::Unreachable { .. }
            | E::BrokenOff { .. }
            | E::Exhausted { .. }
            | E::ListingUnstable { .. }
            | E::Export { .. } => Self::new(Kind::Unavailable, detail).retry_after(LATER),
            E::TokenRefused { .. }
            | E::Unauthorised { .. }
            | E::MissingScope { .. }
            | E::Redirected { .. }
            | E::Unreadable { .. }
            | E::Refused { .. }
            | E::TooManyUsers { .. }
            | E::Endless { .. } => Self::new(Kind::TenantRefuses, detail)
                .next("rollcall doctor says what is wrong with the tenant"),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let detail = chain(&error);
        match error {
            ReadError::Store(error) => error.into(),
            ReadError::Auth0(error) => error.into(),
            ReadError::Nobody(_) => Self::new(Kind::NotFound, detail),
            ReadError::Source { .. } | ReadError::ListingLacks { .. } => {
                Self::new(Kind::LimitExceeded, detail)
                    .next("somebody must look at that side before anything is done")
            }
            ReadError::OtherTenant { .. } | ReadError::RolesMissing { .. } => {
                Self::new(Kind::TenantRefuses, detail).next("rollcall doctor says what to correct")
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => error.into(),
            Refusal::NoYes { .. } => Self::new(Kind::Forbidden, chain(&refusal)),
            Refusal::NotApproved(_)
            | Refusal::Waits { .. }
            | Refusal::AlreadyApproved { .. }
            | Refusal::Rejected { .. }
            | Refusal::Superseded { .. }
            | Refusal::Expired { .. }
            | Refusal::Applying(_)
            | Refusal::Applied(_)
            | Refusal::Incomplete(_)
            | Refusal::Digest(_) => Self::new(Kind::Conflict, chain(&refusal)),
        }
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let detail = chain(&error);
        match error {
            ReviewError::Store(error) => error.into(),
            ReviewError::Refused(refusal) => refusal.into(),
            ReviewError::Breached { plan, .. } => Self::new(Kind::LimitExceeded, detail)
                .next("name each limit in `accepts`, together with the digest, if all of it is right")
                .plan(plan),
            ReviewError::NoDigest { plan, .. }
            | ReviewError::NotBreached { plan, .. }
            | ReviewError::NoChange { plan, .. }
            | ReviewError::NothingFor { plan, .. }
            | ReviewError::NoKind { plan, .. } => Self::new(Kind::BadRequest, detail).plan(plan),
            ReviewError::OtherDigest { plan, .. } => Self::new(Kind::Conflict, detail).plan(plan),
        }
    }
}

impl From<LeaseError> for Problem {
    fn from(error: LeaseError) -> Self {
        let detail = chain(&error);
        match error {
            LeaseError::Store(error) => error.into(),
            LeaseError::HeldBy { .. } | LeaseError::EmployeeHeldBy { .. } | LeaseError::Lost(_) => {
                Self::new(Kind::Busy, detail).retry_after(SOON)
            }
        }
    }
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        let detail = chain(&error);
        match error {
            ApplyError::Read(error) => error.into(),
            ApplyError::Lease(error) => error.into(),
            ApplyError::Store(error) => error.into(),
            ApplyError::Settling(error) => error.into(),
            ApplyError::Claim(ClaimError::Refused(refusal)) => refusal.into(),
            ApplyError::Claim(
                ClaimError::OtherTenant { .. } | ClaimError::OtherEmployee { .. } | ClaimError::Changed(_),
            )
            | ApplyError::OtherPolicy(_)
            | ApplyError::OtherTenant { .. }
            | ApplyError::OtherClient { .. } => Self::new(Kind::Conflict, detail),
            ApplyError::Claim(ClaimError::LeaseLost(_) | ClaimError::Unsettled(_))
            | ApplyError::LeaseLost => Self::new(Kind::Busy, detail).retry_after(SOON),
            ApplyError::Breached { plan, .. } | ApplyError::SourceSince { plan, .. } => {
                Self::new(Kind::LimitExceeded, detail).plan(plan)
            }
        }
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Read(error) => error.into(),
            SyncError::Review(error) => error.into(),
            SyncError::Apply(error) => error.into(),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Sync(error) => error.into(),
            ActError::NoMail(diff::NoMail::NoEmployee(_)) => Self::new(Kind::NotFound, chain(&error)),
            ActError::NoMail(_) => Self::new(Kind::Conflict, chain(&error)),
        }
    }
}

impl From<HandError> for Problem {
    fn from(error: HandError) -> Self {
        let detail = chain(&error);
        match error {
            HandError::Store(error) => error.into(),
            HandError::Auth0(error) => error.into(),
            HandError::Read(error) => error.into(),
            HandError::NoEmployee(_) | HandError::NoUser(_) | HandError::NoLink(_) => {
                Self::new(Kind::NotFound, detail)
            }
            HandError::ColumnStays { .. } | HandError::UserExists { .. } => Self::new(Kind::Conflict, detail),
        }
    }
}

impl From<QuarantineError> for Problem {
    fn from(error: QuarantineError) -> Self {
        let detail = chain(&error);
        match error {
            QuarantineError::Store(error) => error.into(),
            QuarantineError::NobodyThere(_) | QuarantineError::NothingThere { .. } => {
                Self::new(Kind::NotFound, detail)
            }
            QuarantineError::NeverDropped { .. } => Self::new(Kind::Conflict, detail),
        }
    }
}

impl From<UndoError> for Problem {
    fn from(error: UndoError) -> Self {
        let detail = chain(&error);
        match error {
            UndoError::Store(error) => error.into(),
            UndoError::Read(error) => error.into(),
            UndoError::UnderWay(_) | UndoError::OtherTenant { .. } | UndoError::DidNothing(_) => {
                Self::new(Kind::Conflict, detail)
            }
        }
    }
}
