//! Connections as they stand in documents.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::state::PUBLIC_APPLICATION;

/// Where users can log in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// `con_` and 16 letters and digits; made when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Unique in the tenant.
    pub name: String,
    /// `auth0` is a database; `email` and `sms` are passwordless; others are social or enterprise.
    #[serde(default = "Connection::database_strategy")]
    pub strategy: String,
    /// Applications that may use it; a connection with none is disabled. Absent: the default ones.
    #[serde(default = "Connection::enabled_by_default")]
    pub enabled_clients: Vec<String>,
    /// As Auth0 has them: `passwordPolicy`, `requires_username`, `set_user_root_attributes`, …
    #[serde(default)]
    pub options: Map<String, Value>,
}

/// The name of the connection that every new tenant has.
pub const DEFAULT_CONNECTION: &str = "Username-Password-Authentication";

impl Connection {
    /// The database connection that every new tenant has.
    pub fn default_database() -> Self {
        let mut options = Map::new();
        options.insert("mfa".to_owned(), json!({"active": true, "return_enroll_settings": true}));
        options.insert("passwordPolicy".to_owned(), "good".into());
        options.insert("strategy_version".to_owned(), 2.into());
        options.insert("brute_force_protection".to_owned(), true.into());
        Self {
            id: "con_UsernamePassw0rd".to_owned(),
            name: DEFAULT_CONNECTION.to_owned(),
            strategy: Self::database_strategy(),
            enabled_clients: Self::enabled_by_default(),
            options,
        }
    }

    fn database_strategy() -> String {
        "auth0".to_owned()
    }

    fn enabled_by_default() -> Vec<String> {
        vec![PUBLIC_APPLICATION.to_owned()]
    }
}
