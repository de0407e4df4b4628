//! Plan, and apply what needs no review.

use std::collections::BTreeSet;

use diff::{
    Approval, Approver, Breach, ChangeId, EmployeeId, Kind, Outcome, Plan, PlanId, Report, Scope, at_once,
    missing,
};
use store::{PlanState, Refusal};

use crate::Engine;
use crate::error::{ReviewError, SyncError};
use crate::preview::Preview;
use crate::progress::{Progress, Stop};
use crate::review::Yes;
use crate::run::Held;

/// What a sync did.
pub struct Synced {
    /// The plan, or what is left of it once [`Self::at_once`] was done.
    pub plan: Plan,
    /// What stands against it.
    pub breaches: Vec<Breach>,
    /// What the policy let be done at once, because the rest waits.
    pub at_once: Option<AtOnce>,
    /// What became of the plan.
    pub outcome: SyncOutcome,
    /// Rows whose write-back columns changed.
    pub written_back: usize,
    /// Whom a whole run found something to do for, and quick runs since the last whole one had not: their rows
    /// have not changed.
    pub missed: BTreeSet<EmployeeId>,
}

/// Access that was taken away while the rest of the plan waits.
pub struct AtOnce {
    /// The part of the plan, a plan of its own.
    pub plan: Plan,
    /// What became of it.
    pub report: Report,
}

/// What became of a sync's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncOutcome {
    /// There was nothing to do.
    Nothing,
    /// It waits for a person, because of takeovers or admin roles, or because more than one must say yes.
    Proposed(PlanId),
    /// It exceeds limits, and nothing of it was written.
    Breached(PlanId),
    /// It was applied, all of it or in part.
    Applied(Report),
}

