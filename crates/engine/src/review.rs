//! Proposing a plan, and people's yes or no to it.

use std::collections::BTreeSet;

use diff::{Approval, Approver, Breach, ChangeId, EmployeeId, Kind, Plan, PlanId};
use serde_json::json;
use store::{Given, PlanState, Proposal, Refusal, StoredPlan};

use crate::Engine;
use crate::audit::About;
use crate::error::ReviewError;
use crate::preview::Preview;

/// What a person says together with a yes.
#[derive(Clone, Debug, Default)]
pub struct Yes {
    /// The digest that the person saw, all of it or its first twelve digits.
    pub digest: Option<String>,
    /// The limits that this plan may exceed, by name.
    pub accepts: BTreeSet<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What a plan shall go without.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    /// These changes.
    pub changes: BTreeSet<ChangeId>,
    /// All changes for these employees, where nobody is named for everybody, but only of [`Self::kinds`]
    /// where some are named.
    pub employees: BTreeSet<EmployeeId>,
    /// See [`Self::employees`].
    pub kinds: BTreeSet<Kind>,
}

/// What is left of a plan.
pub struct Rest {
    /// What it goes without: what was asked for, and what cannot be done without that.
    pub dropped: BTreeSet<ChangeId>,
    /// The rest itself.
    pub plan: Plan,
    /// The limits that it exceeds.
    pub breaches: Vec<Breach>,
    /// Its number; none where nothing is left, and so no plan was made.
    pub proposal: Option<Proposal>,
}

impl Engine {
    /// Stores a plan for review. The same digest leaves an older open proposal standing; another
    /// digest of the same scope supersedes it. An empty plan is not stored: the situation has resolved
    /// itself, and so an open proposal of its scope is superseded by nothing. Unless the table looks wrong: then
    /// nothing follows from it, not even that there is nothing to do, until somebody accepts it. What failed
    /// and is not asked for any more is forgotten.
    ///
    /// # Errors
    /// The database.
    pub async fn propose(&self, preview: &Preview) -> Result<Option<Proposal>, ReviewError> {
        let Preview { plan, breaches, read: _, look: _ } = preview;
        self.forget_moot(preview).await?;
        if plan.is_empty() && breaches.is_empty() {
            let scope = &plan.document().scope;
            self.store.supersede_open(plan.tenant(), scope, self.now()).await?;
            return Ok(None);
        }
        self.propose_plan(plan, breaches).await.map(Some)
    }

    pub(crate) async fn propose_plan(
        &self,
        plan: &Plan,
        breaches: &[Breach],
    ) -> Result<Proposal, ReviewError> {
        let proposal = self.store.propose(plan, breaches, self.auth0.client_id(), self.now()).await?;
        tracing::info!(plan_id = %proposal.id, changes = plan.changes().len(), "plan proposed");
        Ok(proposal)
    }

    /// A yes, to the digest that the person names or to the plan as it is stored. Limits may be
    /// accepted by name, and only together with the digest: once, for this very plan. Tells whether it was
    /// enough, or what is still missing.
    ///
    /// # Errors
    /// A limit that is exceeded and not accepted; an expired or decided plan; another digest; a yes that
    /// does not count.
    pub async fn approve(&self, id: PlanId, by: Approver, yes: Yes) -> Result<Given, ReviewError> {
        let Yes { digest, accepts, reason } = yes;
        let stored = self.store.plan(id).await?;
        let actual = stored.plan.digest();
        match digest {
            Some(named) if !actual.is_named_by(&named) => {
                return Err(ReviewError::OtherDigest { plan: id, digest: actual, named });
            }
            None if !accepts.is_empty() => return Err(ReviewError::NoDigest { plan: id, digest: actual }),
            Some(_) | None => {}
        }
        if let Some(unknown) =
            accepts.iter().find(|it| stored.breaches.iter().all(|breach| breach.limit.to_string() != **it))
        {
            return Err(ReviewError::NotBreached { plan: id, limit: unknown.clone() });
        }
        let now = self.now();
        let body = json!({ "digest": actual, "reason": reason, "accepts": accepts });
        let approval = Approval { digest: actual, by: by.clone(), at: now.to_rfc3339(), reason, accepts };
        let StoredPlan { breaches, mut approvals, .. } = stored;
        approvals.push(approval.clone());
        let breaches = Approval::unaccepted(&approvals, breaches);
        if !breaches.is_empty() {
            return Err(ReviewError::Breached { plan: id, breaches });
        }
        match self.store.approve(id, approval, self.policy(), now).await {
            Ok(given) => {
                self.record(&by, event(&given), About::plan(id).with(body)).await?;
                tracing::info!(plan_id = %id, enough = given == Given::Enough, "plan approved");
                Ok(given)
            }
            Err(refused) => {
                // Who tried and may not is worth knowing; who was merely late is not.
                if let Refusal::NoYes { why, .. } = &refused {
                    let body = json!({ "reason": why.to_string() });
                    self.record(&by, "approval_refused", About::plan(id).with(body)).await?;
                }
                Err(refused.into())
            }
        }
    }

