//! Taking a run back: a plan that is proposed, reviewed and applied like any other.

use diff::{Approver, PastRun, RunId, Scope, Tenant, undo};
use serde_json::json;
use store::{Proposal, RunState};

use crate::Engine;
use crate::audit::About;
use crate::error::{ReadError, ReviewError};
use crate::preview::Preview;

/// Why a run cannot be undone at all. What of it cannot is told in the plan.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is no such run, or the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A side could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It has not ended.
    #[error("run {0} is under way, or its process ended and nobody has settled it yet")]
    UnderWay(RunId),
    /// It was another tenant's.
    #[error("run {run} was of the tenant {was}, and the configuration names {configured}")]
    OtherTenant {
        /// Which run.
        run: RunId,
        /// Its tenant.
        was: Tenant,
        /// The configured one.
        configured: Tenant,
    },
    /// There is nothing to undo.
    #[error("run {0} has changed nothing by itself, so there is nothing to undo")]
    DidNothing(RunId),
}

impl Engine {
    /// Plans what takes a run back, and what the present table would ask for again. Writes nothing, to
    /// nobody.
    ///
    /// # Errors
    /// A run that does not exist, has not ended, was of another tenant or did nothing; and as for
    /// [`Self::preview`].
    pub async fn undo(&self, run: RunId) -> Result<Preview, UndoError> {
        let stored = self.store.run(run).await?;
        if stored.tenant != *self.tenant() {
            let (was, configured) = (stored.tenant, self.tenant().clone());
            return Err(UndoError::OtherTenant { run, was, configured });
        }
        match stored.state {
            RunState::Running => return Err(UndoError::UnderWay(run)),
            RunState::Applied | RunState::Incomplete | RunState::Abandoned => {}
        }
        let store::Deeds { done, made } = self.store.deeds(run).await?;
        if done.is_empty() {
            return Err(UndoError::DidNothing(run));
        }
        let applied = self.store.plan(stored.plan).await?.plan;
        let past = PastRun { id: run, plan: &applied, done: &done, made: &made };
        let scope = Scope { undo: Some(run), ..Scope::everybody() };
        let read = self.read(&scope).await?;
        let plan = undo(&past, &self.situation(&read, &scope, false));
        let breaches = read.policy.limits.breaches(&plan, &read.policy.roles);
        Ok(Preview { plan, breaches, read, look: None })
    }

    /// Stores the plan of an undo for review, with the reason for the audit; none where it is empty.
    ///
    /// # Errors
    /// As for [`Self::propose`].
    pub async fn propose_undo(
        &self,
        run: RunId,
        preview: &Preview,
        by: &Approver,
        reason: Option<&str>,
    ) -> Result<Option<Proposal>, ReviewError> {
        let Some(proposal) = self.propose(preview).await? else { return Ok(None) };
        let about = About { run: Some(run), ..About::plan(proposal.id) };
        let body = json!({ "digest": preview.plan.digest(), "reason": reason });
        self.record(by, "undo_proposed", about.with(body)).await?;
        Ok(Some(proposal))
    }
}
