//! One act for each employee at a time, beside the tenant's run.
//!
//! The tenant's run takes no claims: its open intents are what it holds of an employee. Whoever takes a
//! claim locks the lease for itself, and whoever journals an intent locks it with others, so that one of
//! the two always sees the other.

use chrono::{DateTime, TimeDelta, Utc};
use diff::{Change, ChangeId, EmployeeId, Tenant};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _,
};

use crate::entities::{calls, claims, leases, runs};
use crate::error::Error;
use crate::journal::CallState;
use crate::lease::{LeaseError, lease_row};
use crate::open::Store;
use crate::runs::RunState;
use crate::term::Term;
use crate::words::{employee_id, from_json, ms};

/// The proof that this process may act on the employee. [`Store::claim_employee`] alone makes one.
///
/// Every taking raises the fence, as with a [`crate::Lease`].
#[derive(Debug)]
pub struct EmployeeClaim {
    tenant: Tenant,
    employee: EmployeeId,
    holder: String,
    fence: i64,
    pub(crate) term: Term,
}

impl Store {
    /// Takes the employee for so long, if nobody acts on it and no run has a call about it under way.
    pub async fn claim_employee(
        &self,
        tenant: &Tenant,
        employee: &EmployeeId,
        holder: &str,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<EmployeeClaim, LeaseError> {
        self.make_lease_row(tenant).await?;
        let transaction = self.begin().await?;
        let lease = lease_row(&transaction, tenant, Some(LockType::Update)).await?;
        let held = claim_row(&transaction, tenant, employee).await?;
        if let Some(held) = held.as_ref().filter(|it| it.expires_at > ms(now)) {
            let (holder, until) = (held.holder.clone(), held.expires_at);
            return Err(LeaseError::EmployeeHeldBy { employee: employee.clone(), holder, until });
        }
        if lease.expires_at > ms(now) && asks_about(&transaction, &lease, employee).await? {
            let (holder, until) = (lease.holder, lease.expires_at);
            return Err(LeaseError::EmployeeHeldBy { employee: employee.clone(), holder, until });
        }
        let claim = EmployeeClaim {
            tenant: tenant.clone(),
            employee: employee.clone(),
            holder: holder.to_owned(),
            fence: held.as_ref().map_or(0, |it| it.fence) + 1,
            term: Term::from(now, ttl),
        };
        store(&transaction, &claim, held.is_some()).await?;
        transaction.commit().await.map_err(Error::doing("take the employee"))?;
        Ok(claim)
    }

    /// Employees in whose name a run says that it is running, by id. Its process may have died.
    pub async fn acts_under_way(&self, tenant: &Tenant) -> Result<Vec<EmployeeId>, Error> {
        let rows = runs::Entity::find()
            .filter(runs::Column::Tenant.eq(tenant.as_str()))
            .filter(runs::Column::State.eq(RunState::Running.word()))
            .filter(runs::Column::Employee.is_not_null());
        let rows = rows.all(&self.db).await.map_err(Error::doing("read which acts are under way"))?;
        let mut employees: Vec<EmployeeId> =
            rows.iter().filter_map(|it| it.employee.as_deref()).map(employee_id).collect::<Result<_, _>>()?;
        employees.sort();
        employees.dedup();
        Ok(employees)
    }
}

pub(crate) async fn claim_row(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    employee: &EmployeeId,
) -> Result<Option<claims::Model>, Error> {
    let row = claims::Entity::find().filter(claim_of(tenant, employee)).one(db).await;
    row.map_err(Error::doing("read a claim"))
}

/// Who acts on an employee that one of the changes is of, where somebody does.
pub(crate) async fn acting<'a>(
    db: &impl ConnectionTrait,
    tenant: &str,
    changes: impl Iterator<Item = &'a ChangeId>,
    now: DateTime<Utc>,
) -> Result<Option<Error>, Error> {
    let rows = claims::Entity::find()
        .filter(claims::Column::Tenant.eq(tenant))
        .filter(claims::Column::ExpiresAt.gt(ms(now)));
    let live = rows.all(db).await.map_err(Error::doing("read the claims"))?;
    let changes: Vec<&ChangeId> = changes.collect();
    for claims::Model { tenant: _, employee, holder, fence: _, expires_at: until } in live {
        let employee = employee_id(&employee)?;
        if changes.iter().any(|it| Change::is_of(it, &employee)) {
            return Ok(Some(Error::ClaimedBy { employee, holder, until }));
        }
    }
    Ok(None)
}

/// Whether the run that holds the lease has a call about the employee under way.
async fn asks_about(
    db: &DatabaseTransaction,
    lease: &leases::Model,
    employee: &EmployeeId,
) -> Result<bool, Error> {
    let doing = Error::doing("read which calls are under way");
    let under_way = runs::Entity::find()
        .filter(runs::Column::Tenant.eq(&lease.tenant))
        .filter(runs::Column::State.eq(RunState::Running.word()))
        .filter(runs::Column::Employee.is_null())
        .filter(runs::Column::Fence.eq(lease.fence));
    for run in under_way.all(db).await.map_err(&doing)? {
        let open = calls::Entity::find()
            .filter(calls::Column::Run.eq(run.id))
            .filter(calls::Column::State.eq(CallState::Intended.word()));
        for call in open.all(db).await.map_err(&doing)? {
            let carries: Vec<ChangeId> = from_json("a journalled call's changes", &call.carries)?;
            if carries.iter().any(|it| Change::is_of(it, employee)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

async fn store(db: &DatabaseTransaction, claim: &EmployeeClaim, exists: bool) -> Result<(), Error> {
    let EmployeeClaim { tenant, employee, holder, fence, term } = claim;
    let expires_at = term.until();
    let doing = Error::doing("take the employee");
    if exists {
        let taken = claims::Entity::update_many()
            .col_expr(claims::Column::Holder, Expr::value(holder))
            .col_expr(claims::Column::Fence, Expr::value(*fence))
            .col_expr(claims::Column::ExpiresAt, Expr::value(expires_at))
            .filter(claim_of(tenant, employee));
        return taken.exec(db).await.map(drop).map_err(doing);
    }
    let row = claims::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        employee: Set(employee.as_str().to_owned()),
        holder: Set(holder.clone()),
        fence: Set(*fence),
        expires_at: Set(expires_at),
    };
    claims::Entity::insert(row).exec_without_returning(db).await.map(drop).map_err(doing)
}

pub(crate) fn claim_of(tenant: &Tenant, employee: &EmployeeId) -> Condition {
    Condition::all()
        .add(claims::Column::Tenant.eq(tenant.as_str()))
        .add(claims::Column::Employee.eq(employee.as_str()))
}

impl EmployeeClaim {
    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Whom it is for.
    pub fn employee(&self) -> &EmployeeId {
        &self.employee
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
