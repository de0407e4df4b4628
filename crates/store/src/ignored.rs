//! Whom people said to leave alone, and why.

use chrono::{DateTime, Utc};
use diff::{EmployeeId, Links, Tenant, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::ignored;
use crate::error::Error;
use crate::open::Store;
use crate::words::{employee_id, ms};

const EMPLOYEE: &str = "employee";
const USER: &str = "user";

impl Store {
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

    /// Adds to the links whom to leave alone.
    pub(crate) async fn read_ignored(&self, tenant: &Tenant, links: &mut Links) -> Result<(), Error> {
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
        Ok(())
    }
}
