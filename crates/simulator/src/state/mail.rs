//! Mails as they stand in documents.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A mail that a real tenant would have sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Which template.
    pub kind: MailKind,
    /// The address.
    pub to: String,
    /// The user it is about.
    pub user_id: String,
    /// When it was sent.
    pub at: Timestamp,
    /// The link in it; opening it does what it says, once.
    pub link: String,
}

/// The mails that this tenant knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// "Please verify your address."
    VerifyEmail,
    /// "Set a new password."
    ChangePassword,
}
