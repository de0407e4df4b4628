//! The conditions, and what is said of each.

use std::time::Duration;

use crate::kind::{Kind, Severity, Subject};
use crate::notice::Notice;
use crate::wording::{argument, count, list};

/// Something that needs somebody. It names numbers and ids, and nobody's name or address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A plan waits for a person's yes or no.
    PlanWaits {
        /// The plan's number.
        plan: i64,
        /// How many changes it has.
        changes: u64,
        /// How many people it takes access from.
        lose_access: u64,
        /// How many grants of admin roles it has.
        admin_grants: u64,
    },
    /// A plan exceeds limits, and nothing at all is written.
    LimitBreached {
        /// The plan's number.
        plan: i64,
        /// The limits, in the plan's words: `blocks: 31 of at most 25`.
        breaches: Vec<String>,
    },
    /// A run ended with changes that were not made.
    RunIncomplete {
        /// The run's number.
        run: i64,
        /// How many changes failed.
        failed: u64,
        /// How many the situation had left behind.
        stale: u64,
        /// How many were not tried.
        not_tried: u64,
    },
    /// More than a share of the last hour's calls failed; 5 % unless the service says otherwise.
    FailureRate {
        /// How many failed.
        failed: u64,
        /// Of how many.
        calls: u64,
    },
    /// Auth0 takes longer than it should; 5 s unless the service says otherwise.
    ApiSlow {
        /// How long calls take.
        took: Duration,
        /// How long they may take.
        limit: Duration,
    },
    /// Auth0 gives no token, so nothing can be read or changed.
    TokenFailures {
        /// How many times in a row.
        failures: u64,
    },
    /// Auth0 refuses calls over its rate limit.
    RateLimited {
        /// How many of the last hour's calls were answered 429.
        refused: u64,
    },
    /// Somebody left and still has access.
    LeaverPending {
        /// The employee's id.
        employee: String,
        /// Since when, as far as Rollcall knows: how long ago the row said so.
        since: Duration,
    },
    /// The audit record does not fit together.
    AuditBroken {
        /// How many entries do not fit, or are missing.
        entries: u64,
    },
}

