//! One thing to do to one user.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::Field;
use crate::ids::{ChangeId, EmployeeId, RoleName, RunId, UserId};
use crate::standing::Leaving;

/// A change, complete: what, to whom, why, and what must have been done before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Unique in the plan.
    pub id: ChangeId,
    /// Whose row asks for it.
    pub employee: EmployeeId,
    /// What a reviewer calls the person.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// Why.
    pub cause: Cause,
    /// How the user was found.
    pub matched: Matched,
    /// What must be applied first. What needs a dropped or failed change falls with it.
    pub needs: Vec<ChangeId>,
}

/// The user of a change: known, or made by this plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// An Auth0 user that exists.
    User(UserId),
    /// The user that the employee's `Create` in the same plan will make.
    CreatedFor(EmployeeId),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// A new user in the managed connection.
    Create {
        /// What it will hold; never null.
        fields: BTreeMap<Field, Value>,
        /// What `email` and `verify_email` are sent as.
        email: EmailFlags,
    },
    /// The user is the employee's from now on. Nothing is sent to Auth0.
    Link {
        /// The user.
        user: UserId,
        /// The row's address when the plan was made. With another one at the claim the link is stale:
        /// it may have been found by an address that was somebody else's.
        address: String,
    },
    /// The user of a former row is the employee's from now on: a rehire under a new id.
    Relink {
        /// The user.
        user: UserId,
        /// The row whose account it was.
        from: EmployeeId,
        /// The row's address when the plan was made, as for [`Self::Link`].
        address: String,
    },
    /// The user is nobody's any more: a link is undone. Nothing is sent to Auth0.
    Unlink {
        /// The user.
        user: UserId,
    },
    /// Fields that differ, and no others.
    Update {
        /// The user.
        user: UserId,
        /// In field order; `before` and `after` differ.
        fields: Vec<FieldChange>,
        /// Set when and only when the email changes; it ends the user's sessions.
        email: Option<EmailFlags>,
    },
    /// Blocked, with our mark in the same request.
    Block {
        /// The user.
        user: UserId,
        /// Whether sessions and refresh tokens are ended as well.
        end_sessions: bool,
    },
    /// Our own block is lifted.
    Unblock {
        /// The user.
        user: UserId,
    },
    /// Roles given.
    GrantRoles {
        /// To whom.
        who: Who,
        /// Which; never empty.
        roles: BTreeSet<RoleName>,
    },
    /// Roles taken away.
    RevokeRoles {
        /// From whom.
        user: UserId,
        /// Which; never empty.
        roles: BTreeSet<RoleName>,
    },
    /// A mail with a link to set a password.
    SendInvitation {
        /// To whom.
        who: Who,
        /// Where it goes.
        email: String,
        /// The application whose branding it has.
        client_id: String,
    },
    /// Auth0's verification mail once more, on demand only.
    SendVerification {
        /// To whom.
        user: UserId,
    },
}

/// What travels with an email: always both, always explicit (FACTS §3 and §4: absent means different
/// things on different calls).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailFlags {
    /// `email_verified`
    pub verified: bool,
    /// `verify_email`: whether Auth0 sends its verification mail.
    pub send_verification: bool,
}

/// A field with its value before and after; null is "not set".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Which.
    pub field: Field,
    /// What Auth0 held when the plan was made.
    pub before: Value,
    /// What it shall hold.
    pub after: Value,
    /// The rule that says so, `{department}`.
    pub rule: String,
}

/// The kind of an action, for counting, filtering and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Action::Block`]
    Block,
    /// [`Action::RevokeRoles`]
    RevokeRoles,
    /// [`Action::Link`]
    Link,
    /// [`Action::Relink`]
    Relink,
    /// [`Action::Update`]
    Update,
    /// [`Action::Create`]
    Create,
    /// [`Action::Unblock`]
    Unblock,
    /// [`Action::GrantRoles`]
    GrantRoles,
    /// [`Action::SendInvitation`]
    SendInvitation,
    /// [`Action::SendVerification`]
    SendVerification,
    /// [`Action::Unlink`]
    Unlink,
}

/// Why a change is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Cause {
    /// Employed, and nobody in Auth0 is this person.
    NoAccount,
    /// Employed, and a user is this person, but the tie is not stored yet.
    NoLink,
    /// Left.
    Left {
        /// What says so.
        leaving: Leaving,
    },
    /// The row has vanished, in so many whole readings in a row, and the policy blocks such people.
    Absent {
        /// This reading among them.
        readings: u32,
    },
    /// Employed again; the block is ours.
    Rehired,
    /// The row says something else than the account; each field names its rule.
    Drift,
    /// The roles that the policy gives for the row.
    Roles {
        /// Role → the rule that gives it; for a revocation, the rule that gives others.
        rules: BTreeMap<RoleName, String>,
    },
    /// The account is ours and the person has not been invited yet.
    NotInvited,
    /// Somebody asked for it.
    OnDemand,
    /// A run is undone.
    Undo {
        /// Which.
        run: RunId,
    },
}

