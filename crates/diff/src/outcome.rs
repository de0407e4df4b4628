//! What became of a change, and of a whole run.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::forecast::Spent;
use crate::ids::{ChangeId, PlanId, RunId};

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done by this run.
    Applied,
    /// Auth0 held it already.
    AlreadySo,
    /// The row or the user is not any more what the plan was made from; nothing was done.
    Stale {
        /// What differs.
        why: String,
    },
    /// Auth0 refused, or the answer never came.
    Failed {
        /// What Auth0 said.
        why: String,
        /// What the failure is about; before it was told apart, nobody's.
        #[serde(default)]
        blame: Blame,
    },
    /// The run stopped, or what this change needs was not done.
    NotTried {
        /// Why.
        why: String,
    },
}

/// What a failure is about, and so whether it counts against the change that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// Auth0 refused this change, and would refuse it again.
    Change,
    /// Auth0 was in trouble or did not answer: it may be about this change, or about everything.
    Trouble,
    /// The tenant as a whole, the database, or somebody who stopped the run.
    #[default]
    Run,
}

impl Outcome {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::AlreadySo => "already so",
            Self::Stale { .. } => "stale",
            Self::Failed { .. } => "failed",
            Self::NotTried { .. } => "not tried",
        }
    }

    /// Whether Auth0 now holds what the change asked for.
    pub fn is_so(&self) -> bool {
        match self {
            Self::Applied | Self::AlreadySo => true,
            Self::Stale { .. } | Self::Failed { .. } | Self::NotTried { .. } => false,
        }
    }

    /// The outcome of a change that two calls carry: whatever went wrong is not hidden by what went well.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Applied, Self::NotTried { why }) | (Self::NotTried { why }, Self::Applied) => {
                Self::Failed { why: format!("done in part: {why}"), blame: Blame::Run }
            }
            (one, other) if other.rank() > one.rank() => other,
            (one, _) => one,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::AlreadySo => 0,
            Self::Applied => 1,
            Self::Stale { .. } => 2,
            Self::NotTried { .. } => 3,
            Self::Failed { .. } => 4,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied | Self::AlreadySo => f.write_str(self.word()),
            Self::Stale { why } | Self::Failed { why, blame: _ } | Self::NotTried { why } => {
                write!(f, "{}: {why}", self.word())
            }
        }
    }
}

/// What became of a run: an outcome for every change of its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// The plan that was applied.
    pub plan: PlanId,
    /// By change, in plan order in the plan itself; here by id.
    pub outcomes: BTreeMap<ChangeId, Outcome>,
    /// Why the run stopped before its end, where it did.
    pub stopped: Option<String>,
    /// What it took; runs of earlier versions did not count it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
}

impl Report {
    /// Whether every change is so now.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.outcomes.values().all(Outcome::is_so)
    }

    /// How many changes ended how, by the outcome's word.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for it in self.outcomes.values() {
            *counts.entry(it.word()).or_insert(0) += 1;
        }
        counts
    }
}
