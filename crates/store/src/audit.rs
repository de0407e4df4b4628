//! The append-only record: who did what, when, on whose word. There is no way to change or remove an
//! entry here.

use chrono::{DateTime, Utc};
use diff::{Approver, EmployeeId, PlanId, RunId, Tenant, UserId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::Value;

use crate::entities::audit;
use crate::error::Error;
use crate::open::Store;
use crate::plans::approver;
use crate::words::{BATCH, employee_id, from_json, ms, to_json};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The tenant that it concerns.
    pub tenant: Tenant,
    /// Who.
    pub by: Approver,
    /// What, `plan_approved`.
    pub event: String,
    /// The employee, where one is concerned.
    pub employee: Option<EmployeeId>,
    /// The user, where one is concerned.
    pub user: Option<UserId>,
    /// The plan, where one is concerned.
    pub plan: Option<PlanId>,
    /// The run, where one is concerned.
    pub run: Option<RunId>,
    /// The rest: before, after, reasons, request ids. Never a secret.
    pub body: Value,
}

/// An entry as it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number; later entries have higher ones.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub entry: AuditEntry,
}

/// Which entries to read: those to which all that is set applies, the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFilter {
    /// About the employee.
    pub employee: Option<EmployeeId>,
    /// About the user.
    pub user: Option<UserId>,
    /// About the plan.
    pub plan: Option<PlanId>,
    /// About the run.
    pub run: Option<RunId>,
    /// At most so many.
    pub limit: u64,
}

impl Default for AuditFilter {
    /// The newest hundred of everything.
    fn default() -> Self {
        Self { employee: None, user: None, plan: None, run: None, limit: 100 }
    }
}

impl Store {
    /// Appends an entry.
    pub async fn audit(&self, entry: &AuditEntry, now: DateTime<Utc>) -> Result<(), Error> {
        self.audit_all(std::slice::from_ref(entry), now).await
    }

    /// Appends entries in their order, all or none.
    pub async fn audit_all(&self, entries: &[AuditEntry], now: DateTime<Utc>) -> Result<(), Error> {
        let doing = Error::doing("append to the audit record");
        let transaction = self.begin().await?;
        for entries in entries.chunks(BATCH) {
            let insert = audit::Entity::insert_many(entries.iter().map(|it| row(it, ms(now))));
            insert.exec_without_returning(&transaction).await.map_err(&doing)?;
        }
        transaction.commit().await.map_err(doing)
    }

    /// The newest entries that the filter lets through, the oldest of them first, as a story is told.
    pub async fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, Error> {
        let AuditFilter { employee, user, plan, run, limit } = filter;
        let mut query = audit::Entity::find();
        if let Some(it) = employee {
            query = query.filter(audit::Column::Employee.eq(it.as_str()));
        }
        if let Some(it) = user {
            query = query.filter(audit::Column::UserId.eq(it.as_str()));
        }
        if let Some(it) = plan {
            query = query.filter(audit::Column::Plan.eq(it.0));
        }
        if let Some(it) = run {
            query = query.filter(audit::Column::Run.eq(it.0));
        }
        let rows = query.order_by_desc(audit::Column::Id).limit(*limit).all(&self.db).await;
        let rows = rows.map_err(Error::doing("read the audit record"))?;
        rows.into_iter().rev().map(audit_row).collect()
    }
}

fn row(entry: &AuditEntry, now: DateTime<Utc>) -> audit::ActiveModel {
    let AuditEntry { tenant, by, event, employee, user, plan, run, body } = entry;
    let (name, verified) = match by {
        Approver::Verified { name } => (name, true),
        Approver::Unverified { name } => (name, false),
    };
    audit::ActiveModel {
        id: NotSet,
        at: Set(now),
        tenant: Set(tenant.as_str().to_owned()),
        actor: Set(name.clone()),
        verified: Set(verified),
        event: Set(event.clone()),
        employee: Set(employee.as_ref().map(|it| it.as_str().to_owned())),
        user_id: Set(user.as_ref().map(|it| it.as_str().to_owned())),
        plan: Set(plan.map(|it| it.0)),
        run: Set(run.map(|it| it.0)),
        body: Set(to_json(body)),
        previous: Set(None),
        hash: Set(None),
    }
}

fn audit_row(row: audit::Model) -> Result<AuditRow, Error> {
    let audit::Model {
        id,
        at,
        tenant,
        actor,
        verified,
        event,
        employee,
        user_id,
        plan,
        run,
        body,
        previous: _,
        hash: _,
    } = row;
    let entry = AuditEntry {
        tenant: Tenant::new(tenant),
        by: approver(actor, verified),
        event,
        employee: employee.as_deref().map(employee_id).transpose()?,
        user: user_id.map(UserId::new),
        plan: plan.map(PlanId),
        run: run.map(RunId),
        body: from_json("an audit entry", &body)?,
    };
    Ok(AuditRow { id, at, entry })
}
