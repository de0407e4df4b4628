//! One application of an approved plan, from the lease to the report.

mod chains;
mod links;
mod look_up;
mod perform;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use diff::{
    Action, ApprovedPlan, Approver, Call, Change, ChangeId, Employee, EmployeeId, Kind, Outcome, Phase,
    PlanId, Policy, Report, RunId, calls, overtaken, stale,
};
use futures_util::{StreamExt, stream};
use store::{Claim, Lease, LeaseError, PlanState, Tie};
use tokio::sync::Mutex;

use crate::Engine;
use crate::audit::About;
use crate::error::ApplyError;
use crate::progress::{Progress, Stop};
use state::State;

/// How long the lease is held without a renewal.
const LEASE: chrono::Duration = chrono::Duration::seconds(15);
/// How often it is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// A plan that was claimed, and what the claim found out.
struct Begun {
    run: RunId,
    approved: ApprovedPlan,
    policy: Policy,
    stale: BTreeMap<ChangeId, String>,
    confirmed: BTreeMap<ChangeId, Outcome>,
    /// Whether users must be read again before they are updated.
    again: bool,
}

/// What a run works with. Everything that changes is in [`State`].
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) id: RunId,
    pub(crate) plan_id: PlanId,
    pub(crate) approved: &'a ApprovedPlan,
    pub(crate) policy: &'a Policy,
    pub(crate) state: State,
    pub(crate) stop: &'a Stop,
    pub(crate) progress: &'a (dyn Fn(Progress) + Sync),
}

impl Engine {
    /// Applies an approved plan under the tenant's lease. Claiming a plan again after a crash is the
    /// same: what the journal confirms is skipped, what it leaves open was settled first.
    ///
    /// # Errors
    /// The plan was not claimed, or the lease was lost. What fails inside the run is in the report.
    pub async fn apply(
        &self,
        plan: PlanId,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, ApplyError> {
        self.store.bind(self.tenant(), self.now()).await?;
        let lease = Mutex::new(self.store.lease(self.tenant(), holder, self.now(), LEASE).await?);
        let report = tokio::select! {
            report = self.under(&lease, plan, by, stop, progress) => report,
            lost = self.keep(&lease) => Err(lost),
        };
        if let Err(error) = self.store.release(lease.into_inner()).await {
            tracing::warn!(%error, "the lease could not be given back; it ends by itself");
        }
        report
    }

    /// Renews the lease until it is lost. A loss ends the run at once: somebody else has begun.
    /// A database that does not answer for a moment is no loss while the lease runs.
    async fn keep(&self, lease: &Mutex<Lease>) -> ApplyError {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let mut lease = lease.lock().await;
            match self.store.renew(&mut lease, self.now()).await {
                Ok(()) => {}
                Err(LeaseError::Store(error)) if self.now() < lease.expires_at() => {
                    tracing::warn!(%error, "the lease could not be renewed, and runs on");
                }
                Err(error) => {
                    tracing::error!(%error, "the lease was lost");
                    return ApplyError::LeaseLost;
                }
            }
        }
    }

