//! What stands: read from the databases when somebody looks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveTime, Utc};
use diff::{Employee, Group, Held, Kind, Standing as RowStanding, standing};
use engine::Engine;
use metrics::{counter, gauge};
use store::PlanState;
use tokio::sync::Mutex;

use crate::app::App;
use crate::faults::chain;

/// When what stands was read last.
#[derive(Default)]
pub(crate) struct Standing(Mutex<At>);

#[derive(Default)]
struct At {
    read: Option<Instant>,
}

impl Standing {
    /// Reads it, unless that was done so little ago.
    pub(crate) async fn read(&self, app: &App, every: Duration) {
        let mut at = self.0.lock().await;
        if at.read.is_some_and(|it| it.elapsed() < every) {
            return;
        }
        at.read = Some(Instant::now());
        let engine = app.engine();
        gauge!("rollcall_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
        of_tenant(&engine);
        gauge!("auth0_token_up").set(f64::from(u8::from(engine.check_token().await.is_ok())));
        let read = databases(app, &engine).await;
        gauge!("rollcall_database_up").set(f64::from(u8::from(read.is_ok())));
        if let Err(error) = read {
            tracing::warn!(error = chain(&error), "figures could not be read from the database");
        }
        if let Some(misfits) = app.chain.misfits(&engine).await {
            gauge!("rollcall_audit_chain_whole").set(f64::from(u8::from(misfits == 0)));
        }
    }
}

fn of_tenant(engine: &Engine) {
    let usage = engine.usage();
    for (group, calls) in usage.calls {
        counter!("auth0_api_requests_total", "group" => word(group)).absolute(calls);
    }
    for (group, refused) in usage.refused {
        counter!("auth0_api_refused_total", "group" => word(group)).absolute(refused);
    }
    counter!("auth0_rate_waited_seconds_total").absolute(usage.waited.as_secs());
    gauge!("auth0_api_in_flight").set(engine.in_flight() as f64);
    let limits = engine.limits();
    for group in diff::Group::ALL {
        if let Some(bucket) = limits.of(group) {
            gauge!("auth0_rate_permitted_per_second", "group" => word(group))
                .set(f64::from(bucket.per_minute) / 60.0);
        }
    }
}

async fn databases(app: &App, engine: &Engine) -> Result<(), store::Error> {
    let (store, tenant, now) = (engine.store(), engine.tenant(), Utc::now());
    people(engine).await?;
    let mut parked: BTreeMap<Kind, u32> = Kind::ALL.into_iter().map(|it| (it, 0)).collect();
    for failing in store.quarantine(tenant).await?.into_values() {
        *parked.entry(failing.kind).or_default() += 1;
    }
    for (kind, count) in parked {
        gauge!("rollcall_quarantine_size", "kind" => kind.word()).set(f64::from(count));
    }
    store.expire_plans(now).await?;
    let plans = store.plans(100).await?;
    let waiting = plans.iter().filter(|it| it.state == PlanState::Proposed && it.tenant == *tenant);
    let since: Vec<_> = waiting.map(|it| it.proposed_at).collect();
    gauge!("rollcall_plans_waiting").set(since.len() as f64);
    let oldest = since.iter().min().map_or(0, |it| (now - *it).num_seconds().max(0));
    gauge!("rollcall_plan_oldest_waiting_seconds").set(oldest as f64);
    let held = store.lease_held(tenant, now).await?.is_some();
    gauge!("rollcall_lease_held").set(f64::from(u8::from(held)));
    let expiries =
        store.tokens().await?.into_iter().filter(|it| it.is_usable(now)).filter_map(|it| it.expires_at);
    if let Some(next) = expiries.min() {
        gauge!("rollcall_api_token_expiry_timestamp_seconds").set(next.timestamp() as f64);
    }
    for name in app.timetable.names() {
        if let Some(last) = store.last_good_tick(tenant, &name).await? {
            gauge!("rollcall_schedule_last_good_timestamp_seconds", "schedule" => name)
                .set(last.taken_at.timestamp() as f64);
        }
    }
    Ok(())
}

fn word(group: Group) -> &'static str {
    match group {
        Group::ReadUsers => "read_users",
        Group::WriteUsers => "write_users",
        Group::ReadConnections => "read_connections",
        Group::Other => "other",
    }
}

/// Everybody in the table, beside the links.
async fn people(engine: &Engine) -> Result<(), store::Error> {
    let rows = engine.store().employees().await?;
    let links = engine.store().links(engine.tenant()).await?;
    let today = engine.today();
    let mut without = 0_u32;
    let mut oldest: Option<NaiveDate> = None;
    let mut held: BTreeMap<&str, u32> = HELD.into_iter().map(|it| (it, 0)).collect();
    for row in &rows {
        match standing(row, engine.policy(), today) {
            RowStanding::Employed(_) if links.of(&row.id).is_none() => {
                without += 1;
                oldest = oldest.into_iter().chain(began(row)).min();
            }
            RowStanding::Held(why) => *held.entry(held_word(&why)).or_default() += 1,
            RowStanding::Employed(_) | RowStanding::Left(_) | RowStanding::Upcoming { .. } => {}
        }
    }
    gauge!("rollcall_employees_without_account").set(f64::from(without));
    let waited =
        oldest.map_or(0, |it| (Utc::now().naive_utc() - it.and_time(NaiveTime::MIN)).num_seconds().max(0));
    gauge!("rollcall_employees_without_account_oldest_seconds").set(waited as f64);
    for (reason, count) in held {
        gauge!("rollcall_employees_held", "reason" => reason).set(f64::from(count));
    }
    gauge!("rollcall_leavers_with_account_unfinished").set(links.unfinished_blocks.len() as f64);
    Ok(())
}

/// Since when an account is due, as far as the row says.
fn began(row: &Employee) -> Option<NaiveDate> {
    row.starts_on.trim().parse().ok()
}

const HELD: [&str; 5] = ["status", "date", "email", "domain", "too_long"];

fn held_word(held: &Held) -> &'static str {
    match held {
        Held::Status { .. } => "status",
        Held::Date { .. } => "date",
        Held::Email { .. } => "email",
        Held::Domain { .. } => "domain",
        Held::TooLong { .. } => "too_long",
    }
}
