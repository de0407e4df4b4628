//! One call: intent, call, outcome.

use std::collections::BTreeMap;

use auth0::{AnswerNote, CallError};
use diff::{
    Action, Blame, Call, Change, ChangeId, EmployeeId, Link, Outcome, Request, User, UserId, Welcome,
};
use serde_json::{Value, json};
use store::{CallEnd, CallId, CallState, Intent, Tie};

use super::look_up::{Done, LookUp};
use super::{Run, chain};
use crate::audit::About;
use crate::mirror::created_at;

/// How often a call is made again after a look-up has shown that it was not done.
const TRIES_AFTER_LOOKUP: usize = 3;

impl Run<'_> {
    /// Makes a call, or records why not. Every change that it carries has an outcome afterwards.
    pub(super) async fn perform(&self, call: &Call) {
        let mut carries = call.carries.clone();
        if let Some(why) = self.stopped() {
            return self.not_tried(&carries, &why);
        }
        let resolved = call.request.resolve(&self.state.all_made());
        let missing: Vec<ChangeId> = resolved.missing.iter().map(|at| carries[*at].clone()).collect();
        carries.retain(|it| !missing.contains(it));
        self.not_tried(&missing, "the account was not made");
        let Some(request) = resolved.request else {
            return self.not_tried(&carries, "the account was not made");
        };
        let Some((request, carries)) = self.without_unmet(request, carries) else { return };
        self.send(request, carries).await;
    }

    /// Leaves out what needs a change that was not done: of a batch its users, else the whole call.
    fn without_unmet(
        &self,
        request: Request<UserId>,
        carries: Vec<ChangeId>,
    ) -> Option<(Request<UserId>, Vec<ChangeId>)> {
        let unmet = self.unmet(&carries);
        if unmet.is_empty() {
            return Some((request, carries));
        }
        for (change, needed) in &unmet {
            self.not_tried(std::slice::from_ref(change), &format!("it needs {needed}, which was not done"));
        }
        let is_unmet = |it: &ChangeId| unmet.iter().any(|(change, _)| change == it);
        let Request::GrantToUsers { role, users } = request else {
            let others: Vec<ChangeId> = carries.into_iter().filter(|it| !is_unmet(it)).collect();
            self.not_tried(&others, "it travels with a change that was not done");
            return None;
        };
        let (users, carries): (Vec<UserId>, Vec<ChangeId>) =
            users.into_iter().zip(carries).filter(|(_, it)| !is_unmet(it)).unzip();
        (!users.is_empty()).then_some((Request::GrantToUsers { role, users }, carries))
    }

    /// Journals the intent, calls, and journals the outcome. A batch that is refused because of one
    /// user is halved until that one is alone and the others are done.
    async fn send(&self, request: Request<UserId>, carries: Vec<ChangeId>) {
        let Some((id, correlation)) = self.intend(&request, &carries).await else { return };
        let result = self.call(&request, &correlation).await;
        if let (
            Request::GrantToUsers { role, users },
            Err(CallError::NoSuchUser { .. } | CallError::Refused { .. }),
        ) = (&request, &result)
            && users.len() > 1
        {
            self.conclude(ended(id, CallState::Failed, json!("the batch was refused, and is halved"))).await;
            let (first, second) = (users.len() / 2, users.len());
            for part in [0..first, first..second] {
                let half = Request::GrantToUsers { role: role.clone(), users: users[part.clone()].to_vec() };
                Box::pin(self.send(half, carries[part].to_vec())).await;
            }
            return;
        }
        self.finish(id, &request, &carries, result).await;
    }

    async fn intend(&self, request: &Request<UserId>, carries: &[ChangeId]) -> Option<(CallId, String)> {
        let id = CallId { run: self.id, seq: self.state.next_call() };
        let correlation_id = format!("rollcall-{}-{}", id.run, id.seq);
        let intent = Intent { id, request, carries, correlation_id: &correlation_id };
        match self.engine.store.intend(&[intent], self.engine.now()).await {
            Ok(()) => Some((id, correlation_id)),
            Err(error) => {
                let why = self.without_database(&error);
                self.not_tried(carries, &why);
                None
            }
        }
    }

    /// Makes the call; where its answer was lost, looks what became of it before it is made again.
    async fn call(&self, request: &Request<UserId>, correlation: &str) -> Result<Done, CallError> {
        let mut tries = 1;
        loop {
            let error = match self.engine.auth0.carry_out(request, correlation).await {
                Ok(answer) => return Ok(Done::Now(answer)),
                Err(error) => error,
            };
            match self.look_up(request, &error).await {
                Ok(LookUp::Found(done)) => return Ok(*done),
                Ok(LookUp::NotDone) if tries < TRIES_AFTER_LOOKUP => tries += 1,
                Ok(LookUp::NotDone | LookUp::Nothing) => return Err(error),
                Err(fault) => {
                    // The call stays open in the journal; whoever takes the lease next looks again.
                    self.state.stop(format!("could not look up what became of a call: {}", chain(&fault)));
                    return Err(error);
                }
            }
        }
    }

    async fn finish(
        &self,
        id: CallId,
        request: &Request<UserId>,
        carries: &[ChangeId],
        result: Result<Done, CallError>,
    ) {
        let mut end = ended(id, CallState::Done, Value::Null);
        let outcome = match result {
            Ok(Done::Now(answer)) => {
                end.auth0_request_id = answer.auth0_request_id;
                end.made = answer.user.as_ref().map(|it| it.id.clone());
                if let Some(AnswerNote::NotAvailable { refusal }) = answer.note {
                    tracing::warn!(run_id = %self.id, %refusal, "the tenant's plan does not have this");
                    end.answer = Some(json!({ "not_available": refusal.to_string() }));
                }
                let outcome = if answer.already { Outcome::AlreadySo } else { Outcome::Applied };
                self.take_in(request, carries, answer.user, outcome).await
            }
            Ok(Done::Already(user)) => {
                end.made = user.as_ref().map(|it| it.id.clone());
                self.take_in(request, carries, user, Outcome::AlreadySo).await
            }
            Ok(Done::Stale(why)) => {
                end = ended(id, CallState::Failed, json!(why));
                Outcome::Stale { why }
            }
            Err(error) => {
                let why = chain(&error);
                if matches!(error, CallError::Tenant(_)) {
                    self.state.stop(why.clone());
                }
                let state = if matches!(error, CallError::Unknown(_)) {
                    CallState::Unanswered
                } else {
                    CallState::Failed
                };
                end = ended(id, state, json!(why));
                Outcome::Failed { why, blame: blame(&error) }
            }
        };
        let outcomes: BTreeMap<ChangeId, Outcome> =
            carries.iter().map(|it| (it.clone(), outcome.clone())).collect();
        for (change, outcome) in &outcomes {
            self.state.conclude(change, outcome.clone());
        }
        self.conclude(CallEnd { outcomes: outcomes.clone(), ..end }).await;
        self.tell(&outcomes, Some(request)).await;
    }

    /// Stores what an answer says: the link of a new user, an invitation that was sent.
    async fn take_in(
        &self,
        request: &Request<UserId>,
        carries: &[ChangeId],
        user: Option<User>,
        outcome: Outcome,
    ) -> Outcome {
        let employees: Vec<&EmployeeId> =
            carries.iter().filter_map(|it| Some(&self.approved.plan().change(it)?.employee)).collect();
        let store = &self.engine.store;
        let (tenant, now) = (self.engine.tenant(), self.engine.now());
        let stored = match (request, &user) {
            (Request::Create { employee, .. }, Some(user)) => {
                self.state.made(employee, user.id.clone());
                let invited = !self.invites_newcomers();
                let link = Link { user: user.id.clone(), created_by_us: true, invited };
                let tie = Tie { employee: employee.clone(), link, created_at: created_at(user) };
                store.tie(tenant, tie, now).await
            }
            (Request::Invite { .. }, _) => match employees.first() {
                Some(employee) => store.mark_invited(tenant, employee, now).await,
                None => Ok(()),
            },
            (
                Request::Create { .. }
                | Request::Patch { .. }
                | Request::EndSessions { .. }
                | Request::RevokeRefreshTokens { .. }
                | Request::RevokeRoles { .. }
                | Request::GrantToUsers { .. }
                | Request::GrantToUser { .. }
                | Request::Verify { .. },
                _,
            ) => Ok(()),
        };
        if let (Some(user), [employee, ..]) = (user, employees.as_slice()) {
            self.state.saw(employee, user);
        }
        match stored {
            Ok(()) => outcome,
            // Somebody linked the employee by hand while the call was under way: that link stays.
            Err(store::Error::Link(taken)) => {
                let why = format!("made in Auth0, and not linked: {taken}");
                Outcome::Failed { why, blame: Blame::Run }
            }
            Err(error) => {
                self.without_database(&error);
                let why = format!("done in Auth0, and not stored: {}", chain(&error));
                Outcome::Failed { why, blame: Blame::Run }
            }
        }
    }

    /// Whether the policy owes new people an invitation; if not, none is due after the create.
    pub(super) fn invites_newcomers(&self) -> bool {
        matches!(self.policy.onboarding.welcome, Welcome::Invitation { .. })
    }

    async fn conclude(&self, end: CallEnd) {
        if let Err(error) = self.engine.store.conclude(&[end], self.engine.now()).await {
            self.without_database(&error);
        }
    }

    /// Audits and logs what was done or failed, once.
    pub(super) async fn tell(&self, outcomes: &BTreeMap<ChangeId, Outcome>, by: Option<&Request<UserId>>) {
        let mut entries = Vec::with_capacity(outcomes.len());
        for (id, outcome) in outcomes {
            let Some(change) = self.approved.plan().change(id) else { continue };
            let event = event(&change.action, by);
            log(self.id, change, event, outcome);
            let mut about = About::change(self.plan_id, self.id, change, outcome);
            about.user = about.user.or_else(|| self.state.made_for(&change.employee));
            entries.push(self.engine.entry(&self.approved.approval().by, event, about));
        }
        if let Err(error) = self.engine.store.audit_all(&entries, self.engine.now()).await {
            self.without_database(&error);
        }
    }

    /// Records that nothing was done, and why.
    fn not_tried(&self, changes: &[ChangeId], why: &str) {
        for change in changes {
            let outcome = Outcome::NotTried { why: why.to_owned() };
            self.state.conclude(change, outcome);
        }
    }
}

