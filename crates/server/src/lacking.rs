//! What open plans lack, remembered: a plan may be large, and is listed again and again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diff::{Missing, PlanId};
use documents::waits_for;
use engine::Engine;
use store::{PlanState, PlanSummary};

/// Of open plans there is one a scope, or two; more than these are plans of long ago.
const KEPT: usize = 100;

/// What was seen of each plan.
#[derive(Default)]
pub(crate) struct Lacking(Mutex<BTreeMap<PlanId, Seen>>);

/// How many had said yes, where it stood, and what it lacked then.
type Seen = (usize, PlanState, Option<Missing>);

impl Lacking {
    /// What the plan lacks by the present rules; none where nobody is asked any more.
    pub(crate) async fn of(
        &self,
        engine: &Engine,
        plan: &PlanSummary,
    ) -> Result<Option<Missing>, store::Error> {
        match plan.state {
            PlanState::Proposed | PlanState::Approved | PlanState::Incomplete => {}
            PlanState::Rejected
            | PlanState::Superseded
            | PlanState::Expired
            | PlanState::Applying
            | PlanState::Applied => return Ok(None),
        }
        let said = plan.approved_by.len();
        if let Some((then, state, missing)) = self.known().get(&plan.id)
            && (*then, *state) == (said, plan.state)
        {
            return Ok(missing.clone());
        }
        let missing = waits_for(&engine.store().plan(plan.id).await?, engine.policy());
        let mut known = self.known();
        if known.len() >= KEPT {
            known.pop_first();
        }
        known.insert(plan.id, (said, plan.state, missing.clone()));
        Ok(missing)
    }

    /// The rules are others now.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<PlanId, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
