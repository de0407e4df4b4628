//! Whole runs over HTTP, against a tenant that keeps its limits: calls beside the fewest that can do, and the pace
//! beside what the limits permit.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use diff::{Approver, Bucket, Buckets, Group, Limits, Policy, RatePlan, Welcome};
use engine::{Stop, SyncOutcome};

use crate::place::{Place, SHARE, Setting, run};
use crate::table::{Figure, Table, Verdict};
use crate::{Wishes, company};

/// The tenants that the design names.
const PLANS: [&str; 3] = ["professional", "enterprise", "private-cloud-500"];

/// What takes longer than this is only run where somebody asks for it.
const LONG: Duration = Duration::from_mins(1);

/// How much of the permitted rate must be used.
const UTILISATION: f64 = 0.98;

/// What is written on one percent of the rows.
const MOVERS: i64 = 100;

pub(crate) fn measure(wishes: &Wishes, table: &mut Table) {
    for plan in PLANS {
        for size in [1_000, 10_000, 100_000] {
            let least = reading(size);
            measured(wishes, table, &format!("nothing to do, {size} users, {plan}"), plan, &least, || {
                Setting::settled(size, plan)
            });
        }
    }
    let (size, plan) = (10_000, "private-cloud-500");
    let changed = with(reading(size), Group::WriteUsers, size / MOVERS);
    measured(wishes, table, &format!("1 % of {size} changed, {plan}"), plan, &changed, || Setting {
        csv: company::csv(size, Some(MOVERS)),
        ..Setting::settled(size, plan)
    });
    for plan in ["private-cloud-500", "professional"] {
        let size = 2_000;
        measured(wishes, table, &format!("first sync of {size}, {plan}"), plan, &first_sync(size), || {
            Setting {
                tenant: company::tenant(0),
                linked: 0,
                policy: newcomers(),
                ..Setting::settled(size, plan)
            }
        });
    }
}

/// A first sync of many breaches limits that a person would accept.
pub(crate) fn newcomers() -> Policy {
    let mut policy = Policy::default();
    policy.onboarding.welcome = Welcome::Silent;
    policy.limits = Limits {
        creates: diff::Share { percent: 100, at_least: 10_000, at_most: usize::MAX },
        ..policy.limits
    };
    policy.limits.grants = policy.limits.creates;
    policy
}

type Calls = BTreeMap<Group, u64>;

/// The fewest calls that read a company: pages of a hundred, or a total before and after, the connection, and an
/// export job with two looks at it; the roles, and each role's members a hundred at a time.
fn reading(size: i64) -> Calls {
    let size = u64::try_from(size).unwrap_or_default();
    let members = company::members(i64::try_from(size).unwrap_or_default());
    let pages: u64 = members.values().map(|it| (it.len() as u64).div_ceil(100)).sum();
    // The policy manages a fourth role that nobody holds.
    let roles = 1 + pages + 1;
    if size < 1_000 {
        return [(Group::ReadUsers, size.div_ceil(100).max(1)), (Group::Other, roles)].into();
    }
    let (job, looks) = (1, 2);
    [(Group::ReadUsers, 2), (Group::ReadConnections, 1), (Group::Other, roles + job + looks)].into()
}

/// An empty tenant is read in one page, four roles and their list; then a create each, and roles in batches of fifty.
fn first_sync(size: i64) -> Calls {
    let batches: u64 = company::members(size).values().map(|it| (it.len() as u64).div_ceil(50)).sum();
    let least = [(Group::ReadUsers, 1), (Group::Other, 5 + batches)].into();
    with(least, Group::WriteUsers, size)
}

fn with(mut calls: Calls, group: Group, more: i64) -> Calls {
    *calls.entry(group).or_default() += u64::try_from(more).unwrap_or_default();
    calls
}

/// How long the limits make so many calls take at least, from full buckets.
fn at_least(calls: &Calls, plan: &str) -> Duration {
    let rate_plan: RatePlan = plan.parse().expect("the client knows the plan");
    let buckets: Buckets = rate_plan.buckets();
    let wait = |bucket: Bucket, calls: u64| {
        let (burst, rate) = (f64::from(bucket.burst) * SHARE, f64::from(bucket.per_minute) / 60.0 * SHARE);
        ((number(calls) - burst) / rate).max(0.0)
    };
    let global = buckets.global.map_or(0.0, |it| wait(it, calls.values().sum()));
    let groups = calls.iter().filter_map(|(group, calls)| Some(wait(buckets.of(*group)?, *calls)));
    Duration::from_secs_f64(groups.fold(global, f64::max))
}

fn measured(
    wishes: &Wishes,
    table: &mut Table,
    what: &str,
    plan: &'static str,
    least: &Calls,
    setting: impl FnOnce() -> Setting,
) {
    let bound: u64 = least.values().sum();
    let limit = at_least(least, plan);
    let predicted = format!("{bound} calls, {:.0} s at the limit", limit.as_secs_f64());
    if limit > LONG && !wishes.long {
        return table.not_run(what.to_owned(), "calls", predicted);
    }
    let (took, used, refused) = run(async {
        let place = setting().place().await;
        let begun = Instant::now();
        sync(&place).await;
        let took = begun.elapsed();
        let usage = place.engine.usage();
        let stats = place.simulator.stats();
        let counted: u64 = usage.calls.values().sum();
        let seen = stats.requests.iter().filter(|(it, _)| it.contains("/api/v2/"));
        assert_eq!(counted, seen.map(|(_, it)| it.count).sum::<u64>(), "the tenant counts as we do");
        place.simulator.shutdown().await;
        (took, usage.calls, stats.too_many_requests)
    });
    let calls: u64 = used.values().sum();
    table.push(Figure {
        what: what.to_owned(),
        of: "calls",
        measured: calls.to_string(),
        bound: predicted,
        verdict: Verdict::of(calls <= bound),
    });
    // What fits into the burst is over before there is a rate.
    let due = at_least(&used, plan);
    if due >= Duration::from_secs(1) {
        let utilisation = due.as_secs_f64() / took.as_secs_f64();
        table.push(Figure {
            what: what.to_owned(),
            of: "rate used",
            measured: format!("{:.1} %", utilisation * 100.0),
            bound: format!(
                "≥ {:.0} % ({:.1} s of {:.1} s)",
                UTILISATION * 100.0,
                due.as_secs_f64(),
                took.as_secs_f64()
            ),
            verdict: Verdict::of(utilisation >= UTILISATION),
        });
    } else {
        let measured = format!("{:.2} s", took.as_secs_f64());
        table.push(Figure {
            what: what.to_owned(),
            of: "time",
            measured,
            bound: String::new(),
            verdict: Verdict::Told,
        });
    }
    table.push(Figure {
        what: what.to_owned(),
        of: "429s",
        measured: refused.to_string(),
        bound: "0".to_owned(),
        verdict: Verdict::of(refused == 0),
    });
}

pub(crate) async fn sync(place: &Place) {
    let by = Approver::Unverified { name: "bench".to_owned() };
    let scope = diff::Scope::everybody();
    let synced = place.engine.sync(&scope, false, &by, "bench:1", &Stop::new(), &|_| ()).await;
    let synced = synced.expect("the tenant answers");
    match synced.outcome {
        SyncOutcome::Nothing => {}
        SyncOutcome::Applied(report) => assert!(report.is_complete(), "{report:?}"),
        SyncOutcome::Proposed(_) | SyncOutcome::Breached(_) => {
            panic!("nothing here waits: {:?}", synced.breaches)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run makes 2^53 calls")]
fn number(calls: u64) -> f64 {
    calls as f64
}
