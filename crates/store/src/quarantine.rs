//! Changes that failed when they were tried last, by employee and kind.

use chrono::{DateTime, Utc};
use diff::{EmployeeId, Kind, NextTry, Quarantine, Quarantined, Tally, Tenant, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};
use serde::{Deserialize, Serialize};

use crate::entities::quarantine;
use crate::error::Error;
use crate::open::Store;
use crate::plans::digest;
use crate::words::{BATCH, employee_id, from_json, ms, to_json};

/// Who gave a change up, and why, as it is stored.
#[derive(Serialize, Deserialize)]
struct Dropped {
    by: String,
    why: String,
}

impl Store {
    /// Everything in quarantine.
    pub async fn quarantine(&self, tenant: &Tenant) -> Result<Quarantine, Error> {
        self.read_quarantine(quarantine::Column::Tenant.eq(tenant.as_str()).into()).await
    }

    /// What of one employee is in quarantine.
    pub async fn quarantine_of(&self, tenant: &Tenant, employee: &EmployeeId) -> Result<Quarantine, Error> {
        self.read_quarantine(of_employee(tenant, employee)).await
    }

    async fn read_quarantine(&self, which: Condition) -> Result<Quarantine, Error> {
        let rows = quarantine::Entity::find().filter(which).all(&self.db).await;
        let rows = rows.map_err(Error::doing("read the quarantine"))?;
        rows.into_iter().map(|it| quarantined(it).map(|it| ((it.employee.clone(), it.kind), it))).collect()
    }

    /// Stores what a run makes of the quarantine, all or none.
    pub async fn count_failures(&self, tenant: &Tenant, tally: &Tally) -> Result<(), Error> {
        let Tally { failed, over } = tally;
        let doing = Error::doing("store what failed");
        let transaction = self.begin().await?;
        for it in failed {
            forget(&transaction, tenant, &it.employee, it.kind).await?;
        }
        for failed in failed.chunks(BATCH) {
            let rows = failed.iter().map(|it| row(tenant, it));
            let insert = quarantine::Entity::insert_many(rows);
            insert.exec_without_returning(&transaction).await.map_err(&doing)?;
        }
        for (employee, kind) in over {
            forget(&transaction, tenant, employee, *kind).await?;
        }
        transaction.commit().await.map_err(doing)
    }

    /// Stores when it is tried again, as somebody decided; a failure that a run counts meanwhile stays counted.
    /// Tells whether it is still there.
    pub async fn set_next_try(&self, tenant: &Tenant, quarantined: &Quarantined) -> Result<bool, Error> {
        let Quarantined { employee, kind, next, .. } = quarantined;
        let (next_try_at, dropped_because) = columns(next);
        let set = quarantine::Entity::update_many()
            .col_expr(quarantine::Column::NextTryAt, Expr::value(next_try_at))
            .col_expr(quarantine::Column::DroppedBecause, Expr::value(dropped_because))
            .filter(of_employee(tenant, employee))
            .filter(quarantine::Column::Kind.eq(kind.word()))
            .exec(&self.db)
            .await
            .map_err(Error::doing("store when a change is tried again"))?;
        Ok(set.rows_affected > 0)
    }
}

fn of_employee(tenant: &Tenant, employee: &EmployeeId) -> Condition {
    Condition::all()
        .add(quarantine::Column::Tenant.eq(tenant.as_str()))
        .add(quarantine::Column::Employee.eq(employee.as_str()))
}

async fn forget(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    employee: &EmployeeId,
    kind: Kind,
) -> Result<(), Error> {
    let key = (tenant.as_str().to_owned(), employee.as_str().to_owned(), kind.word().to_owned());
    let doing = Error::doing("take a change out of the quarantine");
    quarantine::Entity::delete_by_id(key).exec(db).await.map(drop).map_err(doing)
}

fn columns(next: &NextTry) -> (Option<DateTime<Utc>>, Option<String>) {
    match next {
        NextTry::At { at } => (Some(ms(*at)), None),
        NextTry::WhenReleased => (None, None),
        NextTry::Dropped { by, why } => (None, Some(to_json(&Dropped { by: by.clone(), why: why.clone() }))),
    }
}

fn row(tenant: &Tenant, quarantined: &Quarantined) -> quarantine::ActiveModel {
    let Quarantined { employee, kind, user, action, failures, first_failed_at, last_failed_at, error, next } =
        quarantined;
    let (next_try_at, dropped_because) = columns(next);
    quarantine::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        employee: Set(employee.as_str().to_owned()),
        kind: Set(kind.word().to_owned()),
        user_id: Set(user.as_ref().map(|it| it.as_str().to_owned())),
        change_digest: Set(action.as_str().to_owned()),
        failures: Set((*failures).into()),
        first_failed_at: Set(ms(*first_failed_at)),
        last_failed_at: Set(ms(*last_failed_at)),
        last_error: Set(error.clone()),
        next_try_at: Set(next_try_at),
        dropped_because: Set(dropped_because),
    }
}

fn quarantined(row: quarantine::Model) -> Result<Quarantined, Error> {
    let quarantine::Model {
        tenant: _,
        employee,
        kind,
        user_id,
        change_digest,
        failures,
        first_failed_at,
        last_failed_at,
        last_error,
        next_try_at,
        dropped_because,
    } = row;
    let next = match (dropped_because, next_try_at) {
        (Some(dropped), _) => {
            let Dropped { by, why } = from_json("why a change was dropped", &dropped)?;
            NextTry::Dropped { by, why }
        }
        (None, Some(at)) => NextTry::At { at },
        (None, None) => NextTry::WhenReleased,
    };
    Ok(Quarantined {
        employee: employee_id(&employee)?,
        kind: kind.parse().map_err(|_| Error::Word { what: "a kind of change", word: kind })?,
        user: user_id.map(UserId::new),
        action: digest(&change_digest)?,
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        first_failed_at,
        last_failed_at,
        error: last_error,
        next,
    })
}
