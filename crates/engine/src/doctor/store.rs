//! Our own tables: there, bound to this tenant, and what lies in them that waits for somebody.

use chrono::{DateTime, Utc};
use diff::{Breach, Employee, Memory, Scope, Tenant, reading};
use store::{LeaseHeld, PlanState, PlanSummary, Store, StoredRun};

use super::check::{Check, Subject, count, few};
use super::source::could_not;
use super::unseen::Unseen;
use super::{AuditKey, Doctor};

const ABOUT: Subject = Subject::Store;

/// How far back plans are looked through for those that wait: they expire within a day.
const PLANS: u64 = 100;

/// What nobody can look at while our tables are not there.
const INSIDE: [&str; 4] = ["binding", "lease", "runs", "plans"];

impl Doctor {
    pub(super) async fn look_at_store(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut unseen = Unseen::default();
        match self.store.as_ref().unwrap_or(&self.source) {
            Err(unopened) => {
                if self.store.is_some() {
                    checks.push(unopened.check(ABOUT, "database"));
                }
                for it in ["tables"].into_iter().chain(INSIDE) {
                    unseen.add(it, "there is no database to read");
                }
            }
            Ok(store) => {
                checks.push(ABOUT.ok("database", place(self, store)));
                let tables = tables(store).await;
                let usable = tables.remedy.is_none();
                checks.push(tables);
                if usable {
                    checks.extend(self.look_inside(store).await);
                } else {
                    for it in INSIDE {
                        unseen.add(it, "the tables are not as they should be");
                    }
                }
            }
        }
        checks.push(audit_key(&self.audit_key));
        checks.extend(unseen.checks(ABOUT));
        checks
    }

    async fn look_inside(&self, store: &Store) -> Vec<Check> {
        let now = self.settings.clock.now();
        let mut checks = vec![binding(store.bound_tenant().await, self.tenant.as_ref())];
        let Some(tenant) = &self.tenant else { return checks };
        checks.push(match store.lease_held(tenant, now).await {
            Ok(held) => lease(held),
            Err(error) => broken("lease", &error),
        });
        checks.push(match store.left_open(tenant, now).await {
            Ok(runs) => left_open(&runs),
            Err(error) => broken("runs", &error),
        });
        checks.push(match store.plans(PLANS).await {
            Ok(plans) => waiting(&plans, tenant, now),
            Err(error) => broken("plans", &error),
        });
        checks.extend(match store.unknown_audit_key(tenant).await {
            Ok(key) => key.map(|it| other_audit_key(&it)),
            Err(error) => Some(broken("audit", &error)),
        });
        checks
    }

    /// The limits on the table itself, against what the last good run read. What cannot be read is told
    /// where it belongs, and not here.
    pub(super) async fn shrunk(&self, store: &Store, tenant: &Tenant, rows: &[Employee]) -> Vec<Breach> {
        let scope = Scope::everybody();
        let now = self.settings.clock.now();
        let read = async {
            let absent = store.absences(tenant).await?.into_iter();
            let memory = Memory {
                last_rows: store.last_rows(tenant, &scope).await?,
                absent: absent.map(|(employee, it)| (employee, it.readings_before(now))).collect(),
                ..Memory::default()
            };
            Ok::<_, store::Error>((store.links(tenant).await?, memory))
        };
        let Ok((links, memory)) = read.await else { return Vec::new() };
        self.settings.policy.limits.of_source(&reading(rows, &links, &memory, &scope))
    }
}

fn place(doctor: &Doctor, store: &Store) -> String {
    match &doctor.store {
        Some(_) => format!("{} is reachable", store.place()),
        None => "the source's".to_owned(),
    }
}

async fn tables(store: &Store) -> Check {
    match store.pending_in_store().await {
        Ok(pending) if pending.is_empty() => {}
        Ok(pending) => {
            let missing = if pending.len() == 1 { "is missing" } else { "are missing" };
            let found = format!("{} {missing}", count(pending.len(), "migration"));
            return ABOUT.failed("tables", found, "rollcall migrate");
        }
        Err(error) => {
            return ABOUT.failed("tables", could_not(&error), "grant the right to read the database");
        }
    }
    match store.try_store().await {
        Ok(()) => ABOUT.ok("tables", "up to date, and can be written"),
        Err(error) => ABOUT.failed(
            "tables",
            could_not(&error),
            "grant the right to write: plans, runs and links are kept there",
        ),
    }
}

