//! What users are logged in to, as it stands in documents.

use serde::{Deserialize, Serialize};

use crate::{clock::Timestamp, state::PUBLIC_APPLICATION};

/// A live session of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Made when absent.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// Absent: when the document is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The application that the user logged in to.
    #[serde(default = "public_application")]
    pub client_id: String,
}

/// A live refresh token of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    /// Made when absent.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// Absent: when the document is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The application that holds it.
    #[serde(default = "public_application")]
    pub client_id: String,
}

fn public_application() -> String {
    PUBLIC_APPLICATION.to_owned()
}
