//! One person's whole story, from the database alone.

use diff::{Employee, EmployeeId, Link, Standing, standing};
use store::{AuditFilter, AuditRow};

use crate::Engine;

/// What the database knows about a person.
#[derive(Clone, Debug)]
pub struct Story {
    /// The row.
    pub row: Employee,
    /// What it means today.
    pub standing: Standing,
    /// Whose account it is.
    pub link: Option<Link>,
    /// Why the person is left alone, where somebody said so.
    pub ignored: Option<String>,
    /// What was done, the latest first.
    pub history: Vec<AuditRow>,
}

impl Engine {
    /// Tells the story; none where the table has no such row.
    ///
    /// # Errors
    /// The database.
    pub async fn story(&self, employee: &EmployeeId) -> Result<Option<Story>, store::Error> {
        let Some(row) = self.store.employee(employee).await? else { return Ok(None) };
        let links = self.store.links(self.tenant()).await?;
        let filter = AuditFilter { employee: Some(employee.clone()), ..AuditFilter::default() };
        Ok(Some(Story {
            standing: standing(&row, &self.settings.policy, self.today()),
            link: links.of(employee).cloned(),
            ignored: links.ignored_employees.get(employee).cloned(),
            history: self.store.audit_entries(&filter).await?,
            row,
        }))
    }
}