fn binding(bound: Result<Option<Tenant>, store::Error>, ours: Option<&Tenant>) -> Check {
    const WHAT: &str = "binding";
    match (bound, ours) {
        (Err(error), _) => broken(WHAT, &error),
        (Ok(None), None) => ABOUT.ok(WHAT, "bound to no tenant yet"),
        (Ok(None), Some(ours)) => ABOUT.ok(WHAT, format!("to {ours}, at the first apply")),
        (Ok(Some(bound)), None) => ABOUT.ok(WHAT, format!("to {bound}")),
        (Ok(Some(bound)), Some(ours)) if bound == *ours => ABOUT.ok(WHAT, format!("to {bound}")),
        (Ok(Some(bound)), Some(ours)) => ABOUT.failed(
            WHAT,
            format!("to {bound}, and the configuration names {ours}"),
            format!(
                "name a store of its own for each tenant with ROLLCALL_STORE_URL; or, if this one is to serve {ours} \
                 from now on, rollcall unbind {bound}"
            ),
        ),
    }
}

fn lease(held: Option<LeaseHeld>) -> Check {
    match held {
        None => ABOUT.ok("lease", "free: nobody applies a plan"),
        Some(LeaseHeld { holder, until }) => {
            let until = until.format("%Y-%m-%d %H:%M:%S UTC");
            ABOUT.ok("lease", format!("{holder} applies a plan, until {until} if not longer"))
        }
    }
}

fn left_open(runs: &[StoredRun]) -> Check {
    if runs.is_empty() {
        return ABOUT.ok("runs", "none was left open");
    }
    let found = match runs.len() {
        1 => "one was left open: its process ended before it did".to_owned(),
        several => format!("{several} were left open: their processes ended before they did"),
    };
    let details = runs.iter().map(|it| {
        let of = it.employee.as_ref().map_or_else(String::new, |it| format!(", of employee {it}"));
        let since = it.started_at.format("%Y-%m-%d %H:%M UTC");
        format!("run {} of plan {}{of}, by {} since {since}", it.id, it.plan, it.holder)
    });
    ABOUT
        .warning("runs", found, "the next rollcall apply or sync settles it, before anything else")
        .details(details)
}

fn waiting(plans: &[PlanSummary], tenant: &Tenant, now: DateTime<Utc>) -> Check {
    let of = |state: PlanState| {
        let plans =
            plans.iter().filter(|it| it.state == state && it.tenant == *tenant && it.expires_at > now);
        plans.map(|it| it.id).collect::<Vec<_>>()
    };
    let words = [
        (PlanState::Proposed, "for a yes"),
        (PlanState::Approved, "to be applied"),
        (PlanState::Incomplete, "to be gone on with"),
    ];
    let waiting = words.into_iter().map(|(state, word)| (of(state), word)).filter(|(ids, _)| !ids.is_empty());
    let waiting: Vec<String> = waiting.map(|(ids, word)| format!("{} {word}", few(&ids, 5))).collect();
    if waiting.is_empty() {
        return ABOUT.ok("plans", "none waits");
    }
    ABOUT.ok("plans", format!("waiting: {}; rollcall plans lists them", waiting.join(" · ")))
}

fn audit_key(key: &AuditKey) -> Check {
    match key {
        AuditKey::Own => ABOUT.ok("audit key", "the audit is chained with a key of your own"),
        AuditKey::None => ABOUT.warning(
            "audit key",
            "there is none: who can write to the store can rewrite the audit, and nobody sees it",
            "set ROLLCALL_AUDIT_KEY, such as `openssl rand -hex 32` makes it, and keep a copy elsewhere",
        ),
        AuditKey::Unusable(unopened) => unopened.check(ABOUT, "audit key"),
    }
}

/// Whoever appends without the key leaves entries that anybody could have written.
fn other_audit_key(key: &str) -> Check {
    ABOUT.failed(
        "audit",
        format!("its newest entry has the key {key}, and this machine does not: audit verify will report what it appends"),
        "give this machine the same ROLLCALL_AUDIT_KEY, or [audit] key_file",
    )
}

fn broken(what: &'static str, error: &store::Error) -> Check {
    ABOUT.failed(what, could_not(error), "rollcall migrate, with the version of rollcall that is in use")
}