/// How the user of a change was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// By the stored link.
    Link,
    /// `app_metadata.employee_id` and the email agree.
    MarkAndEmail,
    /// `app_metadata.employee_id` and the name agree.
    MarkAndName,
    /// The email agrees.
    Email,
    /// There is no user yet.
    New,
}

impl Action {
    /// Whether it takes the role away; a block leaves roles as they are.
    pub(crate) fn revokes(&self, role: &RoleName) -> bool {
        if let Self::RevokeRoles { roles, .. } = self { roles.contains(role) } else { false }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Create { .. } => Kind::Create,
            Self::Link { .. } => Kind::Link,
            Self::Relink { .. } => Kind::Relink,
            Self::Update { .. } => Kind::Update,
            Self::Block { .. } => Kind::Block,
            Self::Unblock { .. } => Kind::Unblock,
            Self::GrantRoles { .. } => Kind::GrantRoles,
            Self::RevokeRoles { .. } => Kind::RevokeRoles,
            Self::SendInvitation { .. } => Kind::SendInvitation,
            Self::SendVerification { .. } => Kind::SendVerification,
            Self::Unlink { .. } => Kind::Unlink,
        }
    }

    /// The Auth0 user, where there is one already.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::Create { .. } => None,
            Self::Link { user, .. }
            | Self::Relink { user, .. }
            | Self::Update { user, .. }
            | Self::Block { user, .. }
            | Self::Unblock { user }
            | Self::Unlink { user }
            | Self::RevokeRoles { user, .. }
            | Self::SendVerification { user } => Some(user),
            Self::GrantRoles { who, .. } | Self::SendInvitation { who, .. } => match who {
                Who::User(user) => Some(user),
                Who::CreatedFor(_) => None,
            },
        }
    }

    /// Whether an `undo` can bring back what was before. A mail cannot be unsent, ended sessions
    /// cannot be resumed, and a created user is never deleted, only blocked.
    pub fn can_be_undone(&self) -> bool {
        match self {
            Self::Create { .. } | Self::SendInvitation { .. } | Self::SendVerification { .. } => false,
            Self::Link { .. }
            | Self::Relink { .. }
            | Self::Unlink { .. }
            | Self::Update { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::GrantRoles { .. }
            | Self::RevokeRoles { .. } => true,
        }
    }

    /// How many mails it makes Auth0 send.
    pub fn mails(&self) -> usize {
        match self {
            Self::Create { email, .. } | Self::Update { email: Some(email), .. } => {
                usize::from(email.send_verification)
            }
            Self::SendInvitation { .. } | Self::SendVerification { .. } => 1,
            Self::Update { email: None, .. }
            | Self::Link { .. }
            | Self::Relink { .. }
            | Self::Unlink { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::GrantRoles { .. }
            | Self::RevokeRoles { .. } => 0,
        }
    }
}

impl Change {
    /// The id that the change of this kind for this employee has in every plan.
    pub fn id_of(kind: Kind, employee: &EmployeeId) -> ChangeId {
        ChangeId::new(format!("{kind}-{employee}"))
    }

    /// Whether an id is that of a change of the employee: a journal knows ids alone.
    pub fn is_of(id: &ChangeId, employee: &EmployeeId) -> bool {
        Kind::ALL.into_iter().any(|kind| Self::id_of(kind, employee) == *id)
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.action.kind()
    }
}

impl Kind {
    /// All of them, in the order in which a plan lists and applies them.
    pub const ALL: [Self; 11] = [
        Self::Block,
        Self::RevokeRoles,
        Self::Link,
        Self::Relink,
        Self::Update,
        Self::Create,
        Self::Unblock,
        Self::GrantRoles,
        Self::SendInvitation,
        Self::SendVerification,
        Self::Unlink,
    ];

    /// The word for it: in change ids, filters and JSON's counts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::RevokeRoles => "revoke",
            Self::Link => "link",
            Self::Relink => "relink",
            Self::Update => "update",
            Self::Create => "create",
            Self::Unblock => "unblock",
            Self::GrantRoles => "grant",
            Self::SendInvitation => "invite",
            Self::SendVerification => "verify",
            Self::Unlink => "unlink",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no kind of change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no kind of change: block, revoke, link, relink, update, create, unblock, grant, invite, verify or unlink"
)]
pub struct KindError(String);

impl std::str::FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| KindError(text.to_owned()))
    }
}
