//! Ties between employees and users, as they are stored: read, marked, moved, removed.

use chrono::{DateTime, Utc};
use diff::{EmployeeId, Link, Links, Tenant, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};

use crate::entities::links;
use crate::error::Error;
use crate::open::Store;
use crate::words::{BATCH, employee_id, ms};

/// A tie as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLink {
    /// The employee.
    pub employee: EmployeeId,
    /// The user.
    pub user: UserId,
    /// Whether Rollcall made the user.
    pub created_by_us: bool,
    /// When Auth0 made the account, where that is known.
    pub created_at: Option<DateTime<Utc>>,
    /// When the two were tied.
    pub linked_at: DateTime<Utc>,
    /// When the invitation was sent, or found not to be owed.
    pub invited_at: Option<DateTime<Utc>>,
    /// When a listing last had the user.
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl Store {
    /// All ties of the tenant, whom to leave alone, and whose block is not known to be whole.
    pub async fn links(&self, tenant: &Tenant) -> Result<Links, Error> {
        let ties = links::Entity::find().filter(links::Column::Tenant.eq(tenant.as_str()));
        let ties = ties.all(&self.db).await.map_err(Error::doing("read the links"))?;
        self.links_of(tenant, ties).await
    }

    /// These ties, and what was said by hand of anybody.
    pub(crate) async fn links_of(&self, tenant: &Tenant, ties: Vec<links::Model>) -> Result<Links, Error> {
        let mut links = Links::default();
        for it in ties {
            let it = stored_link(it)?;
            let invited = it.invited_at.is_some() || !it.created_by_us;
            let link = Link { user: it.user, created_by_us: it.created_by_us, invited };
            links.tie(it.employee, link).map_err(Error::Link)?;
        }
        self.read_ignored(tenant, &mut links).await?;
        links.unfinished_blocks = self.blocks_due(tenant).await?;
        Ok(links)
    }

    /// The ties of these employees with their dates.
    pub async fn stored_links_of(
        &self,
        tenant: &Tenant,
        employees: &[&EmployeeId],
    ) -> Result<Vec<StoredLink>, Error> {
        let mut links = Vec::with_capacity(employees.len());
        for some in employees.chunks(BATCH) {
            let rows = links::Entity::find()
                .filter(links::Column::Tenant.eq(tenant.as_str()))
                .filter(links::Column::Employee.is_in(some.iter().map(|it| it.as_str())));
            links.extend(rows.all(&self.db).await.map_err(Error::doing("read the links"))?);
        }
        links.into_iter().map(stored_link).collect()
    }

    /// The employee's tie with its dates.
    pub async fn link_of(&self, tenant: &Tenant, employee: &EmployeeId) -> Result<Option<StoredLink>, Error> {
        let row = links::Entity::find().filter(tie_of(tenant, employee)).one(&self.db).await;
        row.map_err(Error::doing("read a link"))?.map(stored_link).transpose()
    }

    /// Unties the employee, and tells from whom.
    pub async fn untie(&self, tenant: &Tenant, employee: &EmployeeId) -> Result<Option<UserId>, Error> {
        let Some(link) = self.link_of(tenant, employee).await? else { return Ok(None) };
        let doing = Error::doing("remove a link");
        links::Entity::delete_many().filter(tie_of(tenant, employee)).exec(&self.db).await.map_err(doing)?;
        Ok(Some(link.user))
    }

    /// The user of a former row is the employee's from now on: one UPDATE, so that the user is never nobody's.
    pub async fn relink(
        &self,
        tenant: &Tenant,
        user: &UserId,
        from: &EmployeeId,
        to: &EmployeeId,
    ) -> Result<(), Error> {
        if let Some(other) = self.link_of(tenant, to).await? {
            let taken = diff::LinkError::EmployeeTaken { employee: to.clone(), user: other.user.clone() };
            return if other.user == *user { Ok(()) } else { Err(Error::Link(taken)) };
        }
        let moved = links::Entity::update_many()
            .col_expr(links::Column::Employee, Expr::value(to.as_str()))
            .filter(tie_of(tenant, from))
            .filter(links::Column::UserId.eq(user.as_str()))
            .exec(&self.db)
            .await
            .map_err(Error::doing("move a link"))?;
        if moved.rows_affected == 0 {
            return Err(Error::NoLink { employee: from.clone(), user: user.clone() });
        }
        Ok(())
    }

    /// The invitation was sent. The first date stays.
    pub async fn mark_invited(
        &self,
        tenant: &Tenant,
        employee: &EmployeeId,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        links::Entity::update_many()
            .col_expr(links::Column::InvitedAt, Expr::value(ms(now)))
            .filter(tie_of(tenant, employee))
            .filter(links::Column::InvitedAt.is_null())
            .exec(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("store that an invitation was sent"))
    }

    /// A listing had these users.
    pub async fn seen(&self, tenant: &Tenant, users: &[UserId], now: DateTime<Utc>) -> Result<(), Error> {
        let transaction = self.begin().await?;
        let doing = Error::doing("store which users were seen");
        for users in users.chunks(BATCH) {
            links::Entity::update_many()
                .col_expr(links::Column::LastSeenAt, Expr::value(ms(now)))
                .filter(links::Column::Tenant.eq(tenant.as_str()))
                .filter(links::Column::UserId.is_in(users.iter().map(UserId::as_str)))
                .exec(&transaction)
                .await
                .map_err(&doing)?;
        }
        transaction.commit().await.map_err(doing)
    }
}

pub(crate) fn tie_of(tenant: &Tenant, employee: &EmployeeId) -> Condition {
    Condition::all()
        .add(links::Column::Tenant.eq(tenant.as_str()))
        .add(links::Column::Employee.eq(employee.as_str()))
}

fn stored_link(row: links::Model) -> Result<StoredLink, Error> {
    let links::Model {
        id: _,
        tenant: _,
        employee,
        user_id,
        created_by_us,
        created_at,
        linked_at,
        invited_at,
        last_seen_at,
    } = row;
    let employee = employee_id(&employee)?;
    let user = UserId::new(user_id);
    Ok(StoredLink { employee, user, created_by_us, created_at, linked_at, invited_at, last_seen_at })
}
