//! One run for each tenant at a time, across processes and machines.

use chrono::{DateTime, TimeDelta, Utc};
use diff::Tenant;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};

use crate::entities::leases;
use crate::error::Error;
use crate::open::Store;
use crate::words::ms;

/// The proof that this process may apply plans to the tenant. [`Store::lease`] alone makes one.
///
/// Every taking raises the fence, so that a process which slept through its time is known by its
/// old number.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    tenant: Tenant,
    holder: String,
    fence: i64,
    ttl: TimeDelta,
    expires_at: DateTime<Utc>,
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
        let held = self.lease_row(tenant).await?;
        if held.expires_at > ms(now) {
            return Err(held_by(held));
        }
        let fence = held.fence + 1;
        let expires_at = ms(now + ttl);
        // The fence that was read is the condition: of two at once, one finds it raised.
        let taken = leases::Entity::update_many()
            .col_expr(leases::Column::Holder, Expr::value(holder))
            .col_expr(leases::Column::Fence, Expr::value(fence))
            .col_expr(leases::Column::ExpiresAt, Expr::value(expires_at))
            .filter(row_of(tenant, held.fence))
            .exec(&self.db)
            .await
            .map_err(Error::doing("take the lease"))?;
        if taken.rows_affected == 0 {
            return Err(held_by(self.lease_row(tenant).await?));
        }
        Ok(Lease { tenant: tenant.clone(), holder: holder.to_owned(), fence, ttl, expires_at })
    }

    /// Holds on to the lease for as long again, unless somebody else has taken it.
    pub async fn renew(&self, lease: &mut Lease, now: DateTime<Utc>) -> Result<(), LeaseError> {
        let expires_at = ms(now + lease.ttl);
        let renewed = leases::Entity::update_many()
            .col_expr(leases::Column::ExpiresAt, Expr::value(expires_at))
            .filter(row_of(&lease.tenant, lease.fence))
            .exec(&self.db)
            .await
            .map_err(Error::doing("renew the lease"))?;
        if renewed.rows_affected == 0 {
            return Err(LeaseError::Lost(lease.tenant.clone()));
        }
        lease.expires_at = expires_at;
        Ok(())
    }

    /// Lets go. A lease that was lost is let go already.
    pub async fn release(&self, lease: Lease) -> Result<(), Error> {
        leases::Entity::update_many()
            .col_expr(leases::Column::ExpiresAt, Expr::value(DateTime::UNIX_EPOCH))
            .filter(row_of(&lease.tenant, lease.fence))
            .exec(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("release the lease"))
    }

    /// The first to ask for the tenant makes the row, free.
    async fn make_lease_row(&self, tenant: &Tenant) -> Result<(), Error> {
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
            .map_err(Error::doing("make the lease"))
    }

    async fn lease_row(&self, tenant: &Tenant) -> Result<leases::Model, Error> {
        let row = leases::Entity::find_by_id(tenant.as_str()).one(&self.db).await;
        let row = row.map_err(Error::doing("read the lease"))?;
        row.ok_or_else(|| Error::Word { what: "the lease", word: tenant.to_string() })
    }
}

/// Whether the lease is still ours, as the transaction sees it.
pub(crate) async fn is_held(
    db: &impl ConnectionTrait,
    lease: &Lease,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let row = leases::Entity::find()
        .filter(row_of(&lease.tenant, lease.fence))
        .filter(leases::Column::ExpiresAt.gt(ms(now)))
        .one(db)
        .await;
    Ok(row.map_err(Error::doing("check the lease"))?.is_some())
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
        self.expires_at
    }
}
