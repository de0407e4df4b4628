//! Erasing what the record says about a person: bodies go, hashes and ids stay, and the chain with them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diff::{Approver, EmployeeId, PlanId, Tenant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use serde::{Deserialize, Serialize};

use super::append::{append, lock};
use super::scrub::{Scrubbed, scrub};
use super::{AuditEntry, before};
use crate::entities::audit;
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, ms};

/// The event that erasing is.
pub const ERASED: &str = "audit_erased";

/// What was erased, and what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Entries whose bodies are gone.
    pub entries: usize,
    /// Calls of the journal whose values are gone.
    pub calls: usize,
    /// Calls whose values stay, because their run is under way, or they are too new to be forgotten.
    pub calls_kept: usize,
    /// Plans that the erased entries were about: they still hold the values.
    pub plans: BTreeSet<PlanId>,
}

/// The body of [`ERASED`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Erasure {
    reason: String,
    /// Entries by their number.
    pub(super) erased: Vec<i64>,
    /// Entries from before the chain, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) before_chain: Vec<i64>,
}

impl Store {
    /// Erases the bodies of a person's entries, and the values in the calls of the journal, of every tenant
    /// that this store knows. That it was done, by whom and why, is an entry. Where there is nothing, nothing
    /// is done.
    pub async fn erase_audit(
        &self,
        employee: &EmployeeId,
        by: &Approver,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Erased, Error> {
        let mut erased = Erased::default();
        for tenant in self.audited_tenants().await? {
            let transaction = self.begin().await?;
            let chain = lock(&transaction, &tenant, &self.audit_keys).await?;
            let rows = rows_of(&transaction, &tenant, employee).await?;
            let Scrubbed { calls, kept } = scrub(&transaction, &tenant, employee, now).await?;
            erased.calls_kept += kept;
            let rows: Vec<_> = rows.into_iter().filter(is_erasable).collect();
            if rows.is_empty() && calls == 0 {
                continue;
            }
            erased.entries += rows.len();
            erased.calls += calls;
            erased.plans.extend(rows.iter().filter_map(|it| it.plan).map(PlanId));
            erase(&transaction, &rows, ms(now)).await?;
            let entry = entry(tenant.clone(), employee, by, reason, &rows);
            append(&transaction, &tenant, chain, &[&entry], now).await?;
            transaction.commit().await.map_err(Error::doing("erase from the audit record"))?;
        }
        Ok(erased)
    }
}

/// What is about the person: by id, or about one of the person's users and about nobody's row.
async fn rows_of(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    employee: &EmployeeId,
) -> Result<Vec<audit::Model>, Error> {
    let doing = Error::doing("read the audit record");
    let of_tenant = || {
        audit::Entity::find()
            .filter(audit::Column::Tenant.eq(tenant.as_str()))
            .order_by_asc(audit::Column::Id)
    };
    let mut rows =
        of_tenant().filter(audit::Column::Employee.eq(employee.as_str())).all(db).await.map_err(&doing)?;
    let users: BTreeSet<String> = rows.iter().filter_map(|it| it.user_id.clone()).collect();
    if !users.is_empty() {
        let nobodys =
            Condition::all().add(audit::Column::Employee.is_null()).add(audit::Column::UserId.is_in(users));
        rows.extend(of_tenant().filter(nobodys).all(db).await.map_err(doing)?);
    }
    Ok(rows)
}

/// An erasure stays, or nobody could tell it from a body that was taken away.
fn is_erasable(row: &audit::Model) -> bool {
    row.erased_at.is_none() && row.event != ERASED
}

async fn erase(
    transaction: &DatabaseTransaction,
    rows: &[audit::Model],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let doing = Error::doing("erase from the audit record");
    // The chain covers what was written before it by the hash of each body, which none has yet.
    for row in rows.iter().filter(|it| it.seq.is_none()) {
        audit::Entity::update_many()
            .col_expr(audit::Column::Content, Expr::value(before::content(row)))
            .filter(audit::Column::Id.eq(row.id))
            .exec(transaction)
            .await
            .map_err(&doing)?;
    }
    for rows in rows.chunks(BATCH) {
        audit::Entity::update_many()
            .col_expr(audit::Column::Body, Expr::value(""))
            .col_expr(audit::Column::Salt, Expr::value(None::<String>))
            .col_expr(audit::Column::ErasedAt, Expr::value(now))
            .filter(audit::Column::Id.is_in(rows.iter().map(|it| it.id)))
            .exec(transaction)
            .await
            .map_err(&doing)?;
    }
    Ok(())
}

fn entry(
    tenant: Tenant,
    employee: &EmployeeId,
    by: &Approver,
    reason: &str,
    rows: &[audit::Model],
) -> AuditEntry {
    let body = Erasure {
        reason: reason.to_owned(),
        erased: rows.iter().filter_map(|it| it.seq).collect(),
        before_chain: rows.iter().filter(|it| it.seq.is_none()).map(|it| it.id).collect(),
    };
    AuditEntry {
        tenant,
        by: by.clone(),
        event: ERASED.to_owned(),
        employee: Some(employee.clone()),
        user: None,
        plan: None,
        run: None,
        body: serde_json::to_value(body).expect("texts and numbers are a document"),
    }
}
