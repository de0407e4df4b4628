//! Schedules at work: what a tick does, and where it is recorded.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use chrono::{DateTime, Utc};
use diff::{Approver, Kind, RunId, Scope};
use engine::{Changed, Engine, SyncOutcome, Synced};
use schedule::{Allowed, Extent, Handling, Name, NamedTwice, Runner, Schedule, Skip, Standing};
use store::{TickEnd, TickState};

use crate::app::App;
use crate::faults::chain;
use crate::metering;

/// A schedule of ours.
pub type Planned = Schedule<Scope>;

/// The schedules, and the runner once there is an app for it to work with.
pub(crate) struct Timetable {
    planned: Mutex<Vec<Planned>>,
    runner: OnceLock<Runner<Ticks>>,
}

/// What the runner works with. Weak, because the app holds the runner.
pub(crate) struct Ticks(Weak<App>);

/// The app is gone: the process ends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TickError {
    /// Nothing is begun any more.
    #[error("the service is being stopped")]
    Stopping,
    /// The table of ticks.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Timetable {
    pub(crate) fn new(planned: Vec<Planned>) -> Self {
        Self { planned: Mutex::new(planned), runner: OnceLock::new() }
    }

    /// How each schedule stands.
    pub(crate) fn standing(&self) -> Vec<Standing<Scope>> {
        self.runner.get().map(Runner::schedules).unwrap_or_default()
    }

    /// From now on these are the schedules. With two of one name the old ones stay.
    pub(crate) fn replace(&self, planned: Vec<Planned>) -> Result<(), NamedTwice> {
        if let Some(runner) = self.runner.get() {
            runner.reload(planned.clone())?;
        }
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = planned;
        Ok(())
    }

    /// The runner, made when it is first asked for.
    pub(crate) fn runner(&self, app: &Arc<App>) -> Result<&Runner<Ticks>, NamedTwice> {
        if let Some(runner) = self.runner.get() {
            return Ok(runner);
        }
        let planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let runner = Runner::new(Ticks(Arc::downgrade(app)), planned, Utc::now)?;
        Ok(self.runner.get_or_init(|| runner))
    }
}

/// Has this process know who paused what, wherever it was said.
pub(crate) async fn read_pauses(app: &App, runner: &Runner<Ticks>) -> Result<(), store::Error> {
    let engine = app.engine();
    let paused = engine.store().paused(engine.tenant()).await?;
    let names: BTreeSet<String> = paused.into_iter().map(|it| it.schedule).collect();
    runner.pause_only(&names);
    Ok(())
}

impl Ticks {
    fn app(&self) -> Result<Arc<App>, TickError> {
        self.0.upgrade().ok_or(TickError::Stopping)
    }
}

impl schedule::Work for Ticks {
    type Scope = Scope;
    type Error = TickError;

    async fn last(&self, schedule: &Name) -> Result<Option<DateTime<Utc>>, TickError> {
        let engine = self.app()?.engine();
        let last = engine.store().last_tick(engine.tenant(), schedule.as_str()).await?;
        Ok(last.map(|it| it.at))
    }

    async fn claim(&self, schedule: &Name, tick: DateTime<Utc>) -> Result<bool, TickError> {
        let app = self.app()?;
        let engine = app.engine();
        Ok(engine
            .store()
            .take_tick(engine.tenant(), schedule.as_str(), tick, &app.holder, Utc::now())
            .await?)
    }

    async fn run(&self, schedule: &Planned, tick: DateTime<Utc>, allowed: Allowed) {
        let Ok(app) = self.app() else { return };
        let engine = app.engine();
        let done = work(&app, &engine, schedule, allowed).await;
        let end = match done {
            Ok(end) => end,
            Err(error) => {
                tracing::warn!(schedule = %schedule.name, %tick, error, "the work of a schedule failed");
                TickEnd { state: TickState::Failed, note: Some(error), run: None }
            }
        };
        metering::ticked(schedule.name.as_str(), end.state);
        let ended = engine.store().end_tick(engine.tenant(), schedule.name.as_str(), tick, &end, Utc::now());
        if let Err(error) = ended.await {
            tracing::warn!(schedule = %schedule.name, error = chain(&error), "the end of a tick could not be recorded");
        }
        app.telling.look_soon();
    }

    async fn skipped(&self, schedule: &Name, tick: DateTime<Utc>, why: &Skip) -> Result<(), TickError> {
        let app = self.app()?;
        let engine = app.engine();
        let why = why.to_string();
        engine
            .store()
            .skip_tick(engine.tenant(), schedule.as_str(), tick, &app.holder, &why, Utc::now())
            .await?;
        metering::ticked(schedule.as_str(), TickState::Skipped);
        Ok(())
    }
}

/// Plans, and applies what may be applied. Tells how the tick ends.
async fn work(app: &App, engine: &Engine, schedule: &Planned, allowed: Allowed) -> Result<TickEnd, String> {
    let _turn = app.work.run.lock().await;
    let scope = narrowed(&schedule.scope, allowed);
    let preview = match (schedule.work, allowed) {
        (Extent::Full, _) | (Extent::Quick, Allowed::OnlyTakingAway { .. }) => {
            engine.preview(&scope, false).await.map_err(|it| chain(&it))?
        }
        (Extent::Quick, Allowed::Everything) => {
            match engine.preview_changed().await.map_err(|it| chain(&it))? {
                Changed::Planned(preview) => *preview,
                Changed::Nothing { .. } => {
                    engine.looked_quickly().await.map_err(|it| chain(&it))?;
                    return Ok(done("no row has changed", None));
                }
            }
        }
    };
    metering::planned(&preview.plan, &preview.breaches);
    if schedule.plan == Handling::Review {
        let proposal = engine.propose(&preview).await.map_err(|it| chain(&it))?;
        return Ok(match proposal {
            Some(it) => done(&format!("plan {} waits for a person", it.id), None),
            None => done("nothing to do", None),
        });
    }
    let by = Approver::Policy;
    let began = std::time::Instant::now();
    let synced = engine.sync_planned(preview, &by, &app.holder, app.work.stop(), &|_| ());
    let synced = Box::pin(synced).await.map_err(|it| chain(&it))?;
    metering::synced(&synced, began.elapsed());
    Ok(ended(&synced))
}

/// What a freeze leaves of a scope: access is taken away at any time.
fn narrowed(scope: &Scope, allowed: Allowed) -> Scope {
    match allowed {
        Allowed::Everything => scope.clone(),
        Allowed::OnlyTakingAway { .. } => {
            Scope { only: [Kind::Block, Kind::RevokeRoles].into(), ..scope.clone() }
        }
    }
}

fn ended(synced: &Synced) -> TickEnd {
    match &synced.outcome {
        SyncOutcome::Nothing => done("nothing to do", None),
        SyncOutcome::Proposed(plan) => done(&format!("plan {plan} waits for a person"), None),
        SyncOutcome::Breached(plan) => TickEnd {
            state: TickState::Failed,
            note: Some(format!("plan {plan} exceeds a limit; nothing was written")),
            run: None,
        },
        SyncOutcome::Applied(report) => {
            if report.is_complete() {
                done("all was applied", Some(report.run))
            } else {
                let note = Some(format!("run {} is not complete", report.run));
                TickEnd { state: TickState::Failed, note, run: Some(report.run) }
            }
        }
    }
}

fn done(note: &str, run: Option<RunId>) -> TickEnd {
    TickEnd { state: TickState::Done, note: Some(note.to_owned()), run }
}
