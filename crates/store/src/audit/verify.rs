//! Whether the record is whole: every entry of every tenant, read once.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use diff::Tenant;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::AuditHead;
use super::before::before;
use super::fault::{ChainFault, FaultKind};
use super::walk::{Last, Walk};
use crate::entities::{audit, audit_heads};
use crate::error::Error;
use crate::open::Store;
use crate::words::BATCH;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// The key that was given for new entries, if any.
    pub key_id: Option<String>,
    /// A chain for each tenant, by name.
    pub chains: Vec<ChainReport>,
    /// Heads that were noted elsewhere and are in no chain.
    pub lost: Vec<LostHead>,
}

/// One tenant's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose.
    pub tenant: Tenant,
    /// Entries with a number.
    pub entries: u64,
    /// Entries from before there was a chain. The first entry covers them.
    pub before_chain: u64,
    /// When the first was made.
    pub first_at: Option<DateTime<Utc>>,
    /// When the last was made.
    pub last_at: Option<DateTime<Utc>>,
    /// Bodies that were erased, and whose erasure is on record.
    pub erased: u64,
    /// Which keys the entries were made with, in their order.
    pub keys: Vec<KeySpan>,
    /// The last entry, to be noted elsewhere.
    pub head: Option<AuditHead>,
    /// What does not fit, by number.
    pub faults: Vec<ChainFault>,
    /// So many more, which are not told.
    pub more_faults: u64,
    /// Entries with an older key than those before them, or none, which the noted head vouches for.
    pub vouched: Vec<ChainFault>,
}

/// Neighbours that were made with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpan {
    /// Which; none where there was none.
    pub key_id: Option<String>,
    /// The first of them.
    pub first: i64,
    /// How many.
    pub entries: u64,
}

/// A head that was noted elsewhere and is not in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostHead {
    /// The head.
    pub head: AuditHead,
    /// Whether a chain has an entry with this number, and so another one than was noted; else the record
    /// was cut off before it.
    pub rewritten: bool,
}

impl Store {
    /// Reads every entry and tells what does not fit. Entries that are appended meanwhile are read too. Each of
    /// `noted` is a head that was noted elsewhere and must be in one of the chains; it vouches for whatever
    /// key the entries up to it were made with.
    pub async fn verify_audit(&self, noted: &[AuditHead]) -> Result<AuditVerdict, Error> {
        let mut chains = Vec::new();
        let mut found = BTreeSet::new();
        for tenant in self.audited_tenants().await? {
            chains.push(self.verify_chain(tenant, noted, &mut found).await?);
        }
        let reaches = |seq: i64| chains.iter().any(|it| it.head.as_ref().is_some_and(|it| it.seq >= seq));
        let lost = noted.iter().filter(|it| !found.contains(*it));
        let lost = lost.map(|it| LostHead { head: it.clone(), rewritten: reaches(it.seq) }).collect();
        Ok(AuditVerdict { key_id: self.audit_keys.id().map(str::to_owned), chains, lost })
    }

    /// The newest entry, to be noted elsewhere; none before the first.
    pub async fn newest_audit_head(&self, tenant: &Tenant) -> Result<Option<AuditHead>, Error> {
        let head = self.audit_head(tenant).await?.filter(|it| it.seq > 0);
        Ok(head.map(|it| AuditHead { seq: it.seq, hash: it.hash }))
    }

    /// Whoever has a chain, or entries from before there was one.
    pub(super) async fn audited_tenants(&self) -> Result<BTreeSet<Tenant>, Error> {
        let doing = Error::doing("read whose audit records there are");
        let of_entries = audit::Entity::find().select_only().column(audit::Column::Tenant).distinct();
        let of_entries: Vec<String> = of_entries.into_tuple().all(&self.db).await.map_err(&doing)?;
        let of_heads = audit_heads::Entity::find().select_only().column(audit_heads::Column::Tenant);
        let of_heads: Vec<String> = of_heads.into_tuple().all(&self.db).await.map_err(doing)?;
        Ok(of_entries.into_iter().chain(of_heads).map(Tenant::new).collect())
    }

