//! Links of a run: ours alone, and made before any call that needs them.

use std::collections::BTreeMap;

use diff::{Action, Change, Link, Outcome};
use store::Tie;

use super::unlinks::is_behind;
use super::{Run, chain};

impl Run<'_> {
    /// Stores every link of the plan. A user or employee that was tied otherwise meanwhile is stale.
    pub(super) async fn links(&self) {
        let ours = match self.engine.store.open_creates(self.engine.tenant()).await {
            Ok(ours) => ours,
            Err(error) => return drop(self.broken(&error)),
        };
        for change in self.approved.plan().changes() {
            let open = self.state.outcome(&change.id).is_none() && !is_behind(change);
            if !open || self.stopped().is_some() {
                continue;
            }
            self.held.renewed(self.engine.settings.clock).await;
            let (store, tenant) = (&self.engine.store, self.engine.tenant());
            let tied = match &change.action {
                Action::Link { user, .. } => {
                    // A create whose answer was lost for good: the account is ours, and owed its invitation.
                    let created_by_us = ours.contains(&change.employee);
                    let invited = !(created_by_us && self.invites_newcomers());
                    let link = Link { user: user.clone(), created_by_us, invited };
                    let tie = Tie { employee: change.employee.clone(), link, created_at: None };
                    store.tie(tenant, tie, self.engine.now()).await
                }
                Action::Relink { user, from, .. } => store.relink(tenant, user, from, &change.employee).await,
                Action::Create { .. }
                | Action::Unlink { .. }
                | Action::Update { .. }
                | Action::Block { .. }
                | Action::Unblock { .. }
                | Action::GrantRoles { .. }
                | Action::RevokeRoles { .. }
                | Action::SendInvitation { .. }
                | Action::SendVerification { .. } => continue,
            };
            self.linked(change, tied).await;
        }
    }

    pub(super) async fn linked(&self, change: &Change, tied: Result<(), store::Error>) {
        let outcome = match tied {
            Ok(()) => Outcome::Applied,
            Err(store::Error::Link(taken)) => Outcome::Stale { why: taken.to_string() },
            Err(error @ store::Error::NoLink { .. }) => Outcome::Stale { why: chain(&error) },
            Err(error) => Outcome::NotTried { why: self.broken(&error) },
        };
        self.tied(change, outcome).await;
    }

    /// Records what became of a tie: no call carries it.
    pub(super) async fn tied(&self, change: &Change, outcome: Outcome) {
        let outcomes = BTreeMap::from([(change.id.clone(), outcome.clone())]);
        if let Err(error) = self.engine.store.record(self.id, &outcomes).await {
            self.broken(&error);
        }
        self.state.conclude(&change.id, outcome);
        self.tell(&outcomes, None).await;
    }
}
