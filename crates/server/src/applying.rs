//! Approved plans become runs: an approval that is given while the service is up starts the run, whoever gives it
//! and wherever.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Utc;
use diff::{Approver, PlanId};
use store::PlanState;

use crate::app::App;
use crate::faults::chain;
use crate::metering;

/// So many of the newest plans are looked at: open ones are among them, since a newer one of their scope supersedes
/// them.
const LOOKED_AT: u64 = 50;

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
    let plans = store.plans(LOOKED_AT).await?.into_iter().rev();
    let due = plans.filter(|it| {
        let is_due = it.state == PlanState::Approved || broken_off.contains(&it.id);
        is_due && it.tenant == *engine.tenant()
    });
    Ok(due.filter_map(|it| Some((it.id, it.approved_by.last()?.clone()))).collect())
}

/// Applies one, in its turn. What somebody else has taken is theirs.
pub(crate) async fn apply(app: &App, id: PlanId, by: &Approver) {
    let _turn = app.work.run.lock().await;
    let engine = app.engine();
    let began = std::time::Instant::now();
    match Box::pin(engine.apply(id, by, &app.holder, app.work.stop(), &|_| ())).await {
        Ok(report) => match engine.store().plan(id).await {
            Ok(stored) => metering::ran(&report, &stored.plan.document().forecast, began.elapsed()),
            Err(error) => tracing::warn!(plan_id = %id, error = chain(&error), "a run could not be counted"),
        },
        Err(error) => {
            tracing::warn!(plan_id = %id, error = chain(&error), "an approved plan was not applied");
        }
    }
    app.telling.look_soon();
}
