//! A row of the employee table, as it stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, UserId};

/// One row, unjudged: every cell is its text, and absent, null and empty are all `""`.
///
/// What the row means is [`crate::standing()`]'s to say; a cell that cannot be read must still
/// arrive here, so that it is held with its reason and never looks like a person who left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// The key.
    pub id: EmployeeId,
    /// As typed by HR; see [`crate::Email::parse`].
    pub email: String,
    /// The whole name, as it should be shown.
    pub full_name: String,
    /// The given name, where the source keeps it apart.
    pub given_name: String,
    /// The family name, where the source keeps it apart.
    pub family_name: String,
    /// The department.
    pub department: String,
    /// A key of the policy's role map; empty means its default.
    pub role_code: String,
    /// One of the policy's status words.
    pub status: String,
    /// First day, inclusive, `2026-11-23`; empty means long ago.
    pub starts_on: String,
    /// Last day, inclusive; empty means open.
    pub ends_on: String,
    /// Further columns that the policy names.
    pub more: BTreeMap<String, String>,
    /// What the write-back column `auth0_user_id` says.
    pub written_back: Option<UserId>,
}

impl Employee {
    /// The columns that every source has, by the names that templates and filters use.
    pub const COLUMNS: [&'static str; 10] = [
        "id",
        "email",
        "full_name",
        "given_name",
        "family_name",
        "department",
        "role_code",
        "status",
        "starts_on",
        "ends_on",
    ];

    /// A row with nothing but its key.
    pub fn empty(id: EmployeeId) -> Self {
        Self {
            id,
            email: String::new(),
            full_name: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            department: String::new(),
            role_code: String::new(),
            status: String::new(),
            starts_on: String::new(),
            ends_on: String::new(),
            more: BTreeMap::new(),
            written_back: None,
        }
    }

    /// The text of a column, `""` where there is none.
    pub fn cell(&self, column: &str) -> &str {
        match column {
            "id" => self.id.as_str(),
            "email" => &self.email,
            "full_name" => &self.full_name,
            "given_name" => &self.given_name,
            "family_name" => &self.family_name,
            "department" => &self.department,
            "role_code" => &self.role_code,
            "status" => &self.status,
            "starts_on" => &self.starts_on,
            "ends_on" => &self.ends_on,
            other => self.more.get(other).map_or("", String::as_str),
        }
    }

    /// Puts a text into a column; a column that every source does not have goes to [`Self::more`].
    ///
    /// `id` stays as it is: a row does not change its key.
    pub fn set_cell(&mut self, column: &str, text: String) {
        match column {
            "id" => {}
            "email" => self.email = text,
            "full_name" => self.full_name = text,
            "given_name" => self.given_name = text,
            "family_name" => self.family_name = text,
            "department" => self.department = text,
            "role_code" => self.role_code = text,
            "status" => self.status = text,
            "starts_on" => self.starts_on = text,
            "ends_on" => self.ends_on = text,
            other => {
                self.more.insert(other.to_owned(), text);
            }
        }
    }
}
