//! What a run holds, and whether it still does.

use chrono::{DateTime, Utc};
use diff::{EmployeeId, RunId, Tenant};
use sea_orm::sea_query::LockType;
use sea_orm::{DatabaseTransaction, EntityTrait as _, QuerySelect as _};

use crate::employee_claim::{EmployeeClaim, claim_row};
use crate::entities::runs;
use crate::error::Error;
use crate::lease::{Lease, lease_row};
use crate::runs::RunState;
use crate::term::Term;
use crate::words::{employee_id, ms};

/// In whose name a run goes on: that of the whole tenant, or of one employee.
#[derive(Clone, Copy, Debug)]
pub enum Hold<'a> {
    /// One run for each tenant.
    Tenant(&'a Lease),
    /// One act for each employee, beside the tenant's run.
    Employee(&'a EmployeeClaim),
}

impl<'a> Hold<'a> {
    /// The tenant.
    pub fn tenant(self) -> &'a Tenant {
        match self {
            Self::Tenant(lease) => lease.tenant(),
            Self::Employee(claim) => claim.tenant(),
        }
    }

    /// The employee, where it is of one.
    pub fn employee(self) -> Option<&'a EmployeeId> {
        match self {
            Self::Tenant(_) => None,
            Self::Employee(claim) => Some(claim.employee()),
        }
    }

    /// Who holds it.
    pub fn holder(self) -> &'a str {
        match self {
            Self::Tenant(lease) => lease.holder(),
            Self::Employee(claim) => claim.holder(),
        }
    }

    /// Until when it is held unless it is renewed.
    pub fn expires_at(self) -> DateTime<Utc> {
        self.term().until()
    }

    pub(crate) fn term(self) -> &'a Term {
        match self {
            Self::Tenant(lease) => &lease.term,
            Self::Employee(claim) => &claim.term,
        }
    }

    /// The number of its taking.
    pub fn fence(self) -> i64 {
        match self {
            Self::Tenant(lease) => lease.fence(),
            Self::Employee(claim) => claim.fence(),
        }
    }
}

impl<'a> From<&'a Lease> for Hold<'a> {
    fn from(lease: &'a Lease) -> Self {
        Self::Tenant(lease)
    }
}

impl<'a> From<&'a EmployeeClaim> for Hold<'a> {
    fn from(claim: &'a EmployeeClaim) -> Self {
        Self::Employee(claim)
    }
}

/// Whether nobody else has taken it, which nobody can until the transaction ends. It may have run out:
/// [`is_live`] asks that as well.
pub(crate) async fn is_ours(db: &DatabaseTransaction, hold: Hold<'_>) -> Result<bool, Error> {
    Ok(state(db, hold.tenant(), hold.employee()).await?.fence == hold.fence())
}

/// Whether it is ours and has not run out.
pub(crate) async fn is_live(
    db: &DatabaseTransaction,
    hold: Hold<'_>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let state = state(db, hold.tenant(), hold.employee()).await?;
    Ok(state.fence == hold.fence() && state.expires_at > ms(now))
}

/// The run, if it may go on: nobody has closed it, and nobody has taken what it holds. Neither can
/// happen until the transaction ends.
///
/// The lease is locked before the run, here and everywhere, so that no two wait for each other.
pub(crate) async fn going_on(db: &DatabaseTransaction, run: RunId) -> Result<runs::Model, Error> {
    let doing = Error::doing("read the run");
    let row = runs::Entity::find_by_id(run.0).one(db).await.map_err(&doing)?.ok_or(Error::NoRun(run))?;
    let employee = row.employee.as_deref().map(employee_id).transpose()?;
    let held = state(db, &Tenant::new(row.tenant.as_str()), employee.as_ref()).await?;
    let row = runs::Entity::find_by_id(run.0).lock(LockType::Share).one(db).await.map_err(doing)?;
    let row = row.ok_or(Error::NoRun(run))?;
    if row.state != RunState::Running.word() {
        return Err(Error::RunOver(run));
    }
    if row.fence != held.fence {
        return Err(Error::LeaseLost(run));
    }
    Ok(row)
}

/// A lease or claim as it stands.
struct State {
    fence: i64,
    expires_at: DateTime<Utc>,
}

/// The lease is locked for a claim as well, because whoever takes a claim locks it too.
async fn state(
    db: &DatabaseTransaction,
    tenant: &Tenant,
    employee: Option<&EmployeeId>,
) -> Result<State, Error> {
    let lease = lease_row(db, tenant, Some(LockType::Share)).await?;
    let Some(employee) = employee else {
        return Ok(State { fence: lease.fence, expires_at: lease.expires_at });
    };
    let claim = claim_row(db, tenant, employee).await?;
    let claim = claim.ok_or_else(|| Error::Word { what: "a claim", word: employee.to_string() })?;
    Ok(State { fence: claim.fence, expires_at: claim.expires_at })
}
