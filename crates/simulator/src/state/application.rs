//! Applications as they stand in documents.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The client id of the public application of a fresh tenant, for invitations.
pub const PUBLIC_APPLICATION: &str = "simulator-web-app";

/// A client of the tenant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Unique in the tenant.
    pub client_id: String,
    /// Absent for public applications, and for the application of the options, whose secret stays out of
    /// documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Shown in the dashboard; defaults to the client id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it may do in the Management API. Absent or empty: there is no client grant, and no token either.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How long its tokens live.
    #[serde(default = "Application::day_s")]
    pub token_lifetime_s: u64,
}

impl Application {
    const fn day_s() -> u64 {
        86_400
    }

    /// A client that people log in with, as a web page is: it has no secret and gets no token of its own.
    pub(crate) fn public(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: None,
            name: "Web application".to_owned(),
            scopes: Vec::new(),
            token_lifetime_s: Self::day_s(),
        }
    }
}

/// Without the secret.
impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
