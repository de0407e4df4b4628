//! What people decide by hand where matching does not guess. Each is audited; none calls for a write
//! in Auth0: the next plan shows what follows from it.

use diff::{Approver, EmployeeId, Link, UserId};
use serde_json::json;
use store::{SyncStatus, Tie, WriteBack};

use crate::Engine;
use crate::audit::About;
use crate::error::ReadError;
use crate::mirror::created_at;

/// Why something could not be done by hand.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The tenant.
    #[error("could not look the user up")]
    Auth0(#[from] auth0::Error),
    /// One of the two sides could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No such row.
    #[error("there is no employee {0} in the table")]
    NoEmployee(EmployeeId),
    /// No such user.
    #[error("there is no user {0} in Auth0")]
    NoUser(UserId),
    /// Nothing to undo.
    #[error("employee {0} has no link")]
    NoLink(EmployeeId),
    /// The source says it, and we cannot write there.
    #[error(
        "the column auth0_user_id of employee {employee} names {user} and cannot be written: clear it there first"
    )]
    ColumnStays {
        /// The employee.
        employee: EmployeeId,
        /// The user.
        user: UserId,
    },
    /// The linked user exists.
    #[error("{user}, the user of employee {employee}, exists: there is nothing to make anew")]
    UserExists {
        /// The employee.
        employee: EmployeeId,
        /// Its user.
        user: UserId,
    },
}

impl Engine {
    /// Ties an employee to a user. A user of somebody who left is taken over from that row.
    ///
    /// # Errors
    /// Either end does not exist, or is tied to another.
    pub async fn link(&self, employee: &EmployeeId, user: &UserId, by: &Approver) -> Result<(), HandError> {
        self.bind().await?;
        self.check_employee(employee).await?;
        let found = self.auth0.user(user).await?.ok_or_else(|| HandError::NoUser(user.clone()))?;
        let links = self.store.links(self.tenant()).await?;
        match links.owner(user).filter(|it| *it != employee) {
            Some(owner) if links.of(employee).is_none() && self.has_left(owner).await? => {
                self.store.relink(self.tenant(), user, owner, employee).await?;
            }
            Some(_) | None => {
                let link = Link { user: user.clone(), created_by_us: false, invited: true };
                let tie = Tie { employee: employee.clone(), link, created_at: created_at(&found) };
                self.store.tie(self.tenant(), tie, self.now()).await?;
            }
        }
        self.record(by, "employee_linked", About::employee(employee).with_user(user)).await?;
        Ok(())
    }

    /// Unties an employee from its user. The user stays as it is.
    ///
    /// # Errors
    /// There is no link.
    pub async fn unlink(&self, employee: &EmployeeId, by: &Approver) -> Result<UserId, HandError> {
        self.bind().await?;
        let link = self.link_of(employee).await?;
        self.untie(employee, &link.user, by).await?;
        Ok(link.user)
    }

    /// Unties an employee from a user that does not exist any more, so that the next plan makes one.
    ///
    /// # Errors
    /// There is no link, or its user exists.
    pub async fn recreate(&self, employee: &EmployeeId, by: &Approver) -> Result<UserId, HandError> {
        self.bind().await?;
        let link = self.link_of(employee).await?;
        if self.auth0.user(&link.user).await?.is_some() {
            return Err(HandError::UserExists { employee: employee.clone(), user: link.user });
        }
        self.untie(employee, &link.user, by).await?;
        Ok(link.user)
    }

    /// Leaves an employee alone until told otherwise.
    ///
    /// # Errors
    /// No such row.
    pub async fn ignore_employee(
        &self,
        employee: &EmployeeId,
        why: &str,
        by: &Approver,
    ) -> Result<(), HandError> {
        self.check_employee(employee).await?;
        self.store.ignore_employee(self.tenant(), employee, why, self.now()).await?;
        self.record(by, "employee_ignored", About::employee(employee).with(json!({ "reason": why }))).await?;
        Ok(())
    }

    /// Leaves a user alone until told otherwise.
    ///
    /// # Errors
    /// No such user.
    pub async fn ignore_user(&self, user: &UserId, why: &str, by: &Approver) -> Result<(), HandError> {
        if self.auth0.user(user).await?.is_none() {
            return Err(HandError::NoUser(user.clone()));
        }
        self.store.ignore_user(self.tenant(), user, why, self.now()).await?;
        self.record(by, "user_ignored", About::user(user).with(json!({ "reason": why }))).await?;
        Ok(())
    }

    /// Ends [`Self::ignore_employee`]. Tells whether it was ignored.
    ///
    /// # Errors
    /// The database.
    pub async fn heed_employee(&self, employee: &EmployeeId, by: &Approver) -> Result<bool, HandError> {
        let was = self.store.unignore_employee(self.tenant(), employee).await?;
        self.record(by, "employee_heeded", About::employee(employee)).await?;
        Ok(was)
    }

    /// Ends [`Self::ignore_user`]. Tells whether it was ignored.
    ///
    /// # Errors
    /// The database.
    pub async fn heed_user(&self, user: &UserId, by: &Approver) -> Result<bool, HandError> {
        let was = self.store.unignore_user(self.tenant(), user).await?;
        self.record(by, "user_heeded", About::user(user)).await?;
        Ok(was)
    }

    async fn untie(&self, employee: &EmployeeId, user: &UserId, by: &Approver) -> Result<(), HandError> {
        self.take_apart(employee, user).await?;
        self.record(by, "employee_unlinked", About::employee(employee).with_user(user)).await?;
        Ok(())
    }

    /// Unties, and clears the write-back columns before: a link that stands there would be taken over again.
    ///
    /// # Errors
    /// The column names the user and cannot be written; then the link stays as well.
    pub(crate) async fn take_apart(&self, employee: &EmployeeId, user: &UserId) -> Result<(), HandError> {
        let none = WriteBack {
            employee: employee.clone(),
            user: None,
            created_at: None,
            status: SyncStatus::Pending,
        };
        self.store.write_back(&[none]).await?;
        let row = self.store.employee(employee).await?;
        if row.is_some_and(|it| it.written_back.as_ref() == Some(user)) {
            return Err(HandError::ColumnStays { employee: employee.clone(), user: user.clone() });
        }
        self.store.untie(self.tenant(), employee).await?;
        Ok(())
    }

    async fn link_of(&self, employee: &EmployeeId) -> Result<Link, HandError> {
        let links = self.store.links(self.tenant()).await?;
        links.of(employee).cloned().ok_or_else(|| HandError::NoLink(employee.clone()))
    }

    async fn check_employee(&self, employee: &EmployeeId) -> Result<(), HandError> {
        match self.store.employee(employee).await? {
            Some(_) => Ok(()),
            None => Err(HandError::NoEmployee(employee.clone())),
        }
    }

    async fn has_left(&self, employee: &EmployeeId) -> Result<bool, HandError> {
        let Some(row) = self.store.employee(employee).await? else { return Ok(false) };
        Ok(matches!(diff::standing(&row, &self.settings.policy, self.today()), diff::Standing::Left(_)))
    }

    /// The store is this tenant's, and knows the links that stand in the columns: else untying one
    /// would find nothing to untie.
    async fn bind(&self) -> Result<(), HandError> {
        self.store.bind(self.tenant(), self.now()).await?;
        Ok(self.take_over_links(&self.store.employees().await?).await?)
    }
}
