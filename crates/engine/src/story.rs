//! One person's whole story, from the database alone.

use std::collections::BTreeSet;

use diff::{Employee, EmployeeId, Link, Quarantined, Sought, Standing, UserId, standing};
use store::{AuditFilter, AuditRow};

use crate::Engine;
use crate::audit::AuditedChange;

/// What the database knows about a person.
#[derive(Clone, Debug)]
pub struct Story {
    /// The row and what it means today; none where the table does not have it any more.
    pub row: Option<(Employee, Standing)>,
    /// Whose account it is.
    pub link: Option<Link>,
    /// Why the person is left alone, where somebody said so.
    pub ignored: Option<String>,
    /// What failed when it was tried last.
    pub failing: Vec<Quarantined>,
    /// Everything that was done, the oldest first.
    pub history: Vec<Chapter>,
}

/// Something that was done to a person, as the audit record has it.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The entry.
    pub record: AuditRow,
    /// The change that it tells of, where it is one and its body was not erased.
    pub change: Option<AuditedChange>,
}

impl Engine {
    /// Tells the story; none where nothing at all is known about such a person.
    ///
    /// # Errors
    /// The database.
    pub async fn story(&self, employee: &EmployeeId) -> Result<Option<Story>, store::Error> {
        let row = self.store.employee(employee).await?;
        let links = self.store.links_among(self.tenant(), &Sought::of([employee.clone()].into())).await?;
        let link = links.of(employee).cloned();
        let history = self.history(employee, link.as_ref()).await?;
        if row.is_none() && link.is_none() && history.is_empty() {
            return Ok(None);
        }
        let judged = |row: Employee| {
            let standing = standing(&row, &self.settings.policy, self.today());
            (row, standing)
        };
        Ok(Some(Story {
            row: row.map(judged),
            link,
            ignored: links.ignored_employees.get(employee).cloned(),
            failing: self.store.quarantine_of(self.tenant(), employee).await?.into_values().collect(),
            history,
        }))
    }

    /// Entries about the person, and those about a user of the person's that are about nobody's row.
    async fn history(
        &self,
        employee: &EmployeeId,
        link: Option<&Link>,
    ) -> Result<Vec<Chapter>, store::Error> {
        let of_person = AuditFilter { employee: Some(employee.clone()), ..AuditFilter::default() };
        let mut entries = self.store.audit_entries(&of_person).await?;
        let mut users: BTreeSet<UserId> = entries.iter().filter_map(|it| it.entry.user.clone()).collect();
        users.extend(link.map(|it| it.user.clone()));
        for user in users {
            let of_user = AuditFilter { user: Some(user), ..AuditFilter::default() };
            let of_user = self.store.audit_entries(&of_user).await?;
            entries.extend(of_user.into_iter().filter(|it| it.entry.employee.is_none()));
        }
        entries.retain(|it| it.entry.tenant == *self.tenant());
        entries.sort_by_key(|it| it.id);
        Ok(entries.into_iter().map(chapter).collect())
    }
}

fn chapter(record: AuditRow) -> Chapter {
    let change = serde_json::from_value(record.entry.body.clone()).ok();
    Chapter { record, change }
}