    async fn verify_chain(
        &self,
        tenant: Tenant,
        noted: &[AuditHead],
        found: &mut BTreeSet<AuditHead>,
    ) -> Result<ChainReport, Error> {
        let before = before(&self.db, &tenant).await?;
        let before_chain = before.count;
        let longest = self.audit_head(&tenant).await?.map_or(0, |it| it.seq);
        let mut walk = Walk::new(&self.audit_keys, before, longest);
        let (mut after, mut vouched_to) = (i64::MIN, 0);
        let head = loop {
            let rows = self.numbered(&tenant, after).await?;
            for row in &rows {
                walk.take(row);
                let head = walk.last().map(Last::head);
                if let Some(head) = head.filter(|it| noted.contains(it)) {
                    vouched_to = head.seq;
                    found.insert(head);
                }
            }
            if let Some(last) = rows.last() {
                after = last.seq.unwrap_or(after);
                continue;
            }
            let head = self.audit_head(&tenant).await?;
            // The head moves together with the entries: those that it names are there by now, if ever.
            let grew = head.as_ref().is_some_and(|it| it.seq > walk.seq());
            if !grew || self.numbered(&tenant, after).await?.is_empty() {
                break head;
            }
        };
        walk.end(head.as_ref());
        let (vouched, faults) = walk
            .faults
            .iter()
            .cloned()
            .partition(|it| matches!(it.kind, FaultKind::Downgraded { .. }) && it.last <= vouched_to);
        Ok(ChainReport {
            entries: walk.entries,
            before_chain,
            first_at: walk.first_at,
            last_at: walk.last().map(|it| it.at),
            erased: walk.erased(),
            head: walk.last().map(Last::head),
            faults,
            more_faults: walk.more_faults,
            vouched,
            keys: walk.spans,
            tenant,
        })
    }

    /// The key of the newest entry, where it is none of those that were given.
    pub async fn unknown_audit_key(&self, tenant: &Tenant) -> Result<Option<String>, Error> {
        let key = audit::Entity::find()
            .select_only()
            .column(audit::Column::KeyId)
            .filter(audit::Column::Tenant.eq(tenant.as_str()))
            .filter(audit::Column::Seq.is_not_null())
            .order_by_desc(audit::Column::Seq)
            .limit(1)
            .into_tuple::<Option<String>>()
            .one(&self.db)
            .await;
        let key = key.map_err(Error::doing("read the audit record"))?.flatten();
        Ok(key.filter(|it| self.audit_keys.age(Some(it)).is_none()))
    }

    async fn audit_head(&self, tenant: &Tenant) -> Result<Option<audit_heads::Model>, Error> {
        let head = audit_heads::Entity::find_by_id(tenant.as_str()).one(&self.db).await;
        head.map_err(Error::doing("read the audit record's head"))
    }

    async fn numbered(&self, tenant: &Tenant, after: i64) -> Result<Vec<audit::Model>, Error> {
        let rows = audit::Entity::find()
            .filter(audit::Column::Tenant.eq(tenant.as_str()))
            .filter(audit::Column::Seq.gt(after))
            .order_by_asc(audit::Column::Seq)
            .limit(BATCH as u64);
        rows.all(&self.db).await.map_err(Error::doing("read the audit record"))
    }
}

impl AuditVerdict {
    /// Whether nothing was found that does not fit.
    pub fn is_whole(&self) -> bool {
        self.lost.is_empty() && self.chains.iter().all(ChainReport::is_whole)
    }
}

impl ChainReport {
    /// Whether nothing was found that does not fit.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.more_faults == 0
    }
}

impl fmt::Display for LostHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, rewritten } = self;
        let seq = head.seq;
        if *rewritten {
            write!(
                f,
                "entry {seq} has another hash than was noted: the record was rewritten, at {seq} or before"
            )
        } else {
            write!(
                f,
                "entry {seq}, which was noted, is not there: the record was cut off, or set back to a copy"
            )
        }
    }
}
