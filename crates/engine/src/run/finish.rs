//! What became of a call: stored, journalled, counted.

use std::collections::BTreeMap;
use std::time::Duration;

use auth0::{AnswerNote, CallError, Refusal};
use diff::{Blame, ChangeId, EmployeeId, Link, Outcome, Request, User, UserId, Welcome};
use serde_json::{Value, json};
use store::{CallEnd, CallId, CallState, Tie};

use super::look_up::Done;
use super::perform::{correlation_id, feature};
use super::tell::Via;
use super::{Run, chain};
use crate::mirror::created_at;

impl Run<'_> {
    pub(super) async fn finish(
        &self,
        id: CallId,
        request: &Request<UserId>,
        carries: &[ChangeId],
        result: Result<Done, CallError>,
        took: Duration,
    ) {
        let mut end = ended(id, CallState::Done, Value::Null);
        let outcome = match result {
            Ok(Done::Now(answer)) => {
                end.auth0_request_id = answer.auth0_request_id;
                end.made = answer.user.as_ref().map(|it| it.id.clone());
                if let Some(AnswerNote::NotAvailable { refusal }) = answer.note {
                    end.answer = Some(json!({ "not_available": refusal.to_string() }));
                    self.lacking(request, &refusal).await;
                }
                let outcome = if answer.already { Outcome::AlreadySo } else { Outcome::Applied };
                self.take_in(request, carries, answer.user, outcome).await
            }
            Ok(Done::Unanswered(user)) => {
                end.made = Some(user.id.clone());
                end.answer = Some(json!("its answer was lost, and a look-up showed that it was done"));
                self.take_in(request, carries, Some(user), Outcome::Applied).await
            }
            Ok(Done::Already(user)) => {
                end.made = user.as_ref().map(|it| it.id.clone());
                self.take_in(request, carries, user, Outcome::AlreadySo).await
            }
            Ok(Done::Linked(user)) => {
                end = ended(id, CallState::Failed, json!("it was not sent: the employee has an account"));
                self.made_by_others(request, user);
                Outcome::AlreadySo
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
                self.unsure(request, carries, state, Outcome::Failed { why, blame: blame(&error) }).await
            }
        };
        self.state.note(&outcome);
        let outcomes: BTreeMap<ChangeId, Outcome> =
            carries.iter().map(|it| (it.clone(), outcome.clone())).collect();
        for (change, outcome) in &outcomes {
            self.state.conclude(change, outcome.clone());
        }
        // In this order: what stands in the journal as over must not be missing from the record.
        let (correlation_id, auth0_request_id) = (&correlation_id(id), end.auth0_request_id.as_deref());
        self.tell(&outcomes, Some(Via { request, correlation_id, auth0_request_id, took: Some(took) })).await;
        self.conclude(CallEnd { outcomes, ..end }).await;
    }

    /// A mail whose answer was lost may have gone out, and nothing shows it: it counts as sent, and a person
    /// is told how to send another.
    async fn unsure(
        &self,
        request: &Request<UserId>,
        carries: &[ChangeId],
        state: CallState,
        outcome: Outcome,
    ) -> Outcome {
        let change = carries.first().and_then(|it| self.approved.plan().change(it));
        let (Request::Invite { .. }, CallState::Unanswered, Some(change)) = (request, state, change) else {
            return outcome;
        };
        let (tenant, now) = (self.engine.tenant(), self.engine.now());
        if let Err(error) = self.engine.store.mark_invited(tenant, &change.employee, now).await {
            self.broken(&error);
        }
        Outcome::Failed { why: unsure_of_mail(&change.employee), blame: Blame::Run }
    }

    /// Says once a run, and remembers, what the tenant's plan does not have.
    async fn lacking(&self, request: &Request<UserId>, refusal: &Refusal) {
        let Some(feature) = feature(request).filter(|it| self.state.lack(*it)) else { return };
        tracing::warn!(run_id = %self.id, %refusal, "the tenant's plan does not have {feature}: left out from now on");
        let (tenant, now) = (self.engine.tenant(), self.engine.now());
        if let Err(error) = self.engine.store.note_lack(tenant, feature, &refusal.to_string(), now).await {
            self.broken(&error);
        }
    }

    /// Somebody who acted on the employee has made the account: what was to follow the create follows it.
    fn made_by_others(&self, request: &Request<UserId>, user: UserId) {
        if let Request::Create { employee, .. } = request {
            self.state.made(employee, user);
        }
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
                self.broken(&error);
                let why = format!("done in Auth0, and not stored: {}", chain(&error));
                Outcome::Failed { why, blame: Blame::Run }
            }
        }
    }

    /// Whether the policy owes new people an invitation; if not, none is due after the create.
    pub(super) fn invites_newcomers(&self) -> bool {
        matches!(self.policy.onboarding.welcome, Welcome::Invitation { .. })
    }

    pub(super) async fn conclude(&self, end: CallEnd) {
        if let Err(error) = self.engine.store.conclude(&[end], self.engine.now()).await {
            self.broken(&error);
        }
    }
}

/// The end of a call, with what is worth keeping of its answer.
pub(super) fn ended(id: CallId, state: CallState, answer: Value) -> CallEnd {
    let answer = (!answer.is_null()).then_some(answer);
    CallEnd { id, state, status: None, answer, made: None, auth0_request_id: None, outcomes: BTreeMap::new() }
}

/// What is said of an invitation that may have gone out.
pub(crate) fn unsure_of_mail(employee: &EmployeeId) -> String {
    format!(
        "the mail may have gone out or not, and is not sent twice: rollcall employee resend {employee} \
         --invitation sends another"
    )
}

/// Whether a refusal is about the change, or may be about everything.
fn blame(error: &CallError) -> Blame {
    match error {
        CallError::Exists { .. }
        | CallError::NoSuchUser { .. }
        | CallError::NoSuchRole { .. }
        | CallError::Refused { .. } => Blame::Change,
        CallError::Unknown(_) | CallError::Transient(_) => Blame::Trouble,
        CallError::Withheld | CallError::Tenant(_) => Blame::Run,
    }
}
