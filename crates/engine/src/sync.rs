//! Plan, and apply what needs no review.

use diff::{Approver, Breach, Plan, PlanId, Report, Scope};
use store::PlanState;

use crate::Engine;
use crate::error::{ReviewError, SyncError};
use crate::preview::Preview;
use crate::progress::{Progress, Stop};
use crate::review::Yes;

/// What a sync did.
pub struct Synced {
    /// The plan.
    pub plan: Plan,
    /// What stands against it.
    pub breaches: Vec<Breach>,
    /// What became of it.
    pub outcome: SyncOutcome,
    /// Rows whose write-back columns changed.
    pub written_back: usize,
}

/// What became of a sync's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncOutcome {
    /// There was nothing to do.
    Nothing,
    /// It waits for a person, because of takeovers or admin roles.
    Proposed(PlanId),
    /// It exceeds limits, and nothing was written.
    Breached(PlanId),
    /// It was applied, all of it or in part.
    Applied(Report),
}

impl Engine {
    /// Plans, makes the write-back columns say what the links say, and applies what is inside the
    /// limits and needs no review, on the word of whoever started it.
    ///
    /// # Errors
    /// A phase that failed before anything was applied.
    pub async fn sync(
        &self,
        scope: &Scope,
        first_sync: bool,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Synced, SyncError> {
        let preview = self.preview(scope, first_sync).await?;
        self.sync_planned(preview, by, holder, stop, progress).await
    }

    /// The same for a plan that somebody has been shown already.
    ///
    /// # Errors
    /// As for [`Self::sync`].
    pub async fn sync_planned(
        &self,
        preview: Preview,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Synced, SyncError> {
        let written_back = match preview.breaches.as_slice() {
            [] => self.mirror(&preview.read).await.map_err(|it| SyncError::Apply(it.into()))?,
            _ => 0, // a breach means that nothing at all is written
        };
        let outcome = self.carry_on(&preview, by, holder, stop, progress).await?;
        let Preview { plan, breaches, .. } = preview;
        Ok(Synced { plan, breaches, outcome, written_back })
    }

    async fn carry_on(
        &self,
        preview: &Preview,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<SyncOutcome, SyncError> {
        if preview.plan.is_empty() {
            return Ok(SyncOutcome::Nothing);
        }
        let proposal = self.propose(preview).await?;
        if !preview.breaches.is_empty() {
            return Ok(SyncOutcome::Breached(proposal.id));
        }
        if preview.plan.needs_review(&preview.read.policy).next().is_some() {
            return Ok(SyncOutcome::Proposed(proposal.id));
        }
        let state = self.store.plan(proposal.id).await.map_err(ReviewError::from)?.state;
        if state == PlanState::Proposed {
            let digest = Some(preview.plan.digest().as_str().to_owned());
            self.approve(proposal.id, by.clone(), Yes { digest, ..Yes::default() }).await?;
        }
        Ok(SyncOutcome::Applied(self.apply(proposal.id, by, holder, stop, progress).await?))
    }
}
