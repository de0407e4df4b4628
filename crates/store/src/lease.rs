//! One run for each tenant at a time, across processes and machines.

use chrono::{DateTime, TimeDelta, Utc};
use diff::{EmployeeId, Tenant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, sea_query::LockType,
};

use crate::employee_claim::{EmployeeClaim, claim_of};
use crate::entities::{claims, leases};
use crate::error::Error;
use crate::hold::Hold;
use crate::open::Store;
use crate::term::Term;
use crate::words::ms;

/// The proof that this process may apply plans to the tenant. [`Store::lease`] alone makes one.
///
/// Every taking raises the fence, so that a process which slept through its time is known by its
/// old number.
#[derive(Debug)]
pub struct Lease {
    tenant: Tenant,
    holder: String,
    fence: i64,
    pub(crate) term: Term,
}

/// Why there is no lease.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else applies a plan right now.
    #[error("take the lease of {tenant}: {holder} holds it until {}; wait, or look at the runs", until.format("%H:%M:%S UTC"))]
    HeldBy {
        /// The tenant.
        tenant: Tenant,
        /// Who.
        holder: String,
        /// Until when, if it is not renewed.
        until: DateTime<Utc>,
    },
    /// Somebody else acts on this employee right now, or a run is asking something about it.
    #[error("act on employee {employee}: {holder} does until {} at the latest; try again in a moment", until.format("%H:%M:%S UTC"))]
    EmployeeHeldBy {
        /// The employee.
        employee: EmployeeId,
        /// Who.
        holder: String,
        /// Until when, if it is not renewed.
        until: DateTime<Utc>,
    },
    /// It ran out and somebody else took it: stop at once.
    #[error("keep the lease of {0}: somebody else has taken it")]
    Lost(Tenant),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Store {
    /// Takes the lease for so long, if nobody holds it. `holder` names the process for people.
    pub async fn lease(
        &self,
        tenant: &Tenant,
        holder: &str,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<Lease, LeaseError> {
        self.make_lease_row(tenant).await?;
        let held = lease_row(&self.db, tenant, None).await?;
        if held.expires_at > ms(now) {
            return Err(held_by(held));
        }
        let fence = held.fence + 1;
        let term = Term::from(now, ttl);
        // The fence that was read is the condition: of two at once, one finds it raised. The UPDATE
        // waits for everybody who has locked the row to journal a call, and whoever comes later sees it.
        let taken = leases::Entity::update_many()
            .col_expr(leases::Column::Holder, Expr::value(holder))
            .col_expr(leases::Column::Fence, Expr::value(fence))
            .col_expr(leases::Column::ExpiresAt, Expr::value(term.until()))
            .filter(row_of(tenant, held.fence))
            .filter(leases::Column::ExpiresAt.lte(ms(now)))
            .exec(&self.db)
            .await
            .map_err(Error::doing("take the lease"))?;
        if taken.rows_affected == 0 {
            return Err(held_by(lease_row(&self.db, tenant, None).await?));
        }
        Ok(Lease { tenant: tenant.clone(), holder: holder.to_owned(), fence, term })
    }

    /// Holds on to a lease or claim for as long again, unless somebody else has taken it.
    pub async fn renew(&self, hold: impl Into<Hold<'_>>, now: DateTime<Utc>) -> Result<(), LeaseError> {
        let hold = hold.into();
        let until = hold.term().renewed(now);
        if self.move_expiry(hold, until).await? == 0 {
            return Err(LeaseError::Lost(hold.tenant().clone()));
        }
        hold.term().set(until);
        Ok(())
    }

    /// Lets go. A lease that was lost is let go already.
    pub async fn release(&self, lease: Lease) -> Result<(), Error> {
        self.move_expiry(Hold::Tenant(&lease), DateTime::UNIX_EPOCH).await.map(drop)
    }

    /// Lets go. A claim that was lost is let go already.
    pub async fn release_claim(&self, claim: EmployeeClaim) -> Result<(), Error> {
        self.move_expiry(Hold::Employee(&claim), DateTime::UNIX_EPOCH).await.map(drop)
    }

    /// Tells how many rows it was: none where somebody else has taken it.
    async fn move_expiry(&self, hold: Hold<'_>, until: DateTime<Utc>) -> Result<u64, Error> {
        let moved = match hold {
            Hold::Tenant(lease) => {
                leases::Entity::update_many()
                    .col_expr(leases::Column::ExpiresAt, Expr::value(until))
                    .filter(row_of(&lease.tenant, lease.fence))
                    .exec(&self.db)
                    .await
            }
            Hold::Employee(claim) => {
                claims::Entity::update_many()
                    .col_expr(claims::Column::ExpiresAt, Expr::value(until))
                    .filter(claim_of(claim.tenant(), claim.employee()))
                    .filter(claims::Column::Fence.eq(claim.fence()))
                    .exec(&self.db)
                    .await
            }
        };
        Ok(moved.map_err(Error::doing("renew or release the lease"))?.rows_affected)
    }

    /// The first to ask for the tenant makes the row, free.
    pub(crate) async fn make_lease_row(&self, tenant: &Tenant) -> Result<(), Error> {
        let doing = Error::doing("make the lease");
        if leases::Entity::find_by_id(tenant.as_str()).one(&self.db).await.map_err(&doing)?.is_some() {
            return Ok(());
        }
        let row = leases::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            holder: Set(String::new()),
            fence: Set(0),
            expires_at: Set(DateTime::UNIX_EPOCH),
        };
        leases::Entity::insert(row)
            .on_conflict_do_nothing_on([leases::Column::Tenant])
            .exec_without_returning(&self.db)
            .await
            .map(drop)
            .map_err(doing)
    }
}

/// The tenant's lease. Locked, it stays as it is until the transaction ends, which is what keeps the
/// taking of a lease or claim and the journalling of a call apart. SQLite has no locks of rows, and
/// needs none: its transactions come one after the other.
pub(crate) async fn lease_row(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    lock: Option<LockType>,
) -> Result<leases::Model, Error> {
    let mut row = leases::Entity::find_by_id(tenant.as_str());
    if let Some(lock) = lock {
        row = row.lock(lock);
    }
    let row = row.one(db).await.map_err(Error::doing("read the lease"))?;
    row.ok_or_else(|| Error::Word { what: "the lease", word: tenant.to_string() })
}

fn row_of(tenant: &Tenant, fence: i64) -> Condition {
    Condition::all().add(leases::Column::Tenant.eq(tenant.as_str())).add(leases::Column::Fence.eq(fence))
}

fn held_by(row: leases::Model) -> LeaseError {
    let leases::Model { tenant, holder, fence: _, expires_at } = row;
    LeaseError::HeldBy { tenant: Tenant::new(tenant), holder, until: expires_at }
}

impl Lease {
    /// The tenant that it is for.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Who holds it.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// The number of this taking; the next one has a higher.
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Until when it is held unless it is renewed.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.term.until()
    }
}
