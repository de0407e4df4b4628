//! Appending: under the lock of the head, so that two processes append one after the other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diff::Tenant;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use super::before::before;
use super::chain::{Chain, salt};
use super::{AuditEntry, AuditKeys};
use crate::entities::{audit, audit_heads};
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, TRIES, ms};

impl Store {
    /// Appends an entry.
    pub async fn audit(&self, entry: &AuditEntry, now: DateTime<Utc>) -> Result<(), Error> {
        self.audit_all(std::slice::from_ref(entry), now).await
    }

    /// Appends entries in their order, all or none.
    pub async fn audit_all(&self, entries: &[AuditEntry], now: DateTime<Utc>) -> Result<(), Error> {
        for _ in 1..TRIES {
            match self.try_audit_all(entries, now).await {
                Err(error) if error.may_pass() => {}
                other => return other,
            }
        }
        self.try_audit_all(entries, now).await
    }

    async fn try_audit_all(&self, entries: &[AuditEntry], now: DateTime<Utc>) -> Result<(), Error> {
        let mut by_tenant: BTreeMap<&Tenant, Vec<&AuditEntry>> = BTreeMap::new();
        for entry in entries {
            by_tenant.entry(&entry.tenant).or_default().push(entry);
        }
        let transaction = self.begin().await?;
        for (tenant, entries) in by_tenant {
            let chain = lock(&transaction, tenant, &self.audit_keys).await?;
            append(&transaction, tenant, chain, &entries, now).await?;
        }
        transaction.commit().await.map_err(Error::doing("append to the audit record"))
    }
}

/// The chain, which is ours until the transaction ends. The first to ask for it makes its head, and then the
/// genesis of what was written before.
pub(super) async fn lock<'a>(
    transaction: &DatabaseTransaction,
    tenant: &Tenant,
    keys: &'a AuditKeys,
) -> Result<Chain<'a>, Error> {
    let mut head = locked_head(transaction, tenant).await?;
    if head.is_none() {
        make_head(transaction, tenant).await?;
        head = locked_head(transaction, tenant).await?;
    }
    let nobody = || Error::Word { what: "the audit record's head", word: tenant.to_string() };
    let audit_heads::Model { tenant: _, seq, hash } = head.ok_or_else(nobody)?;
    let hash = if seq == 0 { before(transaction, tenant).await?.genesis } else { hash };
    Ok(Chain { keys, seq, hash })
}

/// Appends to a chain that is locked, and moves its head.
pub(super) async fn append(
    transaction: &DatabaseTransaction,
    tenant: &Tenant,
    mut chain: Chain<'_>,
    entries: &[&AuditEntry],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let doing = Error::doing("append to the audit record");
    for entries in entries.chunks(BATCH) {
        let rows: Vec<_> = entries.iter().map(|it| chain.add(it, ms(now), salt())).collect();
        audit::Entity::insert_many(rows).exec_without_returning(transaction).await.map_err(&doing)?;
    }
    let moved = audit_heads::Entity::update_many()
        .col_expr(audit_heads::Column::Seq, Expr::value(chain.seq))
        .col_expr(audit_heads::Column::Hash, Expr::value(chain.hash))
        .filter(audit_heads::Column::Tenant.eq(tenant.as_str()))
        .exec(transaction)
        .await;
    moved.map(drop).map_err(doing)
}

/// SQLite has no lock of a row and needs none: our transactions there take the database's write lock at once.
async fn locked_head(
    transaction: &DatabaseTransaction,
    tenant: &Tenant,
) -> Result<Option<audit_heads::Model>, Error> {
    let head = audit_heads::Entity::find_by_id(tenant.as_str()).lock_exclusive().one(transaction).await;
    head.map_err(Error::doing("lock the audit record"))
}

async fn make_head(transaction: &DatabaseTransaction, tenant: &Tenant) -> Result<(), Error> {
    let row = audit_heads::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        seq: Set(0),
        hash: Set(String::new()),
    };
    audit_heads::Entity::insert(row)
        .on_conflict_do_nothing_on([audit_heads::Column::Tenant])
        .exec_without_returning(transaction)
        .await
        .map(drop)
        .map_err(Error::doing("begin the audit record"))
}
