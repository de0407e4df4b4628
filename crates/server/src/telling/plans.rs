//! Plans that wait for somebody.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diff::{Action, ChangeId, EmployeeId, Kind as ChangeKind, PlanId, RoleName};
use engine::Engine;
use notify::{Condition, Kind, Subject};
use store::{PlanState, PlanSummary, StoredPlan};

use super::store_looks::Standing;

/// A plan that is proposed and approved in one go, as those are that need no review, waits for nobody: a proposal
/// is told once it has stood for so long.
pub(super) const SETTLES: Duration = Duration::from_secs(3);

/// What the documents of open plans say. They never change, and are read once.
#[derive(Default)]
pub(crate) struct Plans(BTreeMap<PlanId, Known>);

/// What one says.
pub(super) struct Known {
    waits: Condition,
    /// Whom it blocks.
    pub(super) blocks: Vec<(ChangeId, EmployeeId)>,
    pub(super) changes: BTreeSet<ChangeId>,
}

/// Plans that are proposed.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) within_limits: Vec<Condition>,
    pub(super) breached: Vec<Condition>,
    /// Whether others may be among them in a moment.
    pub(super) more_soon: bool,
}

impl Plans {
    /// The open plans, whose documents are known from now on.
    pub(super) async fn open(&mut self, engine: &Engine) -> Result<Vec<PlanSummary>, store::Error> {
        let open = engine.store().open_plans(engine.tenant()).await?;
        let ids: BTreeSet<PlanId> = open.iter().map(|it| it.id).collect();
        self.0.retain(|id, _| ids.contains(id));
        for id in ids {
            if let Entry::Vacant(place) = self.0.entry(id) {
                let stored = engine.store().plan(id).await?;
                place.insert(known(&stored, &engine.policy().roles.admin));
            }
        }
        Ok(open)
    }

    /// What is known of one.
    pub(super) fn of(&self, id: PlanId) -> Option<&Known> {
        self.0.get(&id)
    }

    /// What waits, of those that are open.
    pub(super) fn waiting(&self, open: &[PlanSummary], standing: &Standing, now: DateTime<Utc>) -> Waiting {
        let mut waiting = Waiting::default();
        for plan in open.iter().filter(|it| it.state == PlanState::Proposed) {
            let Some(known) = self.of(plan.id) else { continue };
            let kind = known.waits.kind();
            let age = (now - plan.proposed_at).to_std().unwrap_or_default();
            if age < SETTLES && !standing.has(kind, Subject::plan(plan.id.0)) {
                waiting.more_soon = true;
            } else if kind == Kind::LimitBreached {
                waiting.breached.push(known.waits.clone());
            } else {
                waiting.within_limits.push(known.waits.clone());
            }
        }
        waiting
    }
}

fn known(stored: &StoredPlan, admin: &BTreeSet<RoleName>) -> Known {
    let StoredPlan { id, plan, breaches, .. } = stored;
    let blocks = plan.changes().iter().filter(|it| it.kind() == ChangeKind::Block);
    let blocks: Vec<_> = blocks.map(|it| (it.id.clone(), it.employee.clone())).collect();
    let admin_grants = plan.changes().iter().map(|it| match &it.action {
        Action::GrantRoles { roles, .. } => roles.intersection(admin).count() as u64,
        Action::Create { .. }
        | Action::Link { .. }
        | Action::Relink { .. }
        | Action::Unlink { .. }
        | Action::Update { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::RevokeRoles { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => 0,
    });
    let waits = if breaches.is_empty() {
        Condition::PlanWaits {
            plan: id.0,
            changes: plan.changes().len() as u64,
            lose_access: blocks.len() as u64,
            admin_grants: admin_grants.sum(),
        }
    } else {
        let breaches = breaches.iter().map(ToString::to_string).collect();
        Condition::LimitBreached { plan: id.0, breaches }
    };
    Known { waits, blocks, changes: plan.changes().iter().map(|it| it.id.clone()).collect() }
}
