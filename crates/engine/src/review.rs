//! Proposing a plan, and a person's yes or no to it.

use diff::{Approval, Approver, PlanId};
use serde_json::json;
use store::Proposal;

use crate::Engine;
use crate::audit::About;
use crate::error::ReviewError;
use crate::preview::Preview;

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

    /// A yes, to the digest that the person names or to the plan as it is stored.
    ///
    /// # Errors
    /// A breached, expired or decided plan; another digest than the named one.
    pub async fn approve(
        &self,
        id: PlanId,
        digest: Option<&str>,
        by: Approver,
        reason: Option<String>,
    ) -> Result<(), ReviewError> {
        let stored = self.store.plan(id).await?;
        if !stored.breaches.is_empty() {
            return Err(ReviewError::Breached { plan: id, breaches: stored.breaches });
        }
        let actual = stored.plan.digest();
        if let Some(named) = digest.filter(|it| !actual.is_named_by(it)) {
            return Err(ReviewError::OtherDigest { plan: id, digest: actual, named: named.to_owned() });
        }
        let now = self.now();
        let body = json!({ "digest": actual, "reason": reason });
        let approval = Approval { digest: actual, by: by.clone(), at: now.to_rfc3339(), reason };
        self.store.approve(id, approval, now).await?;
        self.record(&by, "plan_approved", About::plan(id).with(body)).await?;
        tracing::info!(plan_id = %id, "plan approved");
        Ok(())
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
