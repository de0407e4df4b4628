//! Users as they stand in documents and in answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;

/// A user with every field that Auth0 shows. What was never set is absent, not null.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct User {
    /// Set by an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// When the user was made; absent in a document: when it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Lower case in database connections, as the provider writes it elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Where the user logs in; the first is the primary one. Absent: taken from the user id and the connection.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// Full name; defaults to the email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Defaults to the part of the address before the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Whether the number was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_verified: Option<bool>,
    /// Defaults to the address's gravatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Bumped by every change and every login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// `provider|id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user_id: String,
    /// The user's own metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_metadata: Option<Map<String, Value>>,
    /// Only in connections that ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// After a password change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_password_reset: Option<Timestamp>,
    /// The application's metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_metadata: Option<Map<String, Value>>,
    /// Address of the last login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ip: Option<String>,
    /// Time of the last login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// Absent for a user who never logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logins_count: Option<u64>,
    /// Second factors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multifactor: Option<Vec<String>>,
}

impl User {
    /// The identity that decides what may be changed through the API.
    pub(crate) fn primary(&self) -> Option<&Identity> {
        self.identities.first()
    }
}

/// One place where a user logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The connection's name.
    pub connection: String,
    /// The user's id inside the connection.
    pub user_id: String,
    /// `auth0`, `google-oauth2`, `samlp`, …
    pub provider: String,
    /// Whether this is a social provider.
    #[serde(rename = "isSocial", default)]
    pub is_social: bool,
}
