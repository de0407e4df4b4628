//! What earlier runs found out and neither side shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::change::{Action, Change, Kind};
use crate::ids::{EmployeeId, UserId};
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
    /// The user whom it was tried on, where there was one: on another it is not parked.
    pub user: Option<UserId>,
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
    /// By the first run from that moment on.
    At {
        /// The moment.
        at: DateTime<Utc>,
    },
    /// It has failed for so long that somebody must release it.
    WhenReleased,
    /// Somebody gave it up.
    Dropped {
        /// Who.
        by: String,
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
    /// What names the thing that a change tries to do: what shall be, without whom it is for, which is the
    /// employee's user, and without what was before. So a grant is the same before and after the account
    /// was made, and an update the same while somebody changes the old value.
    pub fn action_digest(change: &Change) -> Digest {
        let kind = change.kind();
        match &change.action {
            Action::Update { user: _, fields, email } => {
                let wanted: Vec<_> = fields.iter().map(|it| (&it.field, &it.after)).collect();
                Digest::of(&(kind, wanted, email))
            }
            Action::GrantRoles { who: _, roles } | Action::RevokeRoles { user: _, roles } => {
                Digest::of(&(kind, roles))
            }
            Action::SendInvitation { who: _, email, client_id } => Digest::of(&(kind, email, client_id)),
            Action::Create { fields, email } => Digest::of(&(kind, fields, email)),
            Action::Block { .. }
            | Action::Unblock { .. }
            | Action::SendVerification { .. }
            | Action::Link { .. }
            | Action::Relink { .. }
            | Action::Unlink { .. } => Digest::of(&kind),
        }
    }

    /// Whether a change tries what was tried then, on the same user. An account that was not made yet
    /// has none.
    pub(crate) fn is_same(change: &Change, action: &Digest, user: Option<&UserId>) -> bool {
        let same_user = match (user, change.action.user()) {
            (Some(then), Some(now)) => then == now,
            (None, _) | (_, None) => true,
        };
        same_user && *action == Self::action_digest(change)
    }

    /// Why the change is not tried at present. What takes access away is never parked.
    pub(crate) fn parks(&self, change: &Change) -> Option<&Parked> {
        let kind = change.kind();
        self.parked
            .get(&(change.employee.clone(), kind))
            .filter(|it| kind.can_be_parked() && Self::is_same(change, &it.action, it.user.as_ref()))
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
            Self::At { at } => write!(f, "tried again from {} on", at.format("%Y-%m-%d %H:%M UTC")),
            Self::WhenReleased => f.write_str("not tried again until somebody releases it"),
            Self::Dropped { by, why } => write!(f, "given up by {by}: {why}"),
        }
    }
}
