//! Runs that were abandoned: whoever takes the lease settles them, before anything else.

use std::collections::BTreeMap;

use diff::{ChangeId, EmployeeId, Kind, Link, Outcome, Report, Request, User, UserId};
use store::{AbandonedRun, CallEnd, CallState, JournalledCall, Tie};

use crate::Engine;
use crate::error::ApplyError;
use crate::mirror::created_at;
use crate::run::chain;

impl Engine {
    /// Settles every run that a crashed process left open. What the journal confirms stays; a create
    /// that is open is answered by a look-up, so that nobody is made twice; whatever else is open is
    /// safe to repeat and is left to the next claim of the same plan, or to the next plan.
    pub(crate) async fn settle(&self, abandoned: Vec<AbandonedRun>) -> Result<(), ApplyError> {
        for run in abandoned {
            tracing::warn!(run_id = %run.run, plan_id = %run.plan, "settling an abandoned run");
            let stopped = Some("the process that applied it ended before the run did".to_owned());
            for call in run.calls.iter().filter(|it| it.state.is_open()) {
                self.settle_call(call).await?;
            }
            let outcomes = self.known(&run).await?;
            let AbandonedRun { run, plan, .. } = run;
            self.store.settle(&Report { run, plan, outcomes, stopped }, self.now()).await?;
        }
        Ok(())
    }

    /// What the journal confirms. Of a change that several calls carry it cannot say that all were
    /// made; such changes are safe to repeat.
    async fn known(&self, run: &AbandonedRun) -> Result<BTreeMap<ChangeId, Outcome>, ApplyError> {
        let plan = self.store.plan(run.plan).await?.plan;
        let mut outcomes = self.store.outcomes(run.run).await?;
        for (id, outcome) in &mut outcomes {
            let several =
                plan.change(id).is_some_and(|it| matches!(it.kind(), Kind::Block | Kind::GrantRoles));
            if several && outcome.is_so() {
                *outcome = Outcome::NotTried {
                    why: "the process ended, perhaps before all of it was done".to_owned(),
                };
            }
        }
        Ok(outcomes)
    }

    async fn settle_call(&self, call: &JournalledCall) -> Result<(), ApplyError> {
        let mut made: Option<UserId> = None;
        let mut state = CallState::Unanswered;
        let outcome = match &call.request {
            Request::Create { employee, fields, .. } => {
                let email = fields.get(&diff::Field::Email).and_then(|it| it.as_str()).unwrap_or_default();
                match self.created(employee, email).await {
                    Ok(Some(user)) => {
                        self.adopt(employee, &user).await?;
                        made = Some(user.id);
                        state = CallState::Done;
                        Outcome::Applied
                    }
                    Ok(None) => {
                        state = CallState::Failed;
                        Outcome::NotTried { why: "the process ended, and no account was made".to_owned() }
                    }
                    Err(error) => Outcome::NotTried { why: format!("not known yet: {}", chain(&error)) },
                }
            }
            Request::Patch { .. }
            | Request::EndSessions { .. }
            | Request::RevokeRefreshTokens { .. }
            | Request::RevokeRoles { .. }
            | Request::GrantToUsers { .. }
            | Request::GrantToUser { .. }
            | Request::Invite { .. }
            | Request::Verify { .. } => {
                Outcome::NotTried { why: "the process ended before the answer came".to_owned() }
            }
        };
        let outcomes: BTreeMap<ChangeId, Outcome> =
            call.carries.iter().map(|it| (it.clone(), outcome.clone())).collect();
        let end = CallEnd {
            id: call.id,
            state,
            status: None,
            answer: None,
            made,
            auth0_request_id: None,
            outcomes,
        };
        Ok(self.store.conclude(&[end], self.now()).await?)
    }

    /// The user that a create has made, where it has.
    async fn created(&self, employee: &EmployeeId, email: &str) -> Result<Option<User>, auth0::Error> {
        let users = self.auth0.users_by_email(email).await?;
        let ours = |it: &User| {
            it.is_in(&self.settings.policy.connection)
                && it.account.marked_employee().is_some_and(|it| it == employee.as_str())
        };
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