impl Condition {
    /// Which condition it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::PlanWaits { .. } => Kind::PlanWaits,
            Self::LimitBreached { .. } => Kind::LimitBreached,
            Self::RunIncomplete { .. } => Kind::RunIncomplete,
            Self::FailureRate { .. } => Kind::FailureRate,
            Self::ApiSlow { .. } => Kind::ApiSlow,
            Self::TokenFailures { .. } => Kind::TokenFailures,
            Self::RateLimited { .. } => Kind::RateLimited,
            Self::LeaverPending { .. } => Kind::LeaverPending,
            Self::AuditBroken { .. } => Kind::AuditBroken,
        }
    }

    /// What it is a condition of.
    pub fn subject(&self) -> Subject {
        match self {
            Self::PlanWaits { plan, .. } | Self::LimitBreached { plan, .. } => Subject::plan(*plan),
            Self::RunIncomplete { run, .. } => Subject::run(*run),
            Self::FailureRate { .. }
            | Self::ApiSlow { .. }
            | Self::TokenFailures { .. }
            | Self::RateLimited { .. } => Subject::tenant(),
            Self::LeaverPending { employee, .. } => Subject::employee(employee),
            Self::AuditBroken { .. } => Subject::audit(),
        }
    }

    /// How soon somebody must look.
    pub fn severity(&self) -> Severity {
        match self {
            Self::PlanWaits { .. } => Severity::Info,
            Self::LimitBreached { .. }
            | Self::RunIncomplete { .. }
            | Self::FailureRate { .. }
            | Self::ApiSlow { .. }
            | Self::RateLimited { .. } => Severity::Warning,
            Self::TokenFailures { .. } | Self::LeaverPending { .. } | Self::AuditBroken { .. } => {
                Severity::Critical
            }
        }
    }

    /// In a line.
    pub fn title(&self) -> String {
        match self {
            Self::PlanWaits { plan, .. } => format!("Plan {plan} waits for a yes or no"),
            Self::LimitBreached { plan, breaches } => {
                let limits = count(breaches.len() as u64, "limit");
                format!("Plan {plan} exceeds {limits}, and nothing is written")
            }
            Self::RunIncomplete { run, .. } => format!("Run {run} ended incomplete"),
            Self::FailureRate { failed, calls } => {
                format!("{} of calls to Auth0 failed in the last hour", percent(*failed, *calls))
            }
            Self::ApiSlow { took, .. } => format!("Auth0 takes {} to answer", seconds(*took)),
            Self::TokenFailures { .. } => "Auth0 gives no token".into(),
            Self::RateLimited { refused } => {
                format!("Auth0 refused {} over its rate limit in the last hour", count(*refused, "call"))
            }
            Self::LeaverPending { employee, .. } => {
                format!("Employee {employee} has left and still has access")
            }
            Self::AuditBroken { .. } => "The audit record does not fit together".into(),
        }
    }

    /// What happened.
    pub fn text(&self) -> String {
        match self {
            Self::PlanWaits { changes, lose_access, admin_grants, .. } => {
                let mut worth = Vec::new();
                if *lose_access > 0 {
                    let verb = if *lose_access == 1 { "person loses" } else { "people lose" };
                    worth.push(format!("{lose_access} {verb} access"));
                }
                if *admin_grants > 0 {
                    let verb = if *admin_grants == 1 { "role is" } else { "roles are" };
                    worth.push(format!("{admin_grants} admin {verb} granted"));
                }
                let colon = if worth.is_empty() { "" } else { ": " };
                let changes = count(*changes, "change");
                format!("It has {changes}{colon}{}. Nothing is changed before somebody approves it.", list(&worth))
            }
            Self::LimitBreached { breaches, .. } => {
                let lines: Vec<String> = breaches.iter().map(|it| format!("- {it}")).collect();
                format!("More would change than is usual:\n{}", lines.join("\n"))
            }
            Self::RunIncomplete { failed, stale, not_tried, .. } => {
                let parts = [(failed, "failed"), (stale, "had become stale"), (not_tried, "were not tried")];
                let parts: Vec<String> =
                    parts.iter().filter(|it| *it.0 > 0).map(|(number, what)| format!("{number} {what}")).collect();
                format!("Of its changes {}. What is still due is in the next plan.", list(&parts))
            }
            Self::FailureRate { failed, calls } => {
                format!("{failed} of {} failed. Whom they were about waits until they succeed.", count(*calls, "call"))
            }
            Self::ApiSlow { limit, .. } => {
                format!("More than {} is too slow: runs take longer, and calls may time out.", seconds(*limit))
            }
            Self::TokenFailures { failures } => format!(
                "It was asked {} in a row. Nothing can be read or changed, so nobody who leaves loses access.",
                count(*failures, "time")
            ),
            Self::RateLimited { .. } => {
                "Calls wait and are sent again. The rate plan may be set higher than the tenant's, or another \
                 application uses up the rest."
                    .into()
            }
            Self::LeaverPending { since, .. } => {
                format!("Their row has said so for {}, and their Auth0 user is not blocked.", span(*since))
            }
            Self::AuditBroken { entries } => format!(
                "{} changed, missing or moved. Somebody may have altered the record.",
                if *entries == 1 { "1 entry was".to_owned() } else { format!("{entries} entries were") }
            ),
        }
    }

    /// What to do next, with the command.
    pub fn next(&self) -> String {
        match self {
            Self::PlanWaits { plan, .. } => {
                format!("read it with `rollcall plan show {plan}`, which names the command that approves it")
            }
            Self::LimitBreached { plan, .. } => {
                format!("see `rollcall plan show {plan}`, which names the command that accepts each limit")
            }
            Self::RunIncomplete { run, .. } => {
                format!("see `rollcall run show {run}`, and `rollcall quarantine` for what fails again and again")
            }
            Self::FailureRate { .. } => "see `rollcall runs` for which run, and `rollcall doctor` for why".into(),
            Self::ApiSlow { .. } => "see `rollcall doctor`, and Auth0's status page".into(),
            Self::TokenFailures { .. } => {
                "run `rollcall doctor`: the client's secret may have been changed, or its grant taken away".into()
            }
            Self::RateLimited { .. } => "run `rollcall doctor`, and compare `rate_plan` with the tenant's".into(),
            Self::LeaverPending { employee, .. } => {
                let id = argument(employee);
                format!("see `rollcall employee explain {id}`, then block them with `rollcall employee sync {id}`")
            }
            Self::AuditBroken { .. } => {
                "copy the store, and run `rollcall audit verify --head HEAD` with the head of the last notice before this".into()
            }
        }
    }
}

impl From<&Condition> for Notice {
    fn from(it: &Condition) -> Self {
        Self::new(it.kind(), it.subject(), it.severity(), [&it.title(), &it.text(), &it.next()])
    }
}

/// Whole percent, rounded up: what is over a limit must not read as if it were at it.
fn percent(part: u64, whole: u64) -> String {
    let hundredfold = u128::from(part) * 100;
    format!("{} %", hundredfold.div_ceil(u128::from(whole.max(1))))
}

fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    if tenths.is_multiple_of(10) {
        format!("{} s", tenths / 10)
    } else {
        format!("{}.{} s", tenths / 10, tenths % 10)
    }
}

/// In the largest whole unit.
fn span(duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    match minutes {
        0 => "less than a minute".into(),
        1..=59 => count(minutes, "minute"),
        60..=2_879 => count(minutes / 60, "hour"),
        2_880.. => count(minutes / 1_440, "day"),
    }
}
