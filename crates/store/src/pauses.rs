//! Pauses: a person's "not now" to a schedule, which holds for every process and outlives them all.

use chrono::{DateTime, Utc};
use diff::{Approver, Tenant};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::entities::schedules;
use crate::error::{Error, stands_already};
use crate::open::Store;
use crate::words::ms;

/// A schedule that somebody has paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Its name. It need not be in the configuration any more.
    pub schedule: String,
    /// Who.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Pauses the schedule. Tells whether it was not paused already: whoever was first stays the one.
    pub async fn pause(
        &self,
        tenant: &Tenant,
        schedule: &str,
        by: &Approver,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let row = schedules::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            name: Set(schedule.to_owned()),
            paused_by: Set(by.to_string()),
            paused_at: Set(ms(now)),
        };
        match schedules::Entity::insert(row).exec_without_returning(&self.db).await {
            Ok(_) => Ok(true),
            Err(error) if stands_already(&error) => Ok(false),
            Err(error) => Err(Error::doing("pause the schedule")(error)),
        }
    }

    /// Takes the pause back. Tells whether there was one.
    pub async fn resume(&self, tenant: &Tenant, schedule: &str) -> Result<bool, Error> {
        let key = (tenant.as_str().to_owned(), schedule.to_owned());
        let gone = schedules::Entity::delete_by_id(key).exec(&self.db).await;
        Ok(gone.map_err(Error::doing("resume the schedule"))?.rows_affected > 0)
    }

    /// The schedules that somebody has paused, by name.
    pub async fn paused(&self, tenant: &Tenant) -> Result<Vec<Pause>, Error> {
        let rows = schedules::Entity::find()
            .filter(schedules::Column::Tenant.eq(tenant.as_str()))
            .order_by_asc(schedules::Column::Name)
            .all(&self.db)
            .await;
        let pause = |it: schedules::Model| {
            let schedules::Model { tenant: _, name: schedule, paused_by: by, paused_at: at } = it;
            Pause { schedule, by, at }
        };
        Ok(rows.map_err(Error::doing("read which schedules are paused"))?.into_iter().map(pause).collect())
    }
}
