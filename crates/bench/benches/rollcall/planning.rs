//! `plan()` in memory: employees × users, on one core.

use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

use diff::{Employee, Links, Memory, Policy, Reading, RolesRead, Scope, Situation, Tenant, plan};

use crate::table::{Figure, Table, Verdict};
use crate::{Wishes, company, machine};

/// What makes the bench measure one size in a process of its own, so that its memory is its own.
pub(crate) const ALONE: &str = "--planning-alone";

/// The quietest of so many.
const TRIES: usize = 5;

pub(crate) fn measure(wishes: &Wishes, table: &mut Table) {
    let sizes = [(1_000, None), (10_000, None), (100_000, Some(100)), (1_000_000, Some(1_000))];
    for (size, goal_ms) in sizes {
        let what = format!("plan {size} employees × {size} users");
        let bound = goal_ms.map_or_else(String::new, |it: u64| format!("≤ {it} ms on one core"));
        if size > 100_000 && !wishes.large {
            table.not_run(what, "time", bound);
            continue;
        }
        let Some((micros, kib)) = apart(size) else {
            table.not_run(what, "time", "the process of its own failed".to_owned());
            continue;
        };
        let took = Duration::from_micros(micros);
        let verdict = goal_ms.map_or(Verdict::Told, |it| Verdict::of(took <= Duration::from_millis(it)));
        let measured = format!("{:.1} ms", took.as_secs_f64() * 1e3);
        table.push(Figure { what: what.clone(), of: "time", measured, bound, verdict });
        let nanos = took.as_nanos() / u128::try_from(size).unwrap_or(1);
        table.push(Figure {
            what: what.clone(),
            of: "a pair",
            measured: format!("{nanos} ns"),
            bound: String::new(),
            verdict: Verdict::Told,
        });
        table.push(Figure {
            what,
            of: "peak memory",
            measured: format!("{} MiB", kib / 1024),
            bound: "both sides included".to_owned(),
            verdict: Verdict::Told,
        });
    }
}

/// Microseconds and KiB.
fn apart(size: i64) -> Option<(u64, u64)> {
    let this = env::current_exe().ok()?;
    let output = Command::new(this).args([ALONE, &size.to_string()]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (micros, kib) = text.trim().split_once(' ')?;
    Some((micros.parse().ok()?, kib.parse().ok()?))
}

/// In a process of its own: prints what [`apart`] reads.
pub(crate) fn alone(size: i64) {
    let employees = store::read_csv(company::csv(size, None).as_bytes()).expect("it is a table").rows;
    let users = company::users(size);
    let (links, policy) = (company::links(size), Policy::default());
    let took = (0..TRIES).map(|_| one(&employees, &users, &links, &policy)).min().unwrap_or_default();
    crate::table::say(&format!("{} {}", took.as_micros(), machine::peak_kib("self").unwrap_or(0)));
}

fn one(employees: &[Employee], users: &[diff::User], links: &Links, policy: &Policy) -> Duration {
    let situation = Situation {
        tenant: &Tenant::new("bench"),
        employees,
        users,
        roles: RolesRead::Read,
        links,
        memory: &Memory::default(),
        policy,
        scope: &Scope::everybody(),
        first_sync: false,
        today: "2026-11-23".parse().expect("it is a day"),
        reading: &Reading::default(),
        rate_plan: diff::RatePlan::default(),
        share: 0.8,
    };
    let begun = Instant::now();
    let plan = plan(&situation);
    let took = begun.elapsed();
    assert!(plan.is_empty(), "everybody is in order");
    took
}
