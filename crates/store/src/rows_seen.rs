//! What was seen of the rows, for quick runs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{Digest, EmployeeId, Left, Seen, Tenant};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::{looks, seen};
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, employee_id, ms};

/// A look at the table that a plan was made from and dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// At the rows that had changed.
    Quick,
    /// At all of them.
    Whole,
}

/// When the table was last looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// By a quick run; none before the first.
    pub quick: Option<DateTime<Utc>>,
    /// By a whole run; none before the first.
    pub whole: Option<DateTime<Utc>>,
}

impl Looks {
    /// The later of the two.
    pub fn last(self) -> Option<DateTime<Utc>> {
        self.quick.max(self.whole)
    }

    /// Whether there was a quick run since the last whole one.
    pub fn is_quick_since(self) -> bool {
        self.quick > self.whole
    }
}

impl Store {
    /// What was seen of each row when a plan last dealt with it.
    pub async fn rows_seen(&self, tenant: &Tenant) -> Result<BTreeMap<EmployeeId, Seen>, Error> {
        let rows = seen::Entity::find().filter(seen::Column::Tenant.eq(tenant.as_str()));
        let rows = rows.all(&self.db).await.map_err(Error::doing("read what was seen of the rows"))?;
        let seen = |it: seen::Model| {
            let fingerprint = Digest::parse(&it.fingerprint)
                .ok_or(Error::Word { what: "a fingerprint", word: it.fingerprint })?;
            Ok((employee_id(&it.employee)?, Seen { fingerprint, left: read(&it.row_left)? }))
        };
        rows.into_iter().map(seen).collect()
    }

    /// Stores what was seen of these rows, and forgets those.
    pub async fn store_rows_seen(
        &self,
        tenant: &Tenant,
        rows: &BTreeMap<EmployeeId, Seen>,
        forgotten: &BTreeSet<EmployeeId>,
    ) -> Result<(), Error> {
        use seen::Column;
        let doing = Error::doing("store what was seen of the rows");
        let transaction = self.begin().await?;
        let forgotten: Vec<&str> = forgotten.iter().map(EmployeeId::as_str).collect();
        for ids in forgotten.chunks(BATCH) {
            seen::Entity::delete_many()
                .filter(Column::Tenant.eq(tenant.as_str()))
                .filter(Column::Employee.is_in(ids.iter().copied()))
                .exec(&transaction)
                .await
                .map_err(&doing)?;
        }
        let rows: Vec<seen::ActiveModel> = rows.iter().map(|(id, it)| row(tenant, id, it)).collect();
        for rows in rows.chunks(BATCH) {
            let known = OnConflict::columns([Column::Tenant, Column::Employee])
                .update_columns([Column::Fingerprint, Column::RowLeft])
                .to_owned();
            seen::Entity::insert_many(rows.to_vec())
                .on_conflict(known)
                .exec_without_returning(&transaction)
                .await
                .map_err(&doing)?;
        }
        transaction.commit().await.map_err(doing)
    }

    /// When the table was last looked at.
    pub async fn looks(&self, tenant: &Tenant) -> Result<Looks, Error> {
        let row = looks::Entity::find_by_id(tenant.as_str()).one(&self.db).await;
        let row = row.map_err(Error::doing("read when the table was looked at"))?;
        Ok(row.map_or_else(Looks::default, |it| Looks { quick: it.quick_at, whole: it.whole_at }))
    }

    /// Remembers a look.
    pub async fn note_look(&self, tenant: &Tenant, look: Look, now: DateTime<Utc>) -> Result<(), Error> {
        use looks::Column;
        let at = |which: Look| (which == look).then(|| ms(now));
        let column = match look {
            Look::Quick => Column::QuickAt,
            Look::Whole => Column::WholeAt,
        };
        let row = looks::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            quick_at: Set(at(Look::Quick)),
            whole_at: Set(at(Look::Whole)),
        };
        let known = OnConflict::column(Column::Tenant).update_column(column).to_owned();
        looks::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("store when the table was looked at"))
    }
}

fn row(tenant: &Tenant, employee: &EmployeeId, it: &Seen) -> seen::ActiveModel {
    let Seen { fingerprint, left } = it;
    seen::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        employee: Set(employee.as_str().to_owned()),
        fingerprint: Set(fingerprint.as_str().to_owned()),
        row_left: Set(word(*left).to_owned()),
    }
}

fn word(left: Left) -> &'static str {
    match left {
        Left::Settled => "settled",
        Left::Waits => "waits",
        Left::Depends => "depends",
    }
}

fn read(text: &str) -> Result<Left, Error> {
    let left = [Left::Settled, Left::Waits, Left::Depends].into_iter().find(|it| word(*it) == text);
    left.ok_or_else(|| Error::Word { what: "how a row was left", word: text.to_owned() })
}
