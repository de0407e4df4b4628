//! Approved plans become runs: an approval that is given while the service is up starts the run, whoever gives it
//! and wherever.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use diff::{Approver, PlanId};
use engine::ApplyError;
use store::PlanState;

use crate::app::App;
use crate::faults::chain;
use crate::metering;

/// A plan that could not be begun, because of a side that cannot be read or a policy that is another one, is not
/// tried before so long: each try reads the whole table.
const TRY_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Plans that could not be begun, and when.
#[derive(Default)]
pub(crate) struct Refused(Mutex<BTreeMap<PlanId, Instant>>);

impl Refused {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PlanId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: PlanId) {
        self.lock().insert(id, Instant::now());
    }

    fn rests(&self, id: PlanId) -> bool {
        let mut refused = self.lock();
        refused.retain(|_, at| at.elapsed() < TRY_AGAIN_AFTER);
        refused.contains_key(&id)
    }

    /// What stood against plans may be over: there is another configuration.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }
}

/// Looks for approved plans beside the request.
pub(crate) async fn soon(app: &Arc<App>) {
    let looking = Arc::clone(app);
    app.work.spawn(async move { all(&looking).await }).await;
}

/// Applies every plan that is approved and that no run has been at, one after the other. A plan that a run left
/// incomplete waits for somebody to look at it.
pub(crate) async fn all(app: &App) {
    let mut tried = BTreeSet::new();
    while !app.work.stop().is_asked() {
        match due(app).await {
            Ok(plans) => {
                let Some((id, by)) = plans.into_iter().find(|(id, _)| tried.insert(*id)) else { return };
                apply(app, id, &by).await;
            }
            Err(error) => {
                return tracing::warn!(error = chain(&error), "approved plans could not be looked for");
            }
        }
    }
}

/// This tenant's plans that are approved, and those whose run broke off with its process, the oldest first; each
/// with the last who said yes.
async fn due(app: &App) -> Result<Vec<(PlanId, Approver)>, store::Error> {
    let (engine, now) = (app.engine(), Utc::now());
    let store = engine.store();
    store.expire_plans(now).await?;
    let left_open = store.left_open(engine.tenant(), now).await?;
    let broken_off: BTreeSet<PlanId> = left_open.iter().map(|it| it.plan).collect();
    let plans = store.open_plans(engine.tenant()).await?.into_iter().rev();
    let due = plans.filter(|it| {
        let is_due = it.state == PlanState::Approved || broken_off.contains(&it.id);
        is_due && !app.refused_plans.rests(it.id)
    });
    Ok(due.filter_map(|it| Some((it.id, it.approved_by.last()?.clone()))).collect())
}

/// Applies one, in its turn. What somebody else has taken is theirs.
pub(crate) async fn apply(app: &App, id: PlanId, by: &Approver) {
    let _turn = app.work.run.lock().await;
    let engine = app.engine();
    let began = Instant::now();
    match Box::pin(engine.apply(id, by, &app.holder, app.work.stop(), &|_| ())).await {
        Ok(report) => match engine.store().plan(id).await {
            Ok(stored) => metering::ran(&report, &stored.plan.document().forecast, began.elapsed()),
            Err(error) => tracing::warn!(plan_id = %id, error = chain(&error), "a run could not be counted"),
        },
        // Somebody else is at work, and done in a while.
        Err(error @ (ApplyError::Lease(_) | ApplyError::LeaseLost)) => {
            tracing::info!(plan_id = %id, error = chain(&error), "an approved plan waits for its turn");
        }
        Err(error) => {
            app.refused_plans.note(id);
            tracing::warn!(plan_id = %id, error = chain(&error), "an approved plan was not applied");
        }
    }
    app.telling.look_soon();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_could_not_be_begun_rests_until_there_is_another_configuration() {
        let refused = Refused::default();
        assert!(!refused.rests(PlanId(7)));
        refused.note(PlanId(7));
        assert!(refused.rests(PlanId(7)) && !refused.rests(PlanId(8)));
        refused.forget();
        assert!(!refused.rests(PlanId(7)));
    }
}
