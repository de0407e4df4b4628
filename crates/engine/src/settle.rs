//! Runs that were abandoned: whoever takes the lease settles them, before anything else.
//!
//! Everything here may be done twice. A run is closed last, so that whoever finds the database or the
//! tenant gone half-way leaves all of it to the next one.

use std::collections::BTreeMap;

use diff::{Blame, ChangeId, EmployeeId, Kind, Link, Outcome, Plan, Report, Request, User, UserId};
use store::{AbandonedRun, CallEnd, CallState, Hold, JournalledCall, LeaseError, StoredPlan, Tie};

use crate::Engine;
use crate::audit::About;
use crate::error::ApplyError;
use crate::mirror::created_at;
use crate::run::{Held, Of, TERM, Via, is_patched, journalled, unsure_of_mail};
use crate::whole::is_whole;

/// What a look-up says about a call that was open when its process ended.
enum Found {
    /// It was done; the user is as it was read, where one was.
    Done(Option<Box<User>>),
    /// It was not.
    NotDone,
    /// Nothing shows it, and doing it again is doing it once.
    Untold,
    /// A mail, which leaves no trace and is not sent twice.
    Unsure(EmployeeId),
}

impl Engine {
    /// Settles every run that a process left open which does not hold what it needs any more. What the
    /// journal confirms stays; what is open is answered by a look-up where there is one, so that nobody is
    /// made twice and nothing is said to be undone that was done.
    ///
    /// Whoever holds the tenant settles acts on single employees too, where nobody is at it.
    pub(crate) async fn settle(&self, held: &Held) -> Result<(), ApplyError> {
        for run in self.store.abandoned(held.hold()).await? {
            self.settle_run(held.hold(), run).await?;
        }
        if held.hold().employee().is_none() {
            for employee in self.store.acts_under_way(self.tenant()).await? {
                self.settle_act(&employee, held.hold().holder()).await?;
            }
        }
        Ok(())
    }

    async fn settle_act(&self, employee: &EmployeeId, holder: &str) -> Result<(), ApplyError> {
        let claim = match self.store.claim_employee(self.tenant(), employee, holder, self.now(), TERM).await {
            Ok(claim) => claim,
            Err(LeaseError::EmployeeHeldBy { .. }) => return Ok(()), // it goes on
            Err(error) => return Err(error.into()),
        };
        let held = Held::from(claim);
        let settled = Box::pin(self.settle(&held)).await;
        held.release(&self.store).await;
        settled
    }

    async fn settle_run(&self, hold: Hold<'_>, abandoned: AbandonedRun) -> Result<(), ApplyError> {
        let AbandonedRun { run, plan: plan_id, calls, .. } = &abandoned;
        tracing::warn!(run_id = %run, plan_id = %plan_id, "settling an abandoned run");
        let stored = self.store.plan(*plan_id).await?;
        let mut seen = BTreeMap::new();
        for call in calls.iter().filter(|it| it.state.is_open()) {
            self.settle_call(&stored, call, &mut seen).await?;
        }
        let outcomes = self.known(&abandoned, &stored.plan).await?;
        self.write_back_of(&stored.plan, &seen).await?;
        self.forget_whole_blocks(&stored.plan, &outcomes).await?;
        let stopped = Some("the process that applied it ended before the run did".to_owned());
        let spent = Some(journalled(calls));
        let report = Report { run: *run, plan: *plan_id, outcomes, stopped, spent };
        if let Some(decision) = &stored.decision {
            self.record(&decision.by, "run_settled", About::run(*plan_id, *run)).await?;
        }
        self.store.settle(&report, hold, self.now()).await?;
        self.remember_failures(&stored.plan, &report).await;
        Ok(())
    }

    /// What the journal confirms, for every change. Of those that several calls carry, whatever is not
    /// whole is done again, which is safe.
    async fn known(
        &self,
        run: &AbandonedRun,
        plan: &Plan,
    ) -> Result<BTreeMap<ChangeId, Outcome>, ApplyError> {
        let mut outcomes = self.store.outcomes(run.run).await?;
        let calls = self.store.calls(run.run).await?;
        for change in plan.changes() {
            let why = match outcomes.get(&change.id) {
                None => "the process ended before it",
                Some(outcome) if outcome.is_so() && !is_whole(change, &calls) => {
                    "the process ended before all of it was done"
                }
                Some(_) => continue,
            };
            outcomes.insert(change.id.clone(), not_tried(why));
        }
        Ok(outcomes)
    }

    async fn forget_whole_blocks(
        &self,
        plan: &Plan,
        outcomes: &BTreeMap<ChangeId, Outcome>,
    ) -> Result<(), store::Error> {
        let blocks = plan.changes().iter().filter(|it| it.kind() == Kind::Block);
        let whole = blocks.filter(|it| outcomes.get(&it.id).is_some_and(Outcome::is_so));
        let employees: Vec<EmployeeId> = whole.map(|it| it.employee.clone()).collect();
        self.store.end_blocks(self.tenant(), &employees).await
    }

