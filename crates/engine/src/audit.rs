//! What goes into the audit record.

use diff::{Approval, Approver, Change, Digest, EmployeeId, Outcome, PlanId, RunId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::AuditEntry;

use crate::Engine;
use crate::run::{Of, Via};

/// Whom and what an entry is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) employee: Option<EmployeeId>,
    pub(crate) user: Option<UserId>,
    pub(crate) plan: Option<PlanId>,
    pub(crate) run: Option<RunId>,
    pub(crate) body: Value,
}

/// A change that was made, or was to be made: all that there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedChange {
    /// What, with its before and after, and why.
    pub change: Change,
    /// What became of it.
    pub outcome: Outcome,
    /// The plan's digest, which is what was approved.
    #[serde(default)]
    pub digest: Option<Digest>,
    /// Every yes to the plan, in their order.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// The call that carried it; none where nothing is sent to Auth0.
    #[serde(default)]
    pub call: Option<CallIds>,
}

/// By what a call is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallIds {
    /// Ours, sent as `X-Correlation-ID`: the tenant's logs have it.
    pub correlation_id: String,
    /// Auth0's, for its support; none where no answer came.
    pub auth0_request_id: Option<String>,
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
    ///
    /// With every yes to its plan and the ids of its call, so that the record stands by itself.
    pub(crate) fn change(of: Of<'_>, change: &Change, outcome: &Outcome, via: Option<Via<'_>>) -> Self {
        let Of { run, plan_id, plan: _, by: _, approvals } = of;
        let audited = AuditedChange {
            change: change.clone(),
            outcome: outcome.clone(),
            digest: approvals.first().map(|it| it.digest.clone()),
            approvals: approvals.to_vec(),
            call: via.map(|it| CallIds {
                correlation_id: it.correlation_id.to_owned(),
                auth0_request_id: it.auth0_request_id.map(str::to_owned),
            }),
        };
        Self {
            employee: Some(change.employee.clone()),
            user: change.action.user().cloned(),
            plan: Some(plan_id),
            run: Some(run),
            body: serde_json::to_value(audited).expect("a change has string keys and finite numbers"),
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