    /// The plan without some changes and what needs them, as a new proposal, which is as old as the plan
    /// is. A mover's revocation falls together with the grant.
    ///
    /// # Errors
    /// Something that the plan does not have; a plan that is applied, rejected, superseded or expired.
    pub async fn without(&self, id: PlanId, left_out: &LeftOut, by: &Approver) -> Result<Rest, ReviewError> {
        self.store.expire_plans(self.now()).await?;
        let stored = self.store.plan(id).await?;
        if !matches!(stored.state, PlanState::Proposed | PlanState::Approved) {
            return Err(Refusal::of(&stored).into());
        }
        let asked = chosen(&stored, left_out)?;
        let plan = stored.plan.without(&asked);
        let dropped: BTreeSet<ChangeId> = stored
            .plan
            .changes()
            .iter()
            .map(|it| &it.id)
            .filter(|it| plan.change(it).is_none())
            .cloned()
            .collect();
        if plan.is_empty() {
            return Ok(Rest { dropped, plan, breaches: Vec::new(), proposal: None });
        }
        let breaches = self.settings.policy.limits.breaches(&plan, &self.settings.policy.roles);
        let proposal = self.store.propose_rest(&stored, &plan, &breaches, self.now()).await?;
        let body = json!({ "dropped": dropped, "new_plan": proposal.id });
        self.record(by, "changes_dropped", About::plan(id).with(body)).await?;
        Ok(Rest { dropped, plan, breaches, proposal: Some(proposal) })
    }

    /// A no, with its reason.
    ///
    /// # Errors
    /// A plan that is decided already.
    pub async fn reject(&self, id: PlanId, by: Approver, reason: String) -> Result<(), ReviewError> {
        let body = json!({ "reason": reason });
        self.store.reject(id, by.clone(), Some(reason), self.now()).await?;
        self.record(&by, "plan_rejected", About::plan(id).with(body)).await?;
        tracing::info!(plan_id = %id, "plan rejected");
        Ok(())
    }
}

fn event(given: &Given) -> &'static str {
    match given {
        Given::Enough => "plan_approved",
        Given::Waits(_) => "plan_approved_in_part",
    }
}

/// The changes of the plan that are named, by id or by person. Each name must name something: a slip would
/// leave in what somebody wants out.
fn chosen(stored: &StoredPlan, left_out: &LeftOut) -> Result<BTreeSet<ChangeId>, ReviewError> {
    let LeftOut { changes, employees, kinds } = left_out;
    let (id, plan) = (stored.id, &stored.plan);
    if let Some(unknown) = changes.iter().find(|it| plan.change(it).is_none()) {
        return Err(ReviewError::NoChange { plan: id, change: unknown.clone() });
    }
    let is_of_kind = |it: &diff::Change| kinds.is_empty() || kinds.contains(&it.kind());
    for employee in employees {
        if !plan.changes().iter().any(|it| it.employee == *employee && is_of_kind(it)) {
            let (employee, kinds) = (employee.clone(), kinds.clone());
            return Err(ReviewError::NothingFor { plan: id, employee, kinds });
        }
    }
    if let Some(kind) = kinds.iter().find(|kind| plan.changes().iter().all(|it| it.kind() != **kind)) {
        return Err(ReviewError::NoKind { plan: id, kind: *kind });
    }
    let mut chosen = changes.clone();
    if !(employees.is_empty() && kinds.is_empty()) {
        let meant =
            plan.changes().iter().filter(|it| employees.is_empty() || employees.contains(&it.employee));
        chosen.extend(meant.filter(|it| is_of_kind(it)).map(|it| it.id.clone()));
    }
    Ok(chosen)
}
