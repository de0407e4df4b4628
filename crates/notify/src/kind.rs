//! What a notice is about: which condition, of what, and how bad it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The conditions, without what each of them knows. In JSON: `plan_waits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A plan waits for a person's yes or no.
    PlanWaits,
    /// A plan exceeds limits, and nothing at all is written.
    LimitBreached,
    /// A run ended with changes that were not made.
    RunIncomplete,
    /// More calls fail than should.
    FailureRate,
    /// Auth0 answers slowly.
    ApiSlow,
    /// Auth0 gives no token.
    TokenFailures,
    /// Auth0 refuses calls over its rate limit.
    RateLimited,
    /// Somebody left and still has access.
    LeaverPending,
    /// The audit record does not fit together.
    AuditBroken,
}

/// How soon somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// In the course of the day.
    Info,
    /// Today.
    Warning,
    /// Now.
    Critical,
}

/// What a condition is a condition of: `plan 7`, `employee 42`, `tenant`. One that stands is told once for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Kind {
    /// As it stands in JSON and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlanWaits => "plan_waits",
            Self::LimitBreached => "limit_breached",
            Self::RunIncomplete => "run_incomplete",
            Self::FailureRate => "failure_rate",
            Self::ApiSlow => "api_slow",
            Self::TokenFailures => "token_failures",
            Self::RateLimited => "rate_limited",
            Self::LeaverPending => "leaver_pending",
            Self::AuditBroken => "audit_broken",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

impl Subject {
    /// A plan, by its number.
    pub fn plan(id: i64) -> Self {
        Self(format!("plan {id}"))
    }

    /// A run, by its number.
    pub fn run(id: i64) -> Self {
        Self(format!("run {id}"))
    }

    /// An employee, by id.
    pub fn employee(id: &str) -> Self {
        Self(format!("employee {}", crate::wording::one_line(id)))
    }

    /// The tenant as a whole.
    pub fn tenant() -> Self {
        Self("tenant".into())
    }

    /// The audit record.
    pub fn audit() -> Self {
        Self("audit".into())
    }

    /// As it stands in JSON and in logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
