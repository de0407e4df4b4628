//! Ties between employees and users, and whom people said to leave alone.

use chrono::{DateTime, Utc};
use diff::{EmployeeId, Link, Links, Tenant, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::entities::{ignored, links};
use crate::error::Error;
use crate::open::Store;
use crate::words::ms;

/// Rows in one statement, well below every database's bound on values.
pub(crate) const BATCH: usize = 500;
/// Two writers of one tie: the second finds the first's at the next try.
pub(crate) const TRIES: usize = 3;

const EMPLOYEE: &str = "employee";
const USER: &str = "user";

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
    /// All ties of the tenant, and whom to leave alone.
    pub async fn links(&self, tenant: &Tenant) -> Result<Links, Error> {
        let mut links = Links::default();
        for it in self.stored_links(tenant).await? {
            let invited = it.invited_at.is_some() || !it.created_by_us;
            let link = Link { user: it.user, created_by_us: it.created_by_us, invited };
            links.tie(it.employee, link).map_err(Error::Link)?;
        }
        let doing = Error::doing("read whom to leave alone");
        let rows = ignored::Entity::find().filter(ignored::Column::Tenant.eq(tenant.as_str()));
        for ignored::Model { tenant: _, kind, subject, reason, at: _ } in
            rows.all(&self.db).await.map_err(doing)?
        {
            match kind.as_str() {
                EMPLOYEE => drop(links.ignored_employees.insert(employee_id(&subject)?, reason)),
                USER => drop(links.ignored_users.insert(UserId::new(subject), reason)),
                other => return Err(Error::Word { what: "whom to leave alone", word: other.to_owned() }),
            }
        }
        Ok(links)
    }

    /// All ties of the tenant with their dates.
    pub async fn stored_links(&self, tenant: &Tenant) -> Result<Vec<StoredLink>, Error> {
        let rows = links::Entity::find()
            .filter(links::Column::Tenant.eq(tenant.as_str()))
            .order_by_asc(links::Column::Id);
        let rows = rows.all(&self.db).await.map_err(Error::doing("read the links"))?;
        rows.into_iter().map(stored_link).collect()
    }

    /// The employee's tie with its dates.
    pub async fn link_of(&self, tenant: &Tenant, employee: &EmployeeId) -> Result<Option<StoredLink>, Error> {
        let row = links::Entity::find().filter(tie_of(tenant, employee)).one(&self.db).await;
        row.map_err(Error::doing("read a link"))?.map(stored_link).transpose()
    }

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
        let transaction = self.begin().await?;
        for ties in ties.chunks(BATCH) {
            tie_some(&transaction, tenant, ties, ms(now)).await?;
        }
        transaction.commit().await.map_err(Error::doing("store the links"))
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

    /// Leaves the employee alone from now on. A later reason replaces an earlier one.
    pub async fn ignore_employee(
        &self,
        tenant: &Tenant,
        employee: &EmployeeId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.ignore(tenant, EMPLOYEE, employee.as_str(), reason, now).await
    }

    /// Leaves the user alone from now on. A later reason replaces an earlier one.
    pub async fn ignore_user(
        &self,
        tenant: &Tenant,
        user: &UserId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.ignore(tenant, USER, user.as_str(), reason, now).await
    }

    /// Takes [`Self::ignore_employee`] back; tells whether there was anything to take back.
    pub async fn unignore_employee(&self, tenant: &Tenant, employee: &EmployeeId) -> Result<bool, Error> {
        self.unignore(tenant, EMPLOYEE, employee.as_str()).await
    }

    /// Takes [`Self::ignore_user`] back; tells whether there was anything to take back.
    pub async fn unignore_user(&self, tenant: &Tenant, user: &UserId) -> Result<bool, Error> {
        self.unignore(tenant, USER, user.as_str()).await
    }

    async fn ignore(
        &self,
        tenant: &Tenant,
        kind: &str,
        subject: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.unignore(tenant, kind, subject).await?;
        let row = ignored::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            kind: Set(kind.to_owned()),
            subject: Set(subject.to_owned()),
            reason: Set(reason.to_owned()),
            at: Set(ms(now)),
        };
        let doing = Error::doing("store whom to leave alone");
        ignored::Entity::insert(row).exec_without_returning(&self.db).await.map(drop).map_err(doing)
    }

    async fn unignore(&self, tenant: &Tenant, kind: &str, subject: &str) -> Result<bool, Error> {
        let key = (tenant.as_str().to_owned(), kind.to_owned(), subject.to_owned());
        let doing = Error::doing("remove whom to leave alone");
        let removed = ignored::Entity::delete_by_id(key).exec(&self.db).await.map_err(doing)?;
        Ok(removed.rows_affected > 0)
    }
}

/// What is stored about any of them is read first: the core says what contradicts what.
async fn tie_some(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    ties: &[Tie],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let doing = Error::doing("store the links");
    let either = Condition::any()
        .add(links::Column::Employee.is_in(ties.iter().map(|it| it.employee.as_str())))
        .add(links::Column::UserId.is_in(ties.iter().map(|it| it.link.user.as_str())));
    let stored = links::Entity::find().filter(links::Column::Tenant.eq(tenant.as_str())).filter(either);
    let stored = stored.all(db).await.map_err(&doing)?;
    let mut known = Links::default();
    for it in &stored {
        let link = Link { user: UserId::new(&it.user_id), created_by_us: it.created_by_us, invited: true };
        known.tie(employee_id(&it.employee)?, link).map_err(Error::Link)?;
    }
    let mut fresh = Vec::new();
    for tie in ties {
        let again = known.of(&tie.employee).is_some();
        known.tie(tie.employee.clone(), tie.link.clone()).map_err(Error::Link)?;
        match stored.iter().find(|it| it.employee == tie.employee.as_str()) {
            Some(row) => complete(db, row, tie, now).await?,
            None if again => {}
            None => fresh.push(row(tenant, tie, now)),
        }
    }
    if !fresh.is_empty() {
        links::Entity::insert_many(fresh).exec_without_returning(db).await.map_err(doing)?;
    }
    Ok(())
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

fn tie_of(tenant: &Tenant, employee: &EmployeeId) -> Condition {
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

/// We only store ids that were parsed, so another one was put there by somebody else.
pub(crate) fn employee_id(text: &str) -> Result<EmployeeId, Error> {
    EmployeeId::parse(text).map_err(|_| Error::Word { what: "an employee id", word: text.to_owned() })
}