/// The end of a call, with what is worth keeping of its answer.
fn ended(id: CallId, state: CallState, answer: Value) -> CallEnd {
    let answer = (!answer.is_null()).then_some(answer);
    CallEnd { id, state, status: None, answer, made: None, auth0_request_id: None, outcomes: BTreeMap::new() }
}

/// Whether a refusal is about the change, or may be about everything.
fn blame(error: &CallError) -> Blame {
    match error {
        CallError::Exists { .. }
        | CallError::NoSuchUser { .. }
        | CallError::NoSuchRole { .. }
        | CallError::Refused { .. } => Blame::Change,
        CallError::Unknown(_) | CallError::Transient(_) => Blame::Trouble,
        CallError::Tenant(_) => Blame::Run,
    }
}

fn log(run: diff::RunId, change: &Change, event: &str, outcome: &Outcome) {
    let (employee_id, id) = (change.employee.as_str(), &change.id);
    match outcome {
        Outcome::Applied | Outcome::AlreadySo => {
            tracing::info!(run_id = %run, employee_id, change = %id, "{event}");
        }
        Outcome::Stale { why } | Outcome::NotTried { why } => {
            tracing::warn!(run_id = %run, employee_id, change = %id, why, "change left alone");
        }
        Outcome::Failed { why, blame: _ } => {
            tracing::error!(run_id = %run, employee_id, change = %id, why, "change failed");
        }
    }
}

/// The design's event names. The calls of a block are told apart by what each does.
fn event(action: &Action, by: Option<&Request<UserId>>) -> &'static str {
    match by {
        Some(Request::EndSessions { .. }) => return "auth0_sessions_ended",
        Some(Request::RevokeRefreshTokens { .. }) => return "auth0_refresh_tokens_revoked",
        Some(_) | None => {}
    }
    match action {
        Action::Create { .. } => "auth0_user_created",
        Action::Link { .. } => "auth0_user_linked",
        Action::Relink { .. } => "auth0_user_relinked",
        Action::Unlink { .. } => "auth0_user_unlinked",
        Action::Update { .. } => "auth0_user_updated",
        Action::Block { .. } => "auth0_user_blocked",
        Action::Unblock { .. } => "auth0_user_unblocked",
        Action::GrantRoles { .. } => "auth0_roles_assigned",
        Action::RevokeRoles { .. } => "auth0_roles_revoked",
        Action::SendInvitation { .. } => "auth0_invitation_sent",
        Action::SendVerification { .. } => "auth0_verification_sent",
    }
}
