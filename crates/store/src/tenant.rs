//! The binding of a store to its tenant, so that staging data never drives production.

use chrono::{DateTime, Utc};
use diff::Tenant;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::tenant;
use crate::error::Error;
use crate::open::Store;
use crate::words::ms;

/// There is one binding, so it has one key.
const ONLY: i64 = 1;

impl Store {
    /// The tenant that the store is bound to, if any.
    pub async fn bound_tenant(&self) -> Result<Option<Tenant>, Error> {
        let doing = Error::doing("read which tenant the store is bound to");
        let row = tenant::Entity::find_by_id(ONLY).one(&self.db).await.map_err(doing)?;
        Ok(row.map(|it| Tenant::new(it.tenant)))
    }

    /// Binds the store to the tenant; bound to it already is no error. Of two at once, one wins and
    /// the other is refused like anybody later.
    pub async fn bind(&self, tenant: &Tenant, now: DateTime<Utc>) -> Result<(), Error> {
        let row = tenant::ActiveModel {
            id: Set(ONLY),
            tenant: Set(tenant.as_str().to_owned()),
            bound_at: Set(ms(now)),
        };
        tenant::Entity::insert(row)
            .on_conflict_do_nothing_on([tenant::Column::Id])
            .exec_without_returning(&self.db)
            .await
            .map_err(Error::doing("bind the store to its tenant"))?;
        self.check_tenant(tenant).await
    }

    /// Refuses any other tenant than the bound one. An unbound store takes all.
    pub async fn check_tenant(&self, asked: &Tenant) -> Result<(), Error> {
        match self.bound_tenant().await? {
            Some(bound) if bound != *asked => Err(Error::BoundTo { bound, asked: asked.clone() }),
            Some(_) | None => Ok(()),
        }
    }

    /// Unbinds the store; the name must be that of the bound tenant.
    pub async fn unbind(&self, tenant: &Tenant) -> Result<(), Error> {
        let unbound = tenant::Entity::delete_many()
            .filter(tenant::Column::Tenant.eq(tenant.as_str()))
            .exec(&self.db)
            .await
            .map_err(Error::doing("unbind the store from its tenant"))?;
        if unbound.rows_affected == 0 {
            return Err(Error::NotBound { bound: self.bound_tenant().await?, asked: tenant.clone() });
        }
        Ok(())
    }
}
