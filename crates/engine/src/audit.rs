//! What goes into the audit record.

use diff::{Approver, Change, EmployeeId, Outcome, PlanId, RunId, UserId};
use serde_json::{Value, json};
use store::AuditEntry;

use crate::Engine;

/// Whom and what an entry is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) employee: Option<EmployeeId>,
    pub(crate) user: Option<UserId>,
    pub(crate) plan: Option<PlanId>,
    pub(crate) run: Option<RunId>,
    pub(crate) body: Value,
}

impl About {
    pub(crate) fn plan(id: PlanId) -> Self {
        Self { plan: Some(id), ..Self::default() }
    }

    pub(crate) fn run(plan: PlanId, run: RunId) -> Self {
        Self { plan: Some(plan), run: Some(run), ..Self::default() }
    }

    pub(crate) fn employee(id: &EmployeeId) -> Self {
        Self { employee: Some(id.clone()), ..Self::default() }
    }

    pub(crate) fn user(id: &UserId) -> Self {
        Self { user: Some(id.clone()), ..Self::default() }
    }

    pub(crate) fn with_user(mut self, id: &UserId) -> Self {
        self.user = Some(id.clone());
        self
    }

    pub(crate) fn with(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// A change with its before and after, its reason, and what became of it.
    pub(crate) fn change(plan: PlanId, run: RunId, change: &Change, outcome: &Outcome) -> Self {
        Self {
            employee: Some(change.employee.clone()),
            user: change.action.user().cloned(),
            plan: Some(plan),
            run: Some(run),
            body: json!({ "change": change, "outcome": outcome }),
        }
    }
}

impl Engine {
    /// An entry of this tenant.
    pub(crate) fn entry(&self, by: &Approver, event: &str, about: About) -> AuditEntry {
        let About { employee, user, plan, run, body } = about;
        AuditEntry {
            tenant: self.tenant().clone(),
            by: by.clone(),
            event: event.to_owned(),
            employee,
            user,
            plan,
            run,
            body,
        }
    }

    /// Appends one entry.
    pub(crate) async fn record(&self, by: &Approver, event: &str, about: About) -> Result<(), store::Error> {
        self.store.audit(&self.entry(by, event, about), self.now()).await
    }
}
