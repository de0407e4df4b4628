//! Telling what became of changes: to the audit record and to the log.

use std::collections::BTreeMap;
use std::time::Duration;

use diff::{
    Action, Approval, Approver, Change, ChangeId, EmployeeId, Field, Outcome, Plan, PlanId, Request, RunId,
    UserId,
};

use super::Run;
use crate::Engine;
use crate::audit::About;

/// Of which run something is told.
#[derive(Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) run: RunId,
    pub(crate) plan_id: PlanId,
    pub(crate) plan: &'a Plan,
    /// On whose word it was done.
    pub(crate) by: &'a Approver,
    /// Every yes to the plan.
    pub(crate) approvals: &'a [Approval],
}

/// The call that carried what is told.
#[derive(Clone, Copy)]
pub(crate) struct Via<'a> {
    pub(crate) request: &'a Request<UserId>,
    /// Ours.
    pub(crate) correlation_id: &'a str,
    /// Auth0's name for it, where an answer came.
    pub(crate) auth0_request_id: Option<&'a str>,
    /// How long it took, waiting for the rate limit included; of another process's call nobody knows.
    pub(crate) took: Option<Duration>,
}

impl Run<'_> {
    /// Audits and logs what was done or failed.
    pub(super) async fn tell(&self, outcomes: &BTreeMap<ChangeId, Outcome>, via: Option<Via<'_>>) {
        let of = Of {
            run: self.id,
            plan_id: self.plan_id,
            plan: self.approved.plan(),
            by: self.approved.by(),
            approvals: self.approved.approvals(),
        };
        let changes = outcomes.keys().filter_map(|it| of.plan.change(it));
        let made = self.state.made_for(changes.map(|it| &it.employee));
        if let Err(error) = self.engine.tell(of, outcomes, &made, via).await {
            self.broken(&error);
        }
    }
}

impl Engine {
    /// Audits and logs what became of changes, by the call that carried them.
    pub(crate) async fn tell(
        &self,
        of: Of<'_>,
        outcomes: &BTreeMap<ChangeId, Outcome>,
        made: &BTreeMap<EmployeeId, UserId>,
        via: Option<Via<'_>>,
    ) -> Result<(), store::Error> {
        let mut entries = Vec::with_capacity(outcomes.len());
        for (id, outcome) in outcomes {
            let Some(change) = of.plan.change(id) else { continue };
            let event = event(&change.action, via.map(|it| it.request));
            let mut about = About::change(of, change, outcome, via);
            about.user = about.user.or_else(|| made.get(&change.employee).cloned());
            log(of.run, change, about.user.as_ref(), via, event, outcome);
            entries.push(self.entry(of.by, event, about));
        }
        self.store.audit_all(&entries, self.now()).await
    }
}

/// In the design's words and fields.
fn log(
    run: RunId,
    change: &Change,
    user: Option<&UserId>,
    via: Option<Via<'_>>,
    event: &str,
    outcome: &Outcome,
) {
    let (employee_id, id) = (change.employee.as_str(), &change.id);
    match outcome {
        Outcome::Applied | Outcome::AlreadySo => {
            let auth0_user_id = user.map(UserId::as_str);
            let department = department(&change.action);
            let duration_ms = via.and_then(|it| it.took).map(|it| it.as_secs_f64() * 1e3);
            tracing::info!(run_id = %run, employee_id, auth0_user_id, department, duration_ms, change = %id, "{event}");
        }
        Outcome::Stale { why } | Outcome::NotTried { why } => {
            tracing::warn!(run_id = %run, employee_id, change = %id, why, "change left alone");
        }
        Outcome::Failed { why, blame: _ } => {
            tracing::error!(run_id = %run, employee_id, change = %id, why, "change failed");
        }
    }
}

/// Where a new account belongs, as far as the mapping has it under this name.
fn department(action: &Action) -> Option<&str> {
    let Action::Create { fields, .. } = action else { return None };
    let is_it = |field: &Field| matches!(field, Field::UserMetadata(name) | Field::AppMetadata(name) if name == "department");
    fields.iter().find(|(field, _)| is_it(field))?.1.as_str()
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
