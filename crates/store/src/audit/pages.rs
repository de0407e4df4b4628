//! Reading the record, page by page: it may be longer than the memory.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::{AuditFilter, AuditRow, audit_row};
use crate::entities::audit;
use crate::error::Error;
use crate::open::Store;
use crate::words::BATCH;

/// The entries that a filter lets through, the oldest first, as a story is told.
#[derive(Debug)]
pub struct AuditPages<'a> {
    store: &'a Store,
    filter: AuditFilter,
    /// The next page begins here or later.
    from: i64,
    left: u64,
}

impl Store {
    /// The newest entries that the filter lets through, the oldest of them first.
    pub async fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, Error> {
        let mut pages = self.audit_pages(filter).await?;
        let mut entries = Vec::new();
        while let Some(page) = pages.next().await? {
            entries.extend(page);
        }
        Ok(entries)
    }

    /// The same, page by page.
    pub async fn audit_pages(&self, filter: &AuditFilter) -> Result<AuditPages<'_>, Error> {
        let left = filter.limit.unwrap_or(u64::MAX);
        let from = match filter.limit {
            None => Some(i64::MIN),
            Some(0) => None,
            Some(limit) => self.nth_newest(filter, limit).await?.or(Some(i64::MIN)),
        };
        let (from, left) = from.map_or((i64::MAX, 0), |it| (it, left));
        Ok(AuditPages { store: self, filter: filter.clone(), from, left })
    }

    /// Where the newest so many begin; none where there are fewer.
    async fn nth_newest(&self, filter: &AuditFilter, n: u64) -> Result<Option<i64>, Error> {
        let id = select(filter)
            .select_only()
            .column(audit::Column::Id)
            .order_by_desc(audit::Column::Id)
            .offset(n - 1)
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.db)
            .await;
        id.map_err(Error::doing("read the audit record"))
    }
}

impl AuditPages<'_> {
    /// The next entries, a bounded number of them; none at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<AuditRow>>, Error> {
        let size = self.left.min(BATCH as u64);
        if size == 0 {
            return Ok(None);
        }
        let rows = select(&self.filter)
            .filter(audit::Column::Id.gte(self.from))
            .order_by_asc(audit::Column::Id)
            .limit(size)
            .all(&self.store.db)
            .await
            .map_err(Error::doing("read the audit record"))?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.from = last.id + 1;
        self.left -= rows.len() as u64;
        rows.into_iter().map(audit_row).collect::<Result<_, _>>().map(Some)
    }
}

fn select(filter: &AuditFilter) -> Select<audit::Entity> {
    let AuditFilter { employee, user, plan, run, event, since, until, before, limit: _ } = filter;
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
    if let Some(it) = event {
        query = query.filter(audit::Column::Event.eq(it.as_str()));
    }
    if let Some(it) = since {
        query = query.filter(audit::Column::At.gte(*it));
    }
    if let Some(it) = until {
        query = query.filter(audit::Column::At.lte(*it));
    }
    if let Some(it) = before {
        query = query.filter(audit::Column::Id.lt(*it));
    }
    query
}
