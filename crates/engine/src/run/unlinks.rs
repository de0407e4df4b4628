//! Links that go, or change hands again, behind the calls: only who is linked is ours to change.

use diff::{Action, Blame, Change, EmployeeId, Outcome, UserId};

use super::{Run, chain};
use crate::by_hand::HandError;

impl Run<'_> {
    /// Unties whatever waited for the calls. Where one of those failed, the link stays, so that the same
    /// plan can go on.
    pub(super) async fn unlinks(&self) {
        for change in self.approved.plan().changes().iter().filter(|it| is_behind(it)) {
            if self.state.outcome(&change.id).is_some() || self.stopped().is_some() {
                continue;
            }
            if let Some((_, needed)) = self.unmet(std::slice::from_ref(&change.id)).pop() {
                let why = format!("it needs {needed}, which was not done");
                self.tied(change, Outcome::NotTried { why }).await;
                continue;
            }
            self.held.renewed(self.engine.settings.clock).await;
            match &change.action {
                Action::Unlink { user } => {
                    let outcome = self.unlink(&change.employee, user).await;
                    self.tied(change, outcome).await;
                }
                Action::Relink { user, from, .. } => {
                    let (store, tenant) = (&self.engine.store, self.engine.tenant());
                    self.linked(change, store.relink(tenant, user, from, &change.employee).await).await;
                }
                Action::Create { .. }
                | Action::Link { .. }
                | Action::Update { .. }
                | Action::Block { .. }
                | Action::Unblock { .. }
                | Action::GrantRoles { .. }
                | Action::RevokeRoles { .. }
                | Action::SendInvitation { .. }
                | Action::SendVerification { .. } => {}
            }
        }
    }

    async fn unlink(&self, employee: &EmployeeId, user: &UserId) -> Outcome {
        let linked = match self.engine.store.link_of(self.engine.tenant(), employee).await {
            Ok(link) => link.map(|it| it.user),
            Err(error) => return Outcome::NotTried { why: self.broken(&error) },
        };
        match linked {
            None => return Outcome::AlreadySo,
            Some(other) if other != *user => {
                return Outcome::Stale { why: format!("the employee is linked to {other} now") };
            }
            Some(_) => {}
        }
        match self.engine.take_apart(employee, user).await {
            Ok(()) => Outcome::Applied,
            Err(HandError::Store(error)) => Outcome::NotTried { why: self.broken(&error) },
            Err(error) => Outcome::Failed { why: chain(&error), blame: Blame::Run },
        }
    }
}

/// Whether a tie waits for the calls: an unlink, and a relink that gives an account back.
pub(super) fn is_behind(change: &Change) -> bool {
    match &change.action {
        Action::Unlink { .. } => true,
        Action::Relink { .. } => !change.needs.is_empty(),
        Action::Create { .. }
        | Action::Link { .. }
        | Action::Update { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::GrantRoles { .. }
        | Action::RevokeRoles { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => false,
    }
}
