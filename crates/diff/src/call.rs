//! Requests to Auth0, as changes need them: one call may carry many changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::Field;
use crate::change::{EmailFlags, FieldChange, Who};
use crate::ids::{ChangeId, EmployeeId, RoleName, UserId};
use crate::pace::Group;

/// One request, with the changes that it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call<U = Who> {
    /// What is asked.
    pub request: Request<U>,
    /// The changes, in plan order; for [`Request::GrantToUsers`] one for each user, in the same order.
    pub carries: Vec<ChangeId>,
}

/// What is asked. `U` is [`Who`] in a plan and [`UserId`] once every user is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request<U = Who> {
    /// `PATCH /users/{id}`: fields, block or unblock, whatever of one user may travel together.
    Patch {
        /// The user.
        user: UserId,
        /// Fields that differ.
        fields: Vec<FieldChange>,
        /// When and only when the email is among the fields.
        email: Option<EmailFlags>,
        /// What is done to the block.
        access: Option<AccessChange>,
    },
    /// `DELETE /users/{user_id}/sessions`
    EndSessions {
        /// The user.
        user: UserId,
    },
    /// `DELETE /users/{user_id}/refresh-tokens`
    RevokeRefreshTokens {
        /// The user.
        user: UserId,
    },
    /// `DELETE /users/{id}/roles`
    RevokeRoles {
        /// The user.
        user: UserId,
        /// The roles, never empty.
        roles: BTreeSet<RoleName>,
    },
    /// `POST /users`
    Create {
        /// Whose account it will be.
        employee: EmployeeId,
        /// What it holds.
        fields: BTreeMap<Field, Value>,
        /// How the address starts.
        email: EmailFlags,
    },
    /// `POST /roles/{id}/users`
    GrantToUsers {
        /// The role.
        role: RoleName,
        /// To whom, never empty.
        users: Vec<U>,
    },
    /// `POST /users/{id}/roles`
    GrantToUser {
        /// To whom.
        user: U,
        /// The roles, never empty.
        roles: BTreeSet<RoleName>,
    },
    /// `POST /dbconnections/change_password`
    Invite {
        /// The person's account, so that the journal knows it.
        user: U,
        /// Where the mail goes.
        email: String,
        /// The application whose branding the mail has.
        client_id: String,
    },
    /// `POST /jobs/verification-email`
    Verify {
        /// To whom.
        user: U,
    },
}

/// What a patch does to the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessChange {
    /// `blocked: true` and our mark.
    Block,
    /// `blocked: false` and our mark removed.
    Unblock,
}

/// Phases run one after the other; inside one, many calls are in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Blocks, revocations, ended sessions.
    TakeAway,
    /// Updates of users that exist; also lifts our own blocks.
    Update,
    /// New users.
    Create,
    /// Grants.
    Give,
    /// Mails.
    Tell,
}

impl<U> Request<U> {
    /// When it runs.
    pub fn phase(&self) -> Phase {
        match self {
            Self::EndSessions { .. } | Self::RevokeRefreshTokens { .. } | Self::RevokeRoles { .. } => {
                Phase::TakeAway
            }
            Self::Patch { access: Some(AccessChange::Block), .. } => Phase::TakeAway,
            Self::Patch { access: Some(AccessChange::Unblock) | None, .. } => Phase::Update,
            Self::Create { .. } => Phase::Create,
            Self::GrantToUsers { .. } | Self::GrantToUser { .. } => Phase::Give,
            Self::Invite { .. } | Self::Verify { .. } => Phase::Tell,
        }
    }

    /// The bucket it draws from; none for the Authentication API, which has its own.
    pub fn group(&self) -> Option<Group> {
        match self {
            Self::Patch { .. } | Self::Create { .. } => Some(Group::WriteUsers),
            Self::EndSessions { .. }
            | Self::RevokeRefreshTokens { .. }
            | Self::RevokeRoles { .. }
            | Self::GrantToUsers { .. }
            | Self::GrantToUser { .. }
            | Self::Verify { .. } => Some(Group::Other),
            Self::Invite { .. } => None,
        }
    }

    /// Whether doing it twice is doing it once, so that it may simply be sent again. A creation is
    /// answered 409 the second time, a mail goes out twice, and an email change ends sessions again.
    pub fn is_idempotent(&self) -> bool {
        match self {
            Self::Patch { email, .. } => email.is_none(),
            Self::EndSessions { .. }
            | Self::RevokeRefreshTokens { .. }
            | Self::RevokeRoles { .. }
            | Self::GrantToUsers { .. }
            | Self::GrantToUser { .. } => true,
            Self::Create { .. } | Self::Invite { .. } | Self::Verify { .. } => false,
        }
    }
}
