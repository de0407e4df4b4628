//! New ties: all or none, and never a second one of either end.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diff::{EmployeeId, Link, Links, Tenant, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};

use crate::entities::links;
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, TRIES, employee_id, ms};

/// A tie to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The employee.
    pub employee: EmployeeId,
    /// The user, and what is known about it.
    pub link: Link,
    /// When Auth0 made the account, where that is known.
    pub created_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Ties the two. The same tie again is no error and loses nothing that was known.
    pub async fn tie(&self, tenant: &Tenant, tie: Tie, now: DateTime<Utc>) -> Result<(), Error> {
        self.tie_all(tenant, &[tie], now).await
    }

    /// Ties them all, or none.
    pub async fn tie_all(&self, tenant: &Tenant, ties: &[Tie], now: DateTime<Utc>) -> Result<(), Error> {
        for _ in 1..TRIES {
            match self.try_tie_all(tenant, ties, now).await {
                Err(error) if error.may_pass() => {}
                other => return other,
            }
        }
        self.try_tie_all(tenant, ties, now).await
    }

    async fn try_tie_all(&self, tenant: &Tenant, ties: &[Tie], now: DateTime<Utc>) -> Result<(), Error> {
        let doing = Error::doing("store the links");
        let transaction = self.begin().await?;
        let stored = stored_about(&transaction, tenant, ties).await?;
        let Sorted { fresh, again } = sort(&stored, ties)?;
        for rows in fresh.chunks(BATCH) {
            let rows = rows.iter().map(|it| row(tenant, it, ms(now)));
            links::Entity::insert_many(rows).exec_without_returning(&transaction).await.map_err(&doing)?;
        }
        for (row, tie) in again {
            complete(&transaction, row, tie, ms(now)).await?;
        }
        transaction.commit().await.map_err(doing)
    }
}

/// What is stored about any of the two ends. For many it is cheaper to read all there is.
async fn stored_about(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    ties: &[Tie],
) -> Result<Vec<links::Model>, Error> {
    let doing = Error::doing("read the links");
    let of_tenant = || links::Entity::find().filter(links::Column::Tenant.eq(tenant.as_str()));
    if ties.len() > BATCH {
        return of_tenant().all(db).await.map_err(doing);
    }
    let employees = ties.iter().map(|it| it.employee.as_str());
    let users = ties.iter().map(|it| it.link.user.as_str());
    // Two queries, because an OR of the two would read the whole table on PostgreSQL.
    let mut stored =
        of_tenant().filter(links::Column::Employee.is_in(employees)).all(db).await.map_err(&doing)?;
    let by_user = of_tenant().filter(links::Column::UserId.is_in(users)).all(db).await.map_err(doing)?;
    stored.extend(by_user);
    Ok(stored)
}

/// Ties to be inserted, and ties that are stored already.
struct Sorted<'a> {
    fresh: Vec<&'a Tie>,
    again: Vec<(&'a links::Model, &'a Tie)>,
}

/// The core says what contradicts what.
fn sort<'a>(stored: &'a [links::Model], ties: &'a [Tie]) -> Result<Sorted<'a>, Error> {
    let mut known = Links::default();
    let mut rows = HashMap::new();
    for it in stored {
        let link =
            Link { user: UserId::new(it.user_id.as_str()), created_by_us: it.created_by_us, invited: true };
        known.tie(employee_id(&it.employee)?, link).map_err(Error::Link)?;
        rows.insert(it.employee.as_str(), it);
    }
    let mut sorted = Sorted { fresh: Vec::new(), again: Vec::new() };
    for tie in ties {
        let twice = known.of(&tie.employee).is_some();
        known.tie(tie.employee.clone(), tie.link.clone()).map_err(Error::Link)?;
        match rows.get(tie.employee.as_str()) {
            Some(row) => sorted.again.push((row, tie)),
            None if twice => {}
            None => sorted.fresh.push(tie),
        }
    }
    Ok(sorted)
}

fn row(tenant: &Tenant, tie: &Tie, now: DateTime<Utc>) -> links::ActiveModel {
    let Tie { employee, link: Link { user, created_by_us, invited }, created_at } = tie;
    links::ActiveModel {
        id: NotSet,
        tenant: Set(tenant.as_str().to_owned()),
        employee: Set(employee.as_str().to_owned()),
        user_id: Set(user.as_str().to_owned()),
        created_by_us: Set(*created_by_us),
        created_at: Set(created_at.map(ms)),
        linked_at: Set(now),
        invited_at: Set((*created_by_us && *invited).then_some(now)),
        last_seen_at: Set(None),
    }
}

/// The same tie again adds what was not known.
async fn complete(
    db: &impl ConnectionTrait,
    row: &links::Model,
    tie: &Tie,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Tie { employee: _, link: Link { user: _, created_by_us, invited }, created_at } = tie;
    let by_us = row.created_by_us || *created_by_us;
    let created_at = row.created_at.or(created_at.map(ms));
    let invited_at = row.invited_at.or((*created_by_us && *invited).then_some(now));
    if (by_us, created_at, invited_at) == (row.created_by_us, row.created_at, row.invited_at) {
        return Ok(());
    }
    links::Entity::update_many()
        .col_expr(links::Column::CreatedByUs, Expr::value(by_us))
        .col_expr(links::Column::CreatedAt, Expr::value(created_at))
        .col_expr(links::Column::InvitedAt, Expr::value(invited_at))
        .filter(links::Column::Id.eq(row.id))
        .exec(db)
        .await
        .map(drop)
        .map_err(Error::doing("store a link"))
}
