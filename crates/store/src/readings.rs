//! What readings of the employee table have found: how many rows, and whose are gone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diff::{Absence, Digest, EmployeeId, Scope, Tenant};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::{absent, baselines};
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, employee_id, ms};

impl Store {
    /// How many rows the last good run of the scope read; none before the first. The scope is one that says
    /// which rows are meant and nothing else ([`Scope::of_rows`]).
    pub async fn last_rows(&self, tenant: &Tenant, scope: &Scope) -> Result<Option<usize>, Error> {
        let key = (tenant.as_str().to_owned(), Digest::of(scope).as_str().to_owned());
        let row = baselines::Entity::find_by_id(key).one(&self.db).await;
        let row = row.map_err(Error::doing("read how many rows there were"))?;
        Ok(row.map(|it| usize::try_from(it.source_rows).unwrap_or_default()))
    }

    /// Remembers how many rows a good run of the scope has read.
    pub async fn remember_rows(
        &self,
        tenant: &Tenant,
        scope: &Scope,
        rows: usize,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        use baselines::Column;
        let row = baselines::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            scope_digest: Set(Digest::of(scope).as_str().to_owned()),
            source_rows: Set(i64::try_from(rows).unwrap_or(i64::MAX)),
            read_at: Set(ms(now)),
        };
        let known = OnConflict::columns([Column::Tenant, Column::ScopeDigest])
            .update_columns([Column::SourceRows, Column::ReadAt])
            .to_owned();
        baselines::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("store how many rows there are"))
    }

    /// Linked employees that had no row when the table was last read.
    pub async fn absences(&self, tenant: &Tenant) -> Result<BTreeMap<EmployeeId, Absence>, Error> {
        let rows = absent::Entity::find().filter(absent::Column::Tenant.eq(tenant.as_str()));
        let rows = rows.all(&self.db).await.map_err(Error::doing("read whose row is gone"))?;
        let absence = |it: absent::Model| {
            let readings = u32::try_from(it.readings).unwrap_or(u32::MAX);
            let absence = Absence { readings, since: it.since, counted_at: it.counted_at };
            Ok((employee_id(&it.employee)?, absence))
        };
        rows.into_iter().map(absence).collect()
    }

    /// Stores whose row is gone, in place of whoever was stored: who is not among them is back.
    pub async fn store_absences(
        &self,
        tenant: &Tenant,
        absences: &BTreeMap<EmployeeId, Absence>,
    ) -> Result<(), Error> {
        use absent::Column;
        let doing = Error::doing("store whose row is gone");
        let transaction = self.begin().await?;
        absent::Entity::delete_many()
            .filter(Column::Tenant.eq(tenant.as_str()))
            .exec(&transaction)
            .await
            .map_err(&doing)?;
        let rows: Vec<absent::ActiveModel> = absences.iter().map(|(id, it)| row(tenant, id, it)).collect();
        for rows in rows.chunks(BATCH) {
            // Somebody else may have read the table at the same time; what was stored last stands.
            let twice = OnConflict::columns([Column::Tenant, Column::Employee])
                .update_columns([Column::Readings, Column::Since, Column::CountedAt])
                .to_owned();
            absent::Entity::insert_many(rows.to_vec())
                .on_conflict(twice)
                .exec_without_returning(&transaction)
                .await
                .map_err(&doing)?;
        }
        transaction.commit().await.map_err(doing)
    }
}

fn row(tenant: &Tenant, employee: &EmployeeId, absence: &Absence) -> absent::ActiveModel {
    let Absence { readings, since, counted_at } = absence;
    absent::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        employee: Set(employee.as_str().to_owned()),
        readings: Set(i64::from(*readings)),
        since: Set(ms(*since)),
        counted_at: Set(ms(*counted_at)),
    }
}