    async fn under(
        &self,
        lease: &Mutex<Lease>,
        plan: PlanId,
        by: &Approver,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, ApplyError> {
        let abandoned = self.store.abandoned(&*lease.lock().await).await?;
        self.settle(abandoned).await?;
        let begun = self.begin(lease, plan, by).await?;
        self.carry_out(plan, &begun, by, stop, progress).await
    }

    /// Stores the links that stand in the write-back columns and nowhere else.
    pub(crate) async fn take_over_links(&self, employees: &[Employee]) -> Result<(), store::Error> {
        let mut links = self.store.links(self.tenant()).await?;
        let stored: BTreeSet<EmployeeId> = links.iter().map(|(employee, _)| employee.clone()).collect();
        if !links.is_empty() {
            return Ok(()); // after the first run a column is no link any more
        }
        links.take_over(employees); // what contradicts is a note in every plan
        let new = links.iter().filter(|(employee, _)| !stored.contains(*employee));
        let ties: Vec<Tie> = new
            .map(|(employee, link)| Tie { employee: employee.clone(), link: link.clone(), created_at: None })
            .collect();
        self.store.tie_all(self.tenant(), &ties, self.now()).await
    }

    /// Checks and claims the plan. From here on there is a run, and it ends with a report.
    async fn begin(&self, lease: &Mutex<Lease>, plan: PlanId, by: &Approver) -> Result<Begun, ApplyError> {
        let stored = self.store.plan(plan).await?;
        let (policy, employees) = self.read_source().await?;
        self.check_same(plan, &stored, &policy)?;
        self.take_over_links(&employees).await?;
        let Claim { run, plan: approved } = self.store.claim(plan, &*lease.lock().await, self.now()).await?;
        tracing::info!(plan_id = %plan, run_id = %run, "run started");
        self.record(by, "run_started", About::run(plan, run)).await?;
        let links = self.store.links(self.tenant()).await?;
        let confirmed = self.store.confirmed(plan).await?;
        let done = confirmed.keys().cloned().collect();
        let stale = stale(approved.plan(), &done, &employees, &links, &policy, self.today());
        let first = stored.state == PlanState::Approved;
        let again = !first || self.now() - stored.proposed_at > self.settings.verify_after;
        Ok(Begun { run, approved, policy, stale, confirmed, again })
    }

    async fn carry_out(
        &self,
        plan: PlanId,
        begun: &Begun,
        by: &Approver,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, ApplyError> {
        let Begun { run, approved, policy, stale, confirmed, again } = begun;
        let state = State::of(approved.plan(), stale, confirmed);
        let run = Run { engine: self, id: *run, plan_id: plan, approved, policy, state, stop, progress };
        run.know_users_made().await?;
        run.read_again(*again).await;
        run.links().await;
        run.begin_blocks().await?;
        run.phases().await;
        run.end_blocks().await?;
        let report = run.report(plan);
        self.store.finish(&report, self.now()).await?;
        self.record(by, "run_ended", About::run(plan, run.id)).await?;
        self.write_back_of(&run).await?;
        tracing::info!(plan_id = %plan, run_id = %run.id, complete = report.is_complete(), "run ended");
        Ok(report)
    }

    /// The plan was made from this tenant and under this policy, and is inside the limits.
    fn check_same(
        &self,
        plan: PlanId,
        stored: &store::StoredPlan,
        policy: &Policy,
    ) -> Result<(), ApplyError> {
        let document = stored.plan.document();
        if document.tenant != *self.tenant() {
            let (planned, configured) = (document.tenant.clone(), self.tenant().clone());
            return Err(ApplyError::OtherTenant { plan, planned, configured });
        }
        if document.policy != policy.digest() {
            return Err(ApplyError::OtherPolicy(plan));
        }
        let breaches = policy.limits.breaches(&stored.plan, &policy.roles);
        let breaches = match stored.decision.as_ref().and_then(|it| it.approval.as_ref()) {
            Some(approval) => approval.unaccepted(breaches),
            None => breaches,
        };
        if !breaches.is_empty() {
            return Err(ApplyError::Breached { plan, breaches });
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Users that an earlier run of this plan made are known by their links.
    async fn know_users_made(&self) -> Result<(), ApplyError> {
        let links = self.engine.store.links(self.engine.tenant()).await?;
        let creates =
            self.approved.plan().changes().iter().filter(|it| matches!(it.action, Action::Create { .. }));
        for change in creates {
            if let Some(link) = links.of(&change.employee) {
                self.state.made(&change.employee, link.user.clone());
            }
        }
        Ok(())
    }

    /// Reads users again, so that nothing is overwritten that somebody changed since the plan was
    /// made, and no email change is repeated blind. `all` is for plans that are old or claimed once
    /// more; whose block is lifted is looked at in any case, because it may be another's by now.
    async fn read_again(&self, all: bool) {
        let concerned = self.approved.plan().changes().iter().filter(|it| {
            let looks = match it.kind() {
                Kind::Unblock => true,
                Kind::Update | Kind::Block => all,
                Kind::Create
                | Kind::Link
                | Kind::Relink
                | Kind::Unlink
                | Kind::GrantRoles
                | Kind::RevokeRoles
                | Kind::SendInvitation
                | Kind::SendVerification => false,
            };
            looks && self.state.outcome(&it.id).is_none()
        });
        stream::iter(concerned)
            .for_each_concurrent(self.engine.settings.max_in_flight, |change| self.verify(change))
            .await;
    }

    /// Employees with a block of this plan that the filter lets through.
    fn blocked(&self, which: impl Fn(Option<Outcome>) -> bool) -> Vec<EmployeeId> {
        let blocks = self.approved.plan().changes().iter().filter(|it| it.kind() == Kind::Block);
        blocks.filter(|it| which(self.state.outcome(&it.id))).map(|it| it.employee.clone()).collect()
    }

    /// A block is several calls; whose is begun is remembered until all are done.
    async fn begin_blocks(&self) -> Result<(), store::Error> {
        let open = self.blocked(|outcome| outcome.is_none());
        self.engine.store.begin_blocks(self.engine.tenant(), &open).await
    }

    async fn end_blocks(&self) -> Result<(), store::Error> {
        let whole = self.blocked(|outcome| outcome.is_some_and(|it| it.is_so()));
        self.engine.store.end_blocks(self.engine.tenant(), &whole).await
    }

    async fn verify(&self, change: &Change) {
        let Some(user) = change.action.user() else { return };
        match self.engine.auth0.user(user).await {
            Ok(user) => {
                if let Some(outcome) = overtaken(change, user.as_ref()) {
                    self.state.conclude(&change.id, outcome);
                }
            }
            Err(error) => self.state.stop(format!("could not read users again: {}", chain(&error))),
        }
    }

    async fn phases(&self) {
        let open: Vec<Change> = self
            .approved
            .plan()
            .changes()
            .iter()
            .filter(|it| self.state.outcome(&it.id).is_none())
            .cloned()
            .collect();
        let calls = calls(&open);
        self.state.expect(calls.len());
        for phase in [Phase::TakeAway, Phase::Update, Phase::Create, Phase::Give, Phase::Tell] {
            let of_phase: Vec<&Call> = calls.iter().filter(|it| it.request.phase() == phase).collect();
            self.phase(phase, chains::chains(&of_phase, &open)).await;
        }
    }

    /// Chains run beside each other, and the calls of a chain one after the other.
    async fn phase(&self, phase: Phase, chains: Vec<Vec<&Call>>) {
        stream::iter(chains)
            .for_each_concurrent(self.engine.settings.max_in_flight, |chain| async move {
                for call in chain {
                    self.perform(call).await;
                    let (done, total) = self.state.step();
                    (self.progress)(Progress { phase, done, total });
                }
            })
            .await;
    }

    /// Without the database nothing can be journalled, so nothing more may be called. Tells why.
    pub(crate) fn without_database(&self, error: &store::Error) -> String {
        let why = format!("the database does not answer: could not {}", chain(error));
        self.state.stop(why.clone());
        why
    }

    /// Whether nothing more may be begun, and why.
    pub(crate) fn stopped(&self) -> Option<String> {
        if self.stop.is_asked() {
            self.state.stop("somebody asked the run to stop".to_owned());
        }
        self.state.stopped()
    }

    /// An outcome for every change of the plan.
    fn report(&self, plan: PlanId) -> Report {
        let outcomes = self.approved.plan().changes().iter().map(|it| {
            let outcome = self.state.outcome(&it.id).unwrap_or_else(|| Outcome::NotTried {
                why: self.state.stopped().unwrap_or_else(|| "the run ended before it".to_owned()),
            });
            (it.id.clone(), outcome)
        });
        Report { run: self.id, plan, outcomes: outcomes.collect(), stopped: self.state.stopped() }
    }

    /// The changes among these whose needs were not done, with what was missing.
    pub(crate) fn unmet(&self, changes: &[ChangeId]) -> Vec<(ChangeId, ChangeId)> {
        let unmet = |id: &ChangeId| {
            let change = self.approved.plan().change(id)?;
            let missing =
                change.needs.iter().find(|it| !self.state.outcome(it).is_some_and(|it| it.is_so()))?;
            Some((id.clone(), missing.clone()))
        };
        let changes: BTreeSet<&ChangeId> = changes.iter().collect();
        changes.into_iter().filter_map(unmet).collect()
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
