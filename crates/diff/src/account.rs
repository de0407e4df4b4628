//! The plain form that a row and an Auth0 user both become before they are compared.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{ConnectionName, EmployeeId, UserId};
use crate::metadata::Metadata;
use crate::role_set::RoleSet;

/// The first-level key of `app_metadata` that marks a block as ours.
pub const BLOCK_MARK: &str = "rollcall_blocked";

/// The first-level key of `app_metadata` that names the employee.
pub const EMPLOYEE_MARK: &str = "employee_id";

/// What an account is: everything about a user that Rollcall may compare or change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// In lower case, as Auth0 keeps it for database users.
    pub email: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// Metadata that users may see.
    pub user_metadata: Metadata,
    /// Metadata for applications, with our marks.
    pub app_metadata: Metadata,
    /// Whether the person can log in.
    pub access: Access,
    /// Directly assigned roles; through groups is not here.
    pub roles: RoleSet,
}

/// Whether a user can log in and, if not, who says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Not blocked.
    #[default]
    Open,
    /// Blocked, with our mark: the only block that we lift.
    BlockedByUs,
    /// Blocked by somebody else, who knows why.
    BlockedByOther,
}

/// A field of an account that a policy may manage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Field {
    /// `email`
    Email,
    /// `name`
    Name,
    /// `given_name`
    GivenName,
    /// `family_name`
    FamilyName,
    /// `user_metadata.KEY`
    UserMetadata(String),
    /// `app_metadata.KEY`
    AppMetadata(String),
}

/// A text that names no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no field: email, name, given_name, family_name, user_metadata.KEY or app_metadata.KEY")]
pub struct FieldError(String);

impl Account {
    /// The value of a field; null where it is not set.
    pub fn get(&self, field: &Field) -> Value {
        let text = |it: &Option<String>| it.clone().map_or(Value::Null, Value::String);
        match field {
            Field::Email => text(&self.email),
            Field::Name => text(&self.name),
            Field::GivenName => text(&self.given_name),
            Field::FamilyName => text(&self.family_name),
            Field::UserMetadata(key) => self.user_metadata.get(key).cloned().unwrap_or_default(),
            Field::AppMetadata(key) => self.app_metadata.get(key).cloned().unwrap_or_default(),
        }
    }

    /// The text of a field; none where it is not set or holds something else.
    pub fn text(&self, field: &Field) -> Option<&str> {
        match field {
            Field::Email => self.email.as_deref(),
            Field::Name => self.name.as_deref(),
            Field::GivenName => self.given_name.as_deref(),
            Field::FamilyName => self.family_name.as_deref(),
            Field::UserMetadata(key) => self.user_metadata.get(key)?.as_str(),
            Field::AppMetadata(key) => self.app_metadata.get(key)?.as_str(),
        }
    }

    /// Whether `app_metadata.employee_id` names the employee.
    pub fn is_marked(&self, employee: &EmployeeId) -> bool {
        match self.app_metadata.get(EMPLOYEE_MARK) {
            Some(Value::Number(it)) if it.is_i64() => it.as_i64() == employee.as_number(),
            Some(_) => self.marked_employee().as_ref() == Some(employee),
            None => false,
        }
    }

    /// The employee that `app_metadata.employee_id` names: 42 and "42" are equal. None where it holds
    /// what no employee's id can be.
    pub fn marked_employee(&self) -> Option<EmployeeId> {
        match self.app_metadata.get(EMPLOYEE_MARK)? {
            Value::Number(it) => {
                it.as_i64().map_or_else(|| EmployeeId::parse(&it.to_string()).ok(), |it| Some(it.into()))
            }
            Value::String(it) => EmployeeId::parse(it).ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email => f.write_str("email"),
            Self::Name => f.write_str("name"),
            Self::GivenName => f.write_str("given_name"),
            Self::FamilyName => f.write_str("family_name"),
            Self::UserMetadata(key) => write!(f, "user_metadata.{key}"),
            Self::AppMetadata(key) => write!(f, "app_metadata.{key}"),
        }
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.to_string()
    }
}

impl TryFrom<String> for Field {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "email" => Ok(Self::Email),
            "name" => Ok(Self::Name),
            "given_name" => Ok(Self::GivenName),
            "family_name" => Ok(Self::FamilyName),
            other => match other.split_once('.') {
                Some(("user_metadata", key)) if !key.is_empty() => Ok(Self::UserMetadata(key.to_owned())),
                Some(("app_metadata", key)) if !key.is_empty() => Ok(Self::AppMetadata(key.to_owned())),
                Some(_) | None => Err(FieldError(text)),
            },
        }
    }
}

/// An Auth0 user: an account, and what tells which user it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// What the user is.
    pub account: Account,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// The identities, the primary one first. A user has at least one.
    pub identities: Vec<Identity>,
    /// When Auth0 made the user, `2026-11-23T07:00:00.000Z`.
    pub created_at: Option<String>,
}

/// One way in which a user can log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The connection's name.
    pub connection: ConnectionName,
    /// `auth0` for database connections; else the kind of the foreign directory.
    pub provider: Arc<str>,
}

impl User {
    /// Whether one of the user's identities is of the connection.
    pub fn is_in(&self, connection: &ConnectionName) -> bool {
        self.identities.iter().any(|it| it.connection == *connection)
    }

    /// Whether the user's primary identity can take a change of the field.
    ///
    /// Email and the profile names of social and enterprise users belong to their own directory;
    /// passwordless users keep their address but take names (FACTS §4). Metadata is always ours.
    pub fn takes(&self, field: &Field) -> bool {
        let provider = self.identities.first().map_or("auth0", |it| &*it.provider);
        match field {
            Field::Email => provider == "auth0",
            Field::Name | Field::GivenName | Field::FamilyName => {
                matches!(provider, "auth0" | "email" | "sms")
            }
            Field::UserMetadata(_) | Field::AppMetadata(_) => true,
        }
    }
}
