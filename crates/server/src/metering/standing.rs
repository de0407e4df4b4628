//! What stands: read from the databases when somebody looks.

mod people;
mod tenant;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diff::Kind;
use engine::Engine;
use metrics::gauge;
use schedule::Standing as OnSchedule;
use store::PlanState;
use tokio::sync::Mutex;

use crate::app::App;
use crate::faults::chain;
use crate::telling::{Plans, leavers_with_access};
pub(super) use tenant::word as group_word;

/// When what stands was read last.
pub(crate) struct Standing {
    /// Since when this process knows of anything.
    since: DateTime<Utc>,
    read: Mutex<At>,
    /// Of open plans, which are read once.
    plans: Mutex<Plans>,
}

#[derive(Default)]
struct At {
    read: Option<Instant>,
}

impl Default for Standing {
    fn default() -> Self {
        Self { since: Utc::now(), read: Mutex::default(), plans: Mutex::default() }
    }
}

impl Standing {
    /// Reads it, unless that was done so little ago.
    pub(crate) async fn read(&self, app: &App, every: Duration) {
        let mut at = self.read.lock().await;
        if at.read.is_some_and(|it| it.elapsed() < every) {
            return;
        }
        at.read = Some(Instant::now());
        let engine = app.engine();
        tenant::read(&engine);
        gauge!("auth0_token_up").set(flag(engine.check_token().await.is_ok()));
        let read = self.databases(app, &engine).await;
        gauge!("rollcall_database_up").set(flag(read.is_ok()));
        if let Err(error) = read {
            tracing::warn!(error = chain(&error), "figures could not be read from the database");
        }
        if let Some(misfits) = app.chain.misfits(&engine).await {
            gauge!("rollcall_audit_chain_whole").set(flag(misfits == 0));
        }
    }

    async fn databases(&self, app: &App, engine: &Engine) -> Result<(), store::Error> {
        pools(engine);
        people::read(engine).await?;
        quarantine(engine).await?;
        plans(engine).await?;
        let leavers = leavers_with_access(engine, &mut *self.plans.lock().await).await?;
        gauge!("rollcall_leavers_with_access").set(count(leavers));
        lease(app, engine).await?;
        tokens(engine).await?;
        self.schedules(app, engine).await
    }

    /// How late each is: a schedule that rests is not, and one that never went well is since this process knows of it.
    async fn schedules(&self, app: &App, engine: &Engine) -> Result<(), store::Error> {
        for OnSchedule { schedule, paused, .. } in app.timetable.standing() {
            let name = schedule.name.to_string();
            let last = engine.store().last_good_tick(engine.tenant(), &name).await?;
            if let Some(last) = &last {
                gauge!("rollcall_schedule_last_good_timestamp_seconds", "schedule" => name.clone())
                    .set(seconds(last.taken_at.timestamp()));
            }
            let due = schedule.next_after(last.map_or(self.since, |it| it.at)).filter(|_| !paused);
            let late = due.map_or(0, |it| (Utc::now() - it).num_seconds().max(0));
            gauge!("rollcall_schedule_overdue_seconds", "schedule" => name.clone()).set(seconds(late));
            // By a person; what the configuration has rest is meant to.
            gauge!("rollcall_schedule_paused", "schedule" => name).set(flag(paused && !schedule.paused));
        }
        Ok(())
    }
}

/// The connections to the two databases; one where they are the same.
fn pools(engine: &Engine) {
    for (database, pool) in engine.store().pools() {
        gauge!("rollcall_database_connections", "database" => database, "state" => "open")
            .set(count(pool.open));
        gauge!("rollcall_database_connections", "database" => database, "state" => "idle")
            .set(count(pool.idle));
    }
}

async fn quarantine(engine: &Engine) -> Result<(), store::Error> {
    let mut parked: BTreeMap<Kind, usize> = Kind::ALL.into_iter().map(|it| (it, 0)).collect();
    for failing in engine.store().quarantine(engine.tenant()).await?.into_values() {
        *parked.entry(failing.kind).or_default() += 1;
    }
    for (kind, size) in parked {
        gauge!("rollcall_quarantine_size", "kind" => kind.word()).set(count(size));
    }
    Ok(())
}

async fn plans(engine: &Engine) -> Result<(), store::Error> {
    let now = Utc::now();
    engine.store().expire_plans(now).await?;
    let open = engine.store().open_plans(engine.tenant()).await?;
    let waiting = open.iter().filter(|it| it.state == PlanState::Proposed);
    let since: Vec<_> = waiting.map(|it| it.proposed_at).collect();
    gauge!("rollcall_plans_waiting").set(count(since.len()));
    let oldest = since.iter().min().map_or(0, |it| (now - *it).num_seconds().max(0));
    gauge!("rollcall_plan_oldest_waiting_seconds").set(seconds(oldest));
    Ok(())
}

/// Who applies a plan: which process it is by name is in the log, since names of processes are without number.
async fn lease(app: &App, engine: &Engine) -> Result<(), store::Error> {
    let held = engine.store().lease_held(engine.tenant(), Utc::now()).await?;
    for (by, holds) in [("this", true), ("another", false)] {
        let is_so = held.as_ref().is_some_and(|it| (it.holder == app.holder) == holds);
        gauge!("rollcall_lease_held", "by" => by).set(flag(is_so));
    }
    Ok(())
}

async fn tokens(engine: &Engine) -> Result<(), store::Error> {
    let now = Utc::now();
    let tokens = engine.store().tokens().await?;
    let next = tokens.into_iter().filter(|it| it.is_usable(now)).filter_map(|it| it.expires_at).min();
    // None expires: as far away as can be said, so that a token which was renewed does not stand there for ever.
    let next = next.map_or(f64::INFINITY, |it| seconds(it.timestamp()));
    gauge!("rollcall_api_token_expiry_timestamp_seconds").set(next);
    Ok(())
}

fn flag(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "seconds of the next hundred million years are exact")]
fn seconds(number: i64) -> f64 {
    number as f64
}