    async fn settle_call(
        &self,
        stored: &StoredPlan,
        call: &JournalledCall,
        seen: &mut BTreeMap<EmployeeId, User>,
    ) -> Result<(), ApplyError> {
        let found = self.found(call, stored).await?;
        let (state, outcome) = match &found {
            Found::Done(_) => (CallState::Done, Outcome::Applied),
            Found::NotDone => (CallState::Failed, not_tried("the process ended, and it was not done")),
            Found::Untold => (CallState::Unanswered, not_tried("the process ended before the answer came")),
            Found::Unsure(employee) => {
                self.store.mark_invited(self.tenant(), employee, self.now()).await?;
                (CallState::Unanswered, Outcome::Failed { why: unsure_of_mail(employee), blame: Blame::Run })
            }
        };
        let mut made = BTreeMap::new();
        if let (Found::Done(Some(user)), Some(employee)) = (found, employee(&stored.plan, call)) {
            if let Request::Create { .. } = call.request {
                self.adopt(employee, &user).await?;
                made.insert(employee.clone(), user.id.clone());
            }
            seen.insert(employee.clone(), *user);
        }
        let outcomes: BTreeMap<ChangeId, Outcome> =
            call.carries.iter().map(|it| (it.clone(), outcome.clone())).collect();
        if let (Some(decision), false) = (&stored.decision, matches!(outcome, Outcome::NotTried { .. })) {
            let of = Of {
                run: call.id.run,
                plan_id: stored.id,
                plan: &stored.plan,
                by: &decision.by,
                approvals: &stored.approvals,
            };
            let (request, correlation_id) = (&call.request, call.correlation_id.as_str());
            let via = Via { request, correlation_id, auth0_request_id: None, took: None };
            self.tell(of, &outcomes, &made, Some(via)).await?;
        }
        let end = CallEnd {
            id: call.id,
            state,
            status: None,
            answer: None,
            made: made.into_values().next(),
            auth0_request_id: None,
            outcomes,
        };
        Ok(self.store.conclude(&[end], self.now()).await?)
    }

    /// Looks, in the store that does not lag.
    async fn found(&self, call: &JournalledCall, stored: &StoredPlan) -> Result<Found, ApplyError> {
        let request = &call.request;
        let found = match request {
            Request::Create { employee, fields, .. } => {
                let email = fields.get(&diff::Field::Email).and_then(|it| it.as_str()).unwrap_or_default();
                self.created(employee, email)
                    .await
                    .map(|it| it.map_or(Found::NotDone, |it| Found::Done(Some(Box::new(it)))))
            }
            Request::Patch { user, .. } => self.auth0.user(user).await.map(|it| match it {
                Some(user) if is_patched(request, &user) => Found::Done(Some(Box::new(user))),
                Some(_) | None => Found::NotDone,
            }),
            Request::RevokeRoles { user, roles } => self.auth0.user_roles(user).await.map(|it| {
                if roles.iter().any(|role| it.contains(role)) { Found::NotDone } else { Found::Done(None) }
            }),
            Request::GrantToUser { user, roles } => self.auth0.user_roles(user).await.map(|it| {
                if roles.iter().all(|role| it.contains(role)) { Found::Done(None) } else { Found::NotDone }
            }),
            Request::Invite { .. } => {
                Ok(employee(&stored.plan, call).map_or(Found::Untold, |it| Found::Unsure(it.clone())))
            }
            Request::EndSessions { .. }
            | Request::RevokeRefreshTokens { .. }
            | Request::GrantToUsers { .. }
            | Request::Verify { .. } => Ok(Found::Untold),
        };
        match found {
            // Auth0 refuses to be asked about this one; it must not stand in the way of all others.
            Err(auth0::Error::Refused { .. }) => Ok(Found::Untold),
            other => other.map_err(ApplyError::Settling),
        }
    }

    /// The user that a create has made, where it has.
    async fn created(&self, employee: &EmployeeId, email: &str) -> Result<Option<User>, auth0::Error> {
        let users = self.auth0.users_by_email(email).await?;
        let ours = |it: &User| it.is_in(&self.settings.policy.connection) && it.account.is_marked(employee);
        Ok(users.into_iter().find(ours))
    }

    async fn adopt(&self, employee: &EmployeeId, user: &User) -> Result<(), ApplyError> {
        let id: UserId = user.id.clone();
        let invited = !matches!(self.settings.policy.onboarding.welcome, diff::Welcome::Invitation { .. });
        let link = Link { user: id, created_by_us: true, invited };
        let tie = Tie { employee: employee.clone(), link, created_at: created_at(user) };
        match self.store.tie(self.tenant(), tie, self.now()).await {
            Ok(()) | Err(store::Error::Link(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whom a call is about; of a batch, the first.
fn employee<'a>(plan: &'a Plan, call: &JournalledCall) -> Option<&'a EmployeeId> {
    call.carries.first().and_then(|it| plan.change(it)).map(|it| &it.employee)
}

fn not_tried(why: &str) -> Outcome {
    Outcome::NotTried { why: why.to_owned() }
}
