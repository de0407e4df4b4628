//! Proposing a plan, and a person's yes or no to it.

use std::collections::BTreeSet;

use diff::{Approval, Approver, Breach, ChangeId, Plan, PlanId};
use serde_json::json;
use store::Proposal;

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

/// What is left of a plan.
pub struct Rest {
    /// Its number.
    pub proposal: Proposal,
    /// The rest itself.
    pub plan: Plan,
    /// The limits that it exceeds.
    pub breaches: Vec<Breach>,
}

impl Engine {
    /// Stores a plan for review. The same digest leaves an older open proposal standing; another
    /// digest of the same scope supersedes it.
    ///
    /// # Errors
    /// The database.
    pub async fn propose(&self, preview: &Preview) -> Result<Proposal, ReviewError> {
        let proposal = self.store.propose(&preview.plan, &preview.breaches, self.now()).await?;
        tracing::info!(plan_id = %proposal.id, changes = preview.plan.changes().len(), "plan proposed");
        Ok(proposal)
    }

    /// A yes, to the digest that the person names or to the plan as it is stored. Limits may be
    /// accepted by name, and only together with the digest: once, for this very plan.
    ///
    /// # Errors
    /// A limit that is exceeded and not accepted; an expired or decided plan; another digest.
    pub async fn approve(&self, id: PlanId, by: Approver, yes: Yes) -> Result<(), ReviewError> {
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
        let breaches = approval.unaccepted(stored.breaches);
        if !breaches.is_empty() {
            return Err(ReviewError::Breached { plan: id, breaches });
        }
        self.store.approve(id, approval, now).await?;
        self.record(&by, "plan_approved", About::plan(id).with(body)).await?;
        tracing::info!(plan_id = %id, "plan approved");
        Ok(())
    }

    /// The plan without some changes and what needs them, as a new proposal. A mover's revocation
    /// falls together with the grant.
    ///
    /// # Errors
    /// A change that the plan does not have.
    pub async fn without(
        &self,
        id: PlanId,
        changes: &BTreeSet<ChangeId>,
        by: &Approver,
    ) -> Result<Rest, ReviewError> {
        let stored = self.store.plan(id).await?;
        if let Some(unknown) = changes.iter().find(|it| stored.plan.change(it).is_none()) {
            return Err(ReviewError::NoChange { plan: id, change: unknown.clone() });
        }
        let plan = stored.plan.without(changes);
        let breaches = self.settings.policy.limits.breaches(&plan, &self.settings.policy.roles);
        let proposal = self.store.propose(&plan, &breaches, self.now()).await?;
        self.record(
            by,
            "changes_dropped",
            About::plan(id).with(json!({ "dropped": changes, "new_plan": proposal.id })),
        )
        .await?;
        Ok(Rest { proposal, plan, breaches })
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
