//! What a run looks at before its first call.

use diff::{Action, Change, ChangeId, EmployeeId, Kind, Links, Outcome, Plan, overtaken};
use futures_util::{StreamExt, stream};

use super::{Run, chain};
use crate::error::ApplyError;

/// Creates whose account we have made since the plan was: an act, or a run whose answer was lost.
pub(super) fn made_since<'a>(
    plan: &'a Plan,
    links: &'a Links,
) -> impl Iterator<Item = (ChangeId, Outcome)> + 'a {
    let creates = plan.changes().iter().filter(|it| it.kind() == Kind::Create);
    let ours = creates.filter(|it| links.of(&it.employee).is_some_and(|it| it.created_by_us));
    ours.map(|it| (it.id.clone(), Outcome::AlreadySo))
}

impl Run<'_> {
    /// What the store knows: users that an earlier run of this plan made, by their links, and what the
    /// tenant's plan does not have.
    pub(super) async fn know(&self, links: &Links) -> Result<(), ApplyError> {
        for feature in self.engine.lacks().await? {
            self.state.lack(feature);
        }
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
    pub(super) async fn read_again(&self, all: bool) {
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
    pub(super) fn blocked(&self, which: impl Fn(Option<Outcome>) -> bool) -> Vec<EmployeeId> {
        let blocks = self.approved.plan().changes().iter().filter(|it| it.kind() == Kind::Block);
        blocks.filter(|it| which(self.state.outcome(&it.id))).map(|it| it.employee.clone()).collect()
    }

    /// A block is several calls; whose is begun is remembered until all are done.
    pub(super) async fn begin_blocks(&self) -> Result<(), store::Error> {
        let open = self.blocked(|outcome| outcome.is_none());
        self.engine.store.begin_blocks(self.engine.tenant(), &open).await
    }

    pub(super) async fn end_blocks(&self) -> Result<(), store::Error> {
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
}
