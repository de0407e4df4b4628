//! Blocks that were begun and are not known to be whole.
//!
//! A block is several calls: the user alone shows whether the first was done, and nothing in Auth0
//! shows that sessions were to be ended and were not. So it is remembered here until all are done.

use std::collections::BTreeSet;

use diff::{EmployeeId, Tenant};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::entities::blocks_due;
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, employee_id};

impl Store {
    /// Remembers, before the first call, whose blocks are begun.
    pub async fn begin_blocks(&self, tenant: &Tenant, employees: &[EmployeeId]) -> Result<(), Error> {
        let doing = Error::doing("remember whose block is begun");
        let transaction = self.begin().await?;
        for employees in employees.chunks(BATCH) {
            forget(&transaction, tenant, employees).await?;
            let rows = employees.iter().map(|it| blocks_due::ActiveModel {
                tenant: Set(tenant.as_str().to_owned()),
                employee: Set(it.as_str().to_owned()),
            });
            blocks_due::Entity::insert_many(rows)
                .exec_without_returning(&transaction)
                .await
                .map_err(&doing)?;
        }
        transaction.commit().await.map_err(doing)
    }

    /// Forgets them: all of their calls are done.
    pub async fn end_blocks(&self, tenant: &Tenant, employees: &[EmployeeId]) -> Result<(), Error> {
        for employees in employees.chunks(BATCH) {
            forget(&self.db, tenant, employees).await?;
        }
        Ok(())
    }

    /// Whose blocks are begun and not known to be whole.
    pub async fn blocks_due(&self, tenant: &Tenant) -> Result<BTreeSet<EmployeeId>, Error> {
        let rows = blocks_due::Entity::find().filter(blocks_due::Column::Tenant.eq(tenant.as_str()));
        let rows = rows.all(&self.db).await.map_err(Error::doing("read whose block is begun"))?;
        rows.iter().map(|it| employee_id(&it.employee)).collect()
    }
}

async fn forget(db: &impl ConnectionTrait, tenant: &Tenant, employees: &[EmployeeId]) -> Result<(), Error> {
    let ids = employees.iter().map(EmployeeId::as_str);
    blocks_due::Entity::delete_many()
        .filter(blocks_due::Column::Tenant.eq(tenant.as_str()))
        .filter(blocks_due::Column::Employee.is_in(ids))
        .exec(db)
        .await
        .map(drop)
        .map_err(Error::doing("forget whose block is whole"))
}
