//! One call: intent, call, outcome.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use auth0::{Answer, CallError};
use diff::{Call, Cause, ChangeId, Feature, Outcome, Phase, Request, RoleName, UserId};
use serde_json::json;
use store::{CallId, CallState, Intent};
use tracing::Instrument as _;

use super::finish::ended;
use super::look_up::{Done, LookUp};
use super::{Run, chain};

/// How often a call is made again after a look-up has shown that it was not done.
const TRIES_AFTER_LOOKUP: usize = 3;

/// How often a call is begun anew because the lease was about to end when it was to be sent.
const TRIES_TO_SEND: usize = 3;

/// Said of a call that was withheld.
const NOT_SENT: &str = "it was not sent: the lease was about to end";

/// How often a run looks whether an employee is free again: for fifteen seconds, as long as a claim lasts.
const LOOKS_AT_A_CLAIM: usize = 300;

/// How long it waits in between.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

impl Run<'_> {
    /// Makes a call, or records why not. Every change that it carries has an outcome afterwards.
    pub(super) async fn perform(&self, call: &Call) {
        let mut carries = call.carries.clone();
        if let Some(why) = self.stopped_before(call.request.phase()) {
            return self.not_tried(&carries, &why);
        }
        let resolved = self.state.resolve(&call.request);
        let missing: Vec<ChangeId> = resolved.missing.iter().map(|at| carries[*at].clone()).collect();
        carries.retain(|it| !missing.contains(it));
        self.not_tried(&missing, "the account was not made");
        let Some(request) = resolved.request else {
            return self.not_tried(&carries, "the account was not made");
        };
        let Some((request, carries)) = self.without_unmet(request, carries) else { return };
        if feature(&request).is_some_and(|it| self.state.lacks(it)) {
            return self.concluded(&carries, &Outcome::AlreadySo); // nothing runs on that could be ended
        }
        if let Request::GrantToUsers { role, users } = request {
            return self.grant(role, users, carries).await;
        }
        self.send(request, carries).await;
    }

    /// Gives a role to a batch of users. Nobody says how large one may be: until that is known they are sent one
    /// after the other, so that a refusal is met once and not by all at once.
    async fn grant(&self, role: RoleName, users: Vec<UserId>, carries: Vec<ChangeId>) {
        let mut first = Some(self.first_batch.lock().await);
        if self.state.knows_batch(users.len()) {
            first = None;
        }
        if let Some(why) = self.stopped_before(Phase::Give) {
            return self.not_tried(&carries, &why);
        }
        self.in_batches(&role, users, carries).await;
        drop(first);
    }

    /// As few batches as may be, by what is known so far.
    async fn in_batches(&self, role: &RoleName, mut users: Vec<UserId>, mut carries: Vec<ChangeId>) {
        while !users.is_empty() {
            let size = self.state.batch_of(users.len());
            let (later, later_carries) = (users.split_off(size), carries.split_off(size));
            self.send(Request::GrantToUsers { role: role.clone(), users }, carries).await;
            (users, carries) = (later, later_carries);
        }
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
        // A batch is named by its first change.
        let change = carries.first().map_or("", ChangeId::as_str);
        let span = tracing::info_span!("call", change, changes = carries.len());
        self.try_to_send(request, carries).instrument(span).await;
    }

    async fn try_to_send(&self, request: Request<UserId>, carries: Vec<ChangeId>) {
        let begun = Instant::now();
        for _ in 0..TRIES_TO_SEND {
            let Some((id, correlation)) = self.intend(&request, &carries).await else { return };
            let result = match self.done_meanwhile(&request, &carries).await {
                Ok(Some(done)) => Ok(done),
                Ok(None) => self.call(&request, &correlation).await,
                Err(error) => return self.not_tried(&carries, &self.broken(&error)),
            };
            match (&request, &result) {
                (_, Err(CallError::Withheld)) => {
                    let stopped = self.stopped();
                    let why = stopped.as_deref().unwrap_or(NOT_SENT);
                    self.conclude(ended(id, CallState::Failed, json!(why))).await;
                    if stopped.is_some() {
                        return self.not_tried(&carries, why);
                    }
                    self.held.renewed(self.engine.settings.clock).await;
                }
                (
                    Request::GrantToUsers { role, users },
                    Err(error @ (CallError::NoSuchUser { .. } | CallError::Refused { .. })),
                ) if users.len() > 1 => {
                    if let CallError::Refused { .. } = error {
                        self.state.batch_refused(users.len());
                    }
                    let why = json!("the batch was refused, and is halved");
                    self.conclude(ended(id, CallState::Failed, why)).await;
                    return self.halve(role, users, &carries).await;
                }
                _ => {
                    match (&request, &result) {
                        (Request::GrantToUsers { users, .. }, Ok(_)) => self.state.batch_taken(users.len()),
                        (Request::GrantToUsers { .. }, Err(CallError::Refused { .. })) => {
                            self.state.user_refused();
                        }
                        _ => {}
                    }
                    return self.finish(id, &request, &carries, result, begun.elapsed()).await;
                }
            }
        }
        self.not_tried(&carries, NOT_SENT);
    }

    async fn halve(&self, role: &RoleName, users: &[UserId], carries: &[ChangeId]) {
        let (first, second) = (users.len() / 2, users.len());
        for part in [0..first, first..second] {
            let (users, carries) = (users[part.clone()].to_vec(), carries[part].to_vec());
            Box::pin(self.in_batches(role, users, carries)).await;
        }
    }

    /// Journals the intent. While somebody acts on a person concerned it waits for as long as an act lasts
    /// that is not renewed.
    async fn intend(&self, request: &Request<UserId>, carries: &[ChangeId]) -> Option<(CallId, String)> {
        let mut why = String::new();
        for _ in 0..LOOKS_AT_A_CLAIM {
            let id = CallId { run: self.id, seq: self.state.next_call() };
            let correlation_id = correlation_id(id);
            let intent = Intent { id, request, carries, correlation_id: &correlation_id };
            match self.engine.store.intend(&[intent], self.engine.now()).await {
                Ok(()) => return Some((id, correlation_id)),
                Err(error @ store::Error::ClaimedBy { .. }) => why = chain(&error),
                Err(error) => {
                    self.not_tried(carries, &self.broken(&error));
                    return None;
                }
            }
            if let Some(stopped) = self.stopped() {
                why = stopped;
                break;
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        self.not_tried(carries, &why);
        None
    }

    /// What somebody who acted on the employee has done since the plan was made. Our intent is journalled,
    /// so that nobody does now. What is not asked about here is the same if it is done twice.
    async fn done_meanwhile(
        &self,
        request: &Request<UserId>,
        carries: &[ChangeId],
    ) -> Result<Option<Done>, store::Error> {
        let change = carries.first().and_then(|it| self.approved.plan().change(it));
        let Some(change) = change else { return Ok(None) };
        let link = || self.engine.store.link_of(self.engine.tenant(), &change.employee);
        Ok(match request {
            Request::Create { .. } => link().await?.map(|it| Done::Linked(it.user)),
            Request::Invite { .. } if change.cause != Cause::OnDemand => {
                link().await?.filter(|it| it.invited_at.is_some()).map(|_| Done::Already(None))
            }
            Request::Invite { .. }
            | Request::Patch { .. }
            | Request::EndSessions { .. }
            | Request::RevokeRefreshTokens { .. }
            | Request::RevokeRoles { .. }
            | Request::GrantToUsers { .. }
            | Request::GrantToUser { .. }
            | Request::Verify { .. } => None,
        })
    }

    /// Makes the call; where its answer was lost, looks what became of it before it is made again.
    async fn call(&self, request: &Request<UserId>, correlation: &str) -> Result<Done, CallError> {
        let mut tries = 1;
        loop {
            let error = match self.try_call(request, correlation).await {
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

    /// One try. What waits for the rate limit when somebody asks the run to stop is not sent any more; what is on
    /// its way ends.
    async fn try_call(&self, request: &Request<UserId>, correlation: &str) -> Result<Answer, CallError> {
        let sent = AtomicBool::new(false);
        let still = || {
            let may = self.held.is_safe(self.engine.now()) && self.stopped().is_none();
            sent.fetch_or(may, Ordering::Relaxed);
            may
        };
        let stopped_in_time = async {
            self.stop.asked().await;
            if sent.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            answer = self.engine.auth0.carry_out(request, correlation, &still) => answer,
            () = stopped_in_time => Err(CallError::Withheld),
        }
    }

    /// Records that nothing was done, and why.
    fn not_tried(&self, changes: &[ChangeId], why: &str) {
        self.concluded(changes, &Outcome::NotTried { why: why.to_owned() });
    }

    fn concluded(&self, changes: &[ChangeId], outcome: &Outcome) {
        for change in changes {
            self.state.conclude(change, outcome.clone());
        }
    }
}

/// Our name for a call, sent along: whoever reads the tenant's logs finds the run.
pub(super) fn correlation_id(id: CallId) -> String {
    format!("rollcall-{}-{}", id.run, id.seq)
}

/// What a request needs of the tenant's plan.
pub(super) fn feature(request: &Request<UserId>) -> Option<Feature> {
    match request {
        Request::EndSessions { .. } => Some(Feature::Sessions),
        Request::RevokeRefreshTokens { .. } => Some(Feature::RefreshTokens),
        Request::Create { .. }
        | Request::Patch { .. }
        | Request::RevokeRoles { .. }
        | Request::GrantToUsers { .. }
        | Request::GrantToUser { .. }
        | Request::Invite { .. }
        | Request::Verify { .. } => None,
    }
}