impl Engine {
    /// Plans, makes the write-back columns say what the links say, and applies what is inside the
    /// limits and needs no review, on the word of whoever started it. Of a plan that must wait, what the
    /// policy lets be done at once is done.
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
            [] => self.take_in(&preview).await.map_err(|it| SyncError::Apply(it.into()))?,
            _ => 0, // a breach means that nothing at all is written
        };
        let run = Running { by, holder, stop, progress, held: None, word: Word::ForAll };
        let looked = self.looked(&preview).await?;
        let mut synced = Box::pin(self.carry_on(preview, written_back, &run)).await?; // as large as two runs
        self.remember_look(&looked, &synced).await;
        synced.missed = looked.missed;
        Ok(synced)
    }

    /// Applies what may be applied on the word of whoever runs it, and proposes the rest.
    pub(crate) async fn carry_on(
        &self,
        preview: Preview,
        written_back: usize,
        run: &Running<'_>,
    ) -> Result<Synced, SyncError> {
        let by = run.by;
        let alone = run.word.covers(&preview.plan) && self.suffices(&preview, by);
        let part = if alone { None } else { at_once(&preview.plan, &preview.read.policy) };
        if let Some(part) = part {
            return Box::pin(self.divided(preview, part, run, written_back)).await;
        }
        let outcome = match self.propose(&preview).await? {
            None => {
                let in_scope = preview.plan.document().source.in_scope;
                self.remember_rows(&preview.plan.document().scope, in_scope)
                    .await
                    .map_err(ReviewError::from)?;
                SyncOutcome::Nothing
            }
            Some(proposal) if self.may_run(proposal.id, &preview, alone, by).await? => {
                SyncOutcome::Applied(self.run(proposal.id, run).await?)
            }
            Some(proposal) => waits(proposal.id, &preview.breaches),
        };
        let Preview { plan, breaches, .. } = preview;
        Ok(Synced { plan, breaches, at_once: None, outcome, written_back, missed: BTreeSet::new() })
    }

    /// What a reading inside the limits is good for beside its plan: the write-back columns say what the links
    /// say, and whoever has no row is counted, unless the plan is about a few: then nobody has asked whether the
    /// table has lost rows. Tells how many rows were written.
    async fn take_in(&self, preview: &Preview) -> Result<usize, store::Error> {
        if preview.plan.document().scope.of_rows().is_some() {
            self.count_absent(&preview.read.employees, &preview.read.links).await?;
        }
        self.mirror(&preview.read).await
    }

    /// Whether the word of whoever starts the sync is enough for the plan.
    fn suffices(&self, preview: &Preview, by: &Approver) -> bool {
        let Preview { plan, breaches, read, look: _ } = preview;
        let at = self.now().to_rfc3339();
        let accepts = BTreeSet::new();
        let yes = Approval { digest: plan.digest(), by: by.clone(), at, reason: None, accepts };
        breaches.is_empty()
            && plan.needs_review(&read.policy).next().is_none()
            && missing(plan, &read.policy, &[yes]).is_none()
    }

    /// Whether the plan is approved now: by people before, or by whoever started the sync, where that is
    /// enough alone.
    async fn may_run(
        &self,
        id: PlanId,
        preview: &Preview,
        alone: bool,
        by: &Approver,
    ) -> Result<bool, SyncError> {
        let Preview { plan, breaches, read, look: _ } = preview;
        let stored = self.store.plan(id).await.map_err(ReviewError::from)?;
        if stored.state == PlanState::Approved {
            let unaccepted = Approval::unaccepted(&stored.approvals, breaches.clone());
            return Ok(unaccepted.is_empty() && missing(plan, &read.policy, &stored.approvals).is_none());
        }
        if alone {
            self.say_yes(id, plan, by).await?;
        }
        Ok(alone)
    }

    /// Somebody who said the same at the same time is as good.
    async fn say_yes(&self, id: PlanId, plan: &Plan, by: &Approver) -> Result<(), SyncError> {
        let digest = Some(plan.digest().as_str().to_owned());
        match self.approve(id, by.clone(), Yes { digest, ..Yes::default() }).await {
            Ok(_) | Err(ReviewError::Refused(Refusal::AlreadyApproved { .. })) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Does at once what the policy lets be done, and proposes the rest as it is then: the next sync makes
    /// the same plan of it, and an approval stands.
    async fn divided(
        &self,
        preview: Preview,
        part: Plan,
        run: &Running<'_>,
        written_back: usize,
    ) -> Result<Synced, SyncError> {
        let proposal = self.propose_plan(&part, &[]).await?;
        let state = self.store.plan(proposal.id).await.map_err(ReviewError::from)?.state;
        if state == PlanState::Proposed {
            self.say_yes(proposal.id, &part, &Approver::Policy).await?;
        }
        let report = self.run(proposal.id, run).await?;
        let done: BTreeSet<ChangeId> = so(&report);
        let plan = preview.plan.after(&done);
        let policy = &preview.read.policy;
        let breaches = policy.limits.breaches(&plan, &policy.roles);
        let rest = self.propose_plan(&plan, &breaches).await?;
        let outcome = waits(rest.id, &breaches);
        let at_once = Some(AtOnce { plan: part, report });
        Ok(Synced { plan, breaches, at_once, outcome, written_back, missed: BTreeSet::new() })
    }

    async fn run(&self, id: PlanId, run: &Running<'_>) -> Result<Report, SyncError> {
        let Running { by, holder, stop, progress, held, word: _ } = run;
        match held {
            // Boxed, because a run's future is large, and a sync's holds two.
            None => Ok(Box::pin(self.apply(id, by, holder, stop, progress)).await?),
            Some(held) => Ok(Box::pin(self.under(held, id, by, stop, progress)).await?),
        }
    }
}

/// Who applies, and how it is followed.
pub(crate) struct Running<'a> {
    pub(crate) by: &'a Approver,
    pub(crate) holder: &'a str,
    pub(crate) stop: &'a Stop,
    pub(crate) progress: &'a (dyn Fn(Progress) + Sync),
    /// What is held already; else the tenant's lease is taken.
    pub(crate) held: Option<&'a Held>,
    pub(crate) word: Word,
}

/// What the word of whoever starts it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// All that needs no review.
    ForAll,
    /// The same without links: whose a user is that was there before, somebody must look at.
    NotForLinks,
}

impl Word {
    fn covers(self, plan: &Plan) -> bool {
        match self {
            Self::ForAll => true,
            Self::NotForLinks => {
                !plan.changes().iter().any(|it| matches!(it.kind(), Kind::Link | Kind::Relink))
            }
        }
    }
}

fn waits(id: PlanId, breaches: &[Breach]) -> SyncOutcome {
    if breaches.is_empty() { SyncOutcome::Proposed(id) } else { SyncOutcome::Breached(id) }
}

/// The changes that are so now.
pub(crate) fn so(report: &Report) -> BTreeSet<ChangeId> {
    let so = report.outcomes.iter().filter(|(_, it)| Outcome::is_so(it));
    so.map(|(id, _)| id.clone()).collect()
}
