//! What the tenant's plan does not have: said once, remembered, and not asked for again.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diff::{Feature, Tenant};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::lacks;
use crate::error::Error;
use crate::open::Store;
use crate::words::ms;

impl Store {
    /// What the tenant's plan is known not to have, as far as that was found out after a moment.
    pub async fn lacks(&self, tenant: &Tenant, after: DateTime<Utc>) -> Result<BTreeSet<Feature>, Error> {
        let rows = lacks::Entity::find()
            .filter(lacks::Column::Tenant.eq(tenant.as_str()))
            .filter(lacks::Column::Since.gt(ms(after)));
        let rows = rows.all(&self.db).await.map_err(Error::doing("read what the tenant's plan lacks"))?;
        let feature = |word: &str| Feature::ALL.into_iter().find(|it| it.word() == word);
        rows.into_iter()
            .map(|it| {
                feature(&it.feature).ok_or(Error::Word { what: "a feature of the tenant", word: it.feature })
            })
            .collect()
    }

    /// Remembers that the tenant's plan does not have it, in Auth0's words. Found out again, it is
    /// known from now on.
    pub async fn note_lack(
        &self,
        tenant: &Tenant,
        feature: Feature,
        refusal: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let row = lacks::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            feature: Set(feature.word().to_owned()),
            refusal: Set(refusal.to_owned()),
            since: Set(ms(now)),
        };
        let again = OnConflict::columns([lacks::Column::Tenant, lacks::Column::Feature])
            .update_columns([lacks::Column::Refusal, lacks::Column::Since])
            .to_owned();
        lacks::Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("store what the tenant's plan lacks"))
    }

    /// Forgets it, so that the next run asks again: the tenant may have another plan by now.
    pub async fn forget_lacks(&self, tenant: &Tenant) -> Result<(), Error> {
        lacks::Entity::delete_many()
            .filter(lacks::Column::Tenant.eq(tenant.as_str()))
            .exec(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("forget what the tenant's plan lacks"))
    }
}
