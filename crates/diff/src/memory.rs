//! What earlier runs found out and neither side shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::change::{Change, Kind};
use crate::ids::EmployeeId;
use crate::plan::Digest;

/// What earlier runs found out. The default is that of a first run, and of a plan from files alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How many rows the last good run of the scope read; none before the first.
    pub last_rows: Option<usize>,
    /// Linked employees who had no row in so many whole readings in a row, up to the last one.
    pub absent: BTreeMap<EmployeeId, u32>,
    /// Changes that failed again and again and whose next try is not due.
    pub parked: BTreeMap<(EmployeeId, Kind), Parked>,
    /// What the tenant's plan does not have.
    pub lacks: BTreeSet<Feature>,
}

/// A change that is not tried at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// What was tried ([`Memory::action_digest`]): a change that asks for something else is not parked.
    pub action: Digest,
    /// How often it has failed.
    pub failures: u32,
    /// What was said the last time.
    pub error: String,
    /// When it is tried again.
    pub next: NextTry,
}

/// When a parked change is tried again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum NextTry {
    /// By the first run after that moment, RFC 3339 in UTC to the minute.
    At {
        /// The moment.
        at: String,
    },
    /// It has failed for so long that somebody must release it.
    WhenReleased,
    /// Somebody gave it up.
    Dropped {
        /// Why.
        why: String,
    },
}

/// Something that not every Auth0 plan has (FACTS §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Ending a user's sessions.
    Sessions,
    /// Revoking a user's refresh tokens.
    RefreshTokens,
}

impl Memory {
    /// What names the thing that a change tries to do.
    pub fn action_digest(change: &Change) -> Digest {
        Digest::of(&change.action)
    }

    /// Why the change is not tried at present. What takes access away is never parked.
    pub(crate) fn parks(&self, change: &Change) -> Option<&Parked> {
        let kind = change.kind();
        self.parked
            .get(&(change.employee.clone(), kind))
            .filter(|it| kind.can_be_parked() && it.action == Self::action_digest(change))
    }
}

impl Kind {
    /// Whether a change of this kind may be put off after failures. Blocks, revocations and the ends of
    /// sessions never are, and what is ours alone does not fail in Auth0.
    pub fn can_be_parked(self) -> bool {
        match self {
            Self::Block | Self::RevokeRoles | Self::Link | Self::Relink | Self::Unlink => false,
            Self::Update
            | Self::Create
            | Self::Unblock
            | Self::GrantRoles
            | Self::SendInvitation
            | Self::SendVerification => true,
        }
    }
}

impl Feature {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sessions, Self::RefreshTokens];

    /// The word for it, in the store and in logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::RefreshTokens => "refresh_tokens",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sessions => "ending sessions",
            Self::RefreshTokens => "revoking refresh tokens",
        })
    }
}

impl fmt::Display for NextTry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { at } => write!(f, "tried again from {at} on"),
            Self::WhenReleased => f.write_str("not tried again until somebody releases it"),
            Self::Dropped { why } => write!(f, "given up: {why}"),
        }
    }
}
