//! The figures of the service, as Prometheus reads them.
//!
//! What happens is counted where it happens; what stands is read when somebody looks, at most every
//! [`READ_EVERY`]. Labels are words of ours, routes and names from the configuration: none comes from a request, a
//! row or a tenant, so that their number is bounded.

mod chain;
mod standing;

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use diff::{Breach, Forecast, Group, Kind, Limit, Outcome, Plan, Report, RoleName, Spent};
use engine::{SyncOutcome, Synced};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use notify::ChannelStats;
use store::TickState;

use crate::app::App;
pub(crate) use chain::AuditChain;
pub(crate) use standing::Standing;
use standing::group_word;

/// How often what stands is read at most.
const READ_EVERY: Duration = Duration::from_secs(15);

/// Of a request, a creation.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 300.0];

/// Of a run: at the smallest plan's limits a first sync takes hours.
const RUN: &str = "rollcall_run_duration_seconds";
const RUN_SECONDS: [f64; 12] =
    [0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Counts from now on, in the whole process. A second time is none.
pub(crate) fn begin() -> Result<(), BuildError> {
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    let builder = builder.set_buckets_for_metric(Matcher::Full(RUN.to_owned()), &RUN_SECONDS)?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_ok() {
        HANDLE.get_or_init(|| handle);
        describe();
        at_nothing();
    }
    Ok(())
}

/// What is counted stands at nothing until it happens: of a counter that appears with its first event, nobody sees
/// that event.
fn at_nothing() {
    gauge!("rollcall_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    for status in ["success", "existing", "failure"] {
        counter!("auth0_user_creation_total", "status" => status).increment(0);
    }
    for state in ["complete", "incomplete"] {
        counter!("rollcall_runs_total", "state" => state).increment(0);
    }
    let roles = RoleName::new("any");
    for each in [
        Limit::Blocks,
        Limit::Revocations,
        Limit::RevocationsOf(roles.clone()),
        Limit::Updates,
        Limit::Grants,
        Limit::Creates,
        Limit::AdminGrants,
        Limit::AdminsLeft(roles),
        Limit::Mails,
        Limit::SourceRows,
        Limit::SourceEmployees,
    ] {
        counter!("rollcall_breaches_total", "limit" => limit(&each)).increment(0);
    }
    for kind in Kind::ALL {
        counter!("rollcall_changes_planned_total", "kind" => kind.word()).increment(0);
        for outcome in ["applied", "already_so", "stale", "failed", "not_tried"] {
            counter!("rollcall_changes_total", "kind" => kind.word(), "outcome" => outcome).increment(0);
        }
    }
}

/// All figures, as text.
pub(crate) async fn rendered(app: &App) -> String {
    app.standing.read(app, READ_EVERY).await;
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Lets go of what is old in the histograms.
pub(crate) fn upkeep() {
    if let Some(handle) = HANDLE.get() {
        handle.run_upkeep();
    }
}

/// A request was answered.
pub(crate) fn answered(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let (method, route, status) = (known(method), route.to_owned(), status.as_u16().to_string());
    counter!("rollcall_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    histogram!("rollcall_http_request_duration_seconds", "method" => method, "route" => route).record(took);
}

/// Anybody may invent a method.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// A plan was made.
pub(crate) fn planned(plan: &Plan, breaches: &[Breach]) {
    for (kind, count) in plan.counts() {
        counter!("rollcall_changes_planned_total", "kind" => kind.word()).increment(count as u64);
    }
    for breach in breaches {
        counter!("rollcall_breaches_total", "limit" => limit(&breach.limit)).increment(1);
    }
}

/// Without the role's name, which some limits have: the number of roles is not ours to bound.
fn limit(limit: &Limit) -> &'static str {
    match limit {
        Limit::Blocks => "blocks",
        Limit::Revocations => "revocations",
        Limit::RevocationsOf(_) => "revocations-of",
        Limit::Updates => "updates",
        Limit::Grants => "grants",
        Limit::Creates => "creates",
        Limit::AdminGrants => "admin-grants",
        Limit::AdminsLeft(_) => "admins-left",
        Limit::Mails => "mails",
        Limit::SourceRows => "source-rows",
        Limit::SourceEmployees => "source-employees",
    }
}

/// What a run was expected to cost, and what it did.
fn cost(forecast: &Forecast, spent: &Spent) {
    for group in Group::ALL {
        let expected = forecast.writes.get(&group).copied().unwrap_or_default();
        let made = spent.calls.get(&group).copied().unwrap_or_default();
        counter!("rollcall_run_calls_forecast_total", "group" => group_word(group))
            .increment(expected as u64);
        counter!("rollcall_run_calls_total", "group" => group_word(group)).increment(made);
    }
}

/// A sync of one person or of many ended; what of it was a run is counted as one.
pub(crate) fn synced(synced: &Synced, took: Duration) {
    let forecast = &synced.plan.document().forecast;
    if let Some(at_once) = &synced.at_once {
        ran(&at_once.report, forecast, took);
    }
    if let SyncOutcome::Applied(report) = &synced.outcome {
        ran(report, forecast, took);
    }
}

/// A run ended.
pub(crate) fn ran(report: &Report, forecast: &Forecast, took: Duration) {
    let state = if report.is_complete() { "complete" } else { "incomplete" };
    counter!("rollcall_runs_total", "state" => state).increment(1);
    histogram!(RUN).record(took);
    if let Some(spent) = &report.spent {
        cost(forecast, spent);
    }
    for (change, outcome) in &report.outcomes {
        let kind = Kind::ALL.into_iter().find(|it| change.as_str().starts_with(it.word()));
        let of_kind = kind.map_or("other", Kind::word);
        counter!("rollcall_changes_total", "kind" => of_kind, "outcome" => word(outcome)).increment(1);
        if kind == Some(Kind::Create) {
            created(outcome);
        }
    }
}

/// What was not tried, or is not due any more, is neither a success nor a failure.
fn created(outcome: &Outcome) {
    let status = match outcome {
        Outcome::Applied => "success",
        Outcome::AlreadySo => "existing",
        Outcome::Failed { .. } => "failure",
        Outcome::Stale { .. } | Outcome::NotTried { .. } => return,
    };
    counter!("auth0_user_creation_total", "status" => status).increment(1);
}

/// An account was asked for and made, all in all in so much time.
pub(crate) fn made(took: Duration) {
    histogram!("auth0_user_creation_duration_seconds").record(took);
}

/// A tick of a schedule ended.
pub(crate) fn ticked(schedule: &str, state: TickState) {
    counter!("rollcall_schedule_ticks_total", "schedule" => schedule.to_owned(), "state" => state.word())
        .increment(1);
}

/// A channel has done something.
pub(crate) fn noticed(channel: &str, before: ChannelStats, now: ChannelStats) {
    let ends = [
        ("sent", now.sent - before.sent),
        ("failed", now.failed - before.failed),
        ("dropped", now.dropped - before.dropped),
    ];
    for (state, count) in ends {
        counter!("rollcall_notices_total", "channel" => channel.to_owned(), "state" => state)
            .increment(count);
    }
    gauge!("rollcall_notices_waiting", "channel" => channel.to_owned())
        .set(f64::from(u32::try_from(now.waiting).unwrap_or(u32::MAX)));
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::AlreadySo => "already_so",
        Outcome::Stale { .. } => "stale",
        Outcome::Failed { .. } => "failed",
        Outcome::NotTried { .. } => "not_tried",
    }
}

fn describe() {
    describe_counter!("auth0_user_creation_total", "Accounts that were to be made, by how that ended");
    describe_histogram!(
        "auth0_user_creation_duration_seconds",
        "From the request for an account to its answer"
    );
    describe_counter!(
        "auth0_api_requests_total",
        "Requests to Auth0's API, by endpoint group; repeated ones included"
    );
    describe_counter!(
        "auth0_api_refused_total",
        "Requests that Auth0's rate limit refused (429), by endpoint group"
    );
    describe_gauge!("auth0_token_up", "Whether Auth0 gives us a token");
    describe_gauge!("auth0_api_in_flight", "Requests to Auth0 under way");
    describe_gauge!("auth0_rate_permitted_per_second", "What the tenant's plan permits, by endpoint group");
    describe_counter!(
        "auth0_rate_waited_seconds_total",
        "How long requests waited for the rate limit, all together"
    );
    describe_counter!("rollcall_http_requests_total", "Requests to the API, by route and status");
    describe_histogram!("rollcall_http_request_duration_seconds", "How long the API took to answer");
    describe_counter!("rollcall_changes_planned_total", "Changes of the plans that schedules made, by kind");
    describe_counter!("rollcall_changes_total", "Changes of runs, by kind and by what became of them");
    describe_counter!("rollcall_breaches_total", "Limits that plans exceeded");
    describe_counter!("rollcall_runs_total", "Runs, by how they ended");
    describe_histogram!(RUN, "How long runs took");
    describe_counter!("rollcall_schedule_ticks_total", "Ticks of schedules, by how they ended");
    describe_gauge!("rollcall_schedule_last_good_timestamp_seconds", "When the last tick was that went well");
    describe_gauge!(
        "rollcall_schedule_overdue_seconds",
        "For how long a tick has been due that did not go well, or did not come"
    );
    describe_counter!(
        "rollcall_run_calls_forecast_total",
        "Calls that runs were expected to make, by endpoint group"
    );
    describe_counter!(
        "rollcall_run_calls_total",
        "Calls that runs made, by endpoint group; repeated ones included"
    );
    describe_gauge!("rollcall_database_connections", "Connections to a database, open and idle");
    describe_gauge!("rollcall_schedule_paused", "Whether somebody has paused the schedule");
    describe_gauge!("rollcall_employees_without_account", "Employed people who have no account");
    describe_gauge!(
        "rollcall_employees_without_account_oldest_seconds",
        "For how long the oldest of them has waited"
    );
    describe_gauge!("rollcall_employees_held", "Rows that cannot be trusted, by what is wrong");
    describe_gauge!(
        "rollcall_leavers_with_account_unfinished",
        "Leavers whose block was begun and is not known to be whole"
    );
    describe_gauge!(
        "rollcall_leavers_with_access",
        "Leavers who have an account, and whose block is planned, failed or begun, and not done"
    );
    describe_gauge!("rollcall_quarantine_size", "Changes that failed when they were tried last, by kind");
    describe_gauge!("rollcall_plans_waiting", "Plans that wait for a person");
    describe_gauge!("rollcall_plan_oldest_waiting_seconds", "For how long the oldest of them has waited");
    describe_gauge!("rollcall_lease_held", "Whether this process, or another, applies a plan");
    describe_gauge!("rollcall_api_token_expiry_timestamp_seconds", "When the next API token expires");
    describe_gauge!("rollcall_audit_chain_whole", "Whether the audit record is whole");
    describe_counter!(
        "rollcall_notices_total",
        "Notices, by channel: sent, failed for good, or dropped to make room for newer ones"
    );
    describe_gauge!("rollcall_notices_waiting", "Notices that a channel has yet to send");
    describe_gauge!("rollcall_database_up", "Whether the database answers");
    describe_gauge!("rollcall_build_info", "What runs here");
}
