//! One application of an approved plan, from the lease to the report.

mod before;
mod chains;
mod finish;
mod held;
mod links;
mod look_up;
mod perform;
mod spent;
mod state;
mod tell;
mod unlinks;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{
    Approval, ApprovedPlan, Approver, Call, Change, ChangeId, Employee, Links, Outcome, Phase, PlanId,
    Policy, Report, RunId, calls_in_batches, stale,
};
use futures_util::{StreamExt, stream};
use store::{Claim, Hold, PlanState, Tie};

use crate::Engine;
use crate::audit::About;
use crate::error::ApplyError;
use crate::progress::{Progress, Stop};
use crate::rows::Rows;
pub(crate) use finish::unsure_of_mail;
pub(crate) use held::{Held, TERM};
pub(crate) use look_up::is_patched;
pub(crate) use spent::journalled;
use state::State;
pub(crate) use tell::{Of, Via};
use tracing::Instrument as _;

/// A plan that was claimed, and what the claim found out.
struct Begun {
    run: RunId,
    at: DateTime<Utc>,
    approved: ApprovedPlan,
    policy: Policy,
    /// How many rows of its scope there were.
    rows: usize,
    /// The links as they were then, of those at least whom the plan is about.
    links: Links,
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
    pub(crate) held: &'a Held,
    pub(crate) state: State,
    /// Held by the batch that shows how large one may be.
    pub(crate) first_batch: tokio::sync::Mutex<()>,
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
        self.check_tenant(plan, &self.store.plan(plan).await?)?; // else a mistaken domain would take the store
        self.store.bind(self.tenant(), self.now()).await?;
        let lease = self.store.lease(self.tenant(), holder, self.now(), TERM).await?;
        self.holding(lease.into(), plan, by, stop, progress).await
    }

    /// Applies under what is held, which is given back in any case.
    async fn holding(
        &self,
        held: Held,
        plan: PlanId,
        by: &Approver,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, ApplyError> {
        let report = tokio::select! {
            report = self.under(&held, plan, by, stop, progress) => report,
            lost = held.keep(&self.store, self.settings.clock) => Err(lost),
        };
        held.release(&self.store).await;
        report
    }

    /// Settles what was abandoned, then applies.
    pub(crate) async fn under(
        &self,
        held: &Held,
        plan: PlanId,
        by: &Approver,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, ApplyError> {
        // What this run asks of Auth0 is counted apart from what else its process does.
        let counting = Self { auth0: self.auth0.counting(), ..self.clone() };
        counting.settle(held).await?;
        let begun = counting.begin(held, plan, by).await?;
        let span = tracing::info_span!("run", run_id = %begun.run, plan_id = %plan);
        counting.carry_out(plan, &begun, held, by, stop, progress).instrument(span).await
    }

    fn check_tenant(&self, plan: PlanId, stored: &store::StoredPlan) -> Result<(), ApplyError> {
        if stored.plan.tenant() == self.tenant() {
            return Ok(());
        }
        let (planned, configured) = (stored.plan.tenant().clone(), self.tenant().clone());
        Err(ApplyError::OtherTenant { plan, planned, configured })
    }

    /// Stores the links that stand in the write-back columns and nowhere else. A store that has links is
    /// its tenant's.
    pub(crate) async fn take_over_links(&self, employees: &[Employee]) -> Result<(), store::Error> {
        self.store.bind(self.tenant(), self.now()).await?;
        if self.store.has_links(self.tenant()).await? {
            return Ok(()); // after the first run a column is no link any more
        }
        let mut links = Links::default();
        links.take_over(employees); // what contradicts is a note in every plan
        let ties: Vec<Tie> = links
            .iter()
            .map(|(employee, link)| Tie { employee: employee.clone(), link: link.clone(), created_at: None })
            .collect();
        self.store.tie_all(self.tenant(), &ties, self.now()).await
    }

    /// Checks and claims the plan. From here on there is a run, and it ends with a report.
    async fn begin(&self, held: &Held, plan: PlanId, by: &Approver) -> Result<Begun, ApplyError> {
        let stored = self.store.plan(plan).await?;
        let rows = match held.hold() {
            Hold::Tenant(_) => self.rows_whole().await?,
            Hold::Employee(_) => self.rows_of_plan(&stored.plan).await?,
        };
        let Rows { policy, employees, .. } = &rows;
        self.check_same(plan, &stored, policy)?;
        let source = self.check_source(&stored, &rows).await?;
        self.take_over_links(employees).await?;
        let at = self.now();
        let Claim { run, plan: approved } = self.store.claim(plan, held.hold(), policy, self.now()).await?;
        tracing::info!(plan_id = %plan, run_id = %run, "run started");
        self.record(by, "run_started", About::run(plan, run)).await?;
        let links = self.links_now(&rows).await?;
        self.remember_claim(&stored, &source, employees, &links).await?;
        let mut confirmed = self.store.confirmed(plan).await?;
        confirmed.extend(before::made_since(approved.plan(), &links));
        let done = confirmed.keys().cloned().collect();
        let stale = stale(approved.plan(), &done, employees, &links, policy, self.today());
        let first = stored.state == PlanState::Approved;
        let again = !first || self.now() - stored.proposed_at > self.settings.verify_after;
        let policy = rows.policy;
        Ok(Begun { run, at, approved, policy, rows: source.in_scope, links, stale, confirmed, again })
    }

    async fn carry_out(
        &self,
        plan: PlanId,
        begun: &Begun,
        held: &Held,
        by: &Approver,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Report, ApplyError> {
        let Begun { run, at, approved, policy, rows, links, stale, confirmed, again } = begun;
        let state = State::of(approved.plan(), stale, confirmed);
        let (id, first_batch) = (*run, tokio::sync::Mutex::default());
        let run = Run {
            engine: self,
            id,
            plan_id: plan,
            approved,
            policy,
            held,
            state,
            first_batch,
            stop,
            progress,
        };
        run.know(links).await?;
        run.read_again(*again).await;
        run.links().await;
        run.begin_blocks().await?;
        run.phases().await;
        run.unlinks().await;
        // Before the run is closed, so that whoever finds it open after a crash does it again.
        let written = self.write_back_of(run.approved.plan(), &run.state.seen()).await;
        run.end_blocks().await?;
        let report = Report { spent: Some(self.spent(*at)), ..run.report(plan) };
        self.store.finish(&report, self.now()).await?;
        if report.is_complete() {
            self.remember_rows(&run.approved.plan().document().scope, *rows).await?;
        }
        self.remember_failures(run.approved.plan(), &report).await;
        self.record(by, "run_ended", About::run(plan, run.id)).await?;
        written?;
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
        self.check_tenant(plan, stored)?;
        if stored.plan.document().policy != policy.digest() {
            return Err(ApplyError::OtherPolicy(plan));
        }
        let configured = self.auth0.client_id();
        if let Some(planned) = stored.client.clone().filter(|it| it != configured) {
            return Err(ApplyError::OtherClient { plan, planned, configured: configured.to_owned() });
        }
        let breaches = policy.limits.breaches(&stored.plan, &policy.roles);
        let breaches = Approval::unaccepted(&stored.approvals, breaches);
        if !breaches.is_empty() {
            return Err(ApplyError::Breached { plan, breaches });
        }
        Ok(())
    }
}

impl Run<'_> {
    async fn phases(&self) {
        let open: Vec<Change> = self
            .approved
            .plan()
            .changes()
            .iter()
            .filter(|it| self.state.outcome(&it.id).is_none())
            .cloned()
            .collect();
        let calls = calls_in_batches(&open, self.policy.grant_batch);
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

    /// What the database refused. Somebody else may have taken the lease: then the run ends at once. Else,
    /// without the database nothing can be journalled, and nothing more may be called. Tells why.
    pub(crate) fn broken(&self, error: &store::Error) -> String {
        let lost = matches!(error, store::Error::LeaseLost(_) | store::Error::RunOver(_));
        let why = if lost {
            self.held.lose();
            chain(error)
        } else {
            format!("the database does not answer: could not {}", chain(error))
        };
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

    /// The same for a call of a phase: when too much fails, nothing more is changed or given, but access
    /// is taken away to the end.
    fn stopped_before(&self, phase: Phase) -> Option<String> {
        match (phase, self.state.too_many()) {
            (Phase::Update | Phase::Create | Phase::Give | Phase::Tell, Some(too_many)) => {
                self.state.stop(format!(
                    "{too_many}: see why with rollcall run show {}, then rollcall apply {} goes on",
                    self.id, self.plan_id
                ));
            }
            (Phase::TakeAway, Some(_)) | (_, None) => {}
        }
        self.stopped()
    }

    /// An outcome for every change of the plan.
    fn report(&self, plan: PlanId) -> Report {
        let outcomes = self.approved.plan().changes().iter().map(|it| {
            let outcome = self.state.outcome(&it.id).unwrap_or_else(|| Outcome::NotTried {
                why: self.state.stopped().unwrap_or_else(|| "the run ended before it".to_owned()),
            });
            (it.id.clone(), outcome)
        });
        let stopped = self.why_stopped();
        Report { run: self.id, plan, outcomes: outcomes.collect(), stopped, spent: None }
    }

    /// Why it stopped, and what that leaves open: whoever left must not keep access in silence.
    fn why_stopped(&self) -> Option<String> {
        let why = self.state.stopped()?;
        Some(match self.blocked(|outcome| !outcome.is_some_and(|it| it.is_so())).len() {
            0 => why,
            1 => format!("{why}; the block of 1 person is not complete"),
            open => format!("{why}; the blocks of {open} people are not complete"),
        })
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
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
