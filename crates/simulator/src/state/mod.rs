//! The state document: what a tenant holds, as JSON that a person can write by hand.
//!
//! Everything may be left out. The smallest tenant is `{}` (a fresh one); a tenant with one user is
//! `{"users": [{"email": "ada@example.com"}]}`, and the user then gets an id, an identity in the default
//! connection, a name, a nickname, a picture and times, as if created over the API.
//!
//! ```
//! let state: simulator::State = serde_json::from_str(
//!     r#"{
//!         "users": [
//!             {"user_id": "auth0|1", "email": "ada@example.com", "name": "Ada", "email_verified": true},
//!             {"user_id": "google-oauth2|7", "email": "Bo@example.com", "blocked": true}
//!         ],
//!         "roles": [{"name": "admin", "members": ["auth0|1"]}],
//!         "applications": [{"client_id": "reader", "client_secret": "s", "scopes": ["read:users"]}],
//!         "sessions": [{"user_id": "auth0|1"}]
//!     }"#,
//! )?;
//! assert_eq!(state.users.len(), 2);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod application;
mod connection;
mod live;
mod mail;
mod role;
mod tenant_itself;
mod user;

use serde::{Deserialize, Serialize};

pub use application::{Application, PUBLIC_APPLICATION};
pub use connection::{Connection, DEFAULT_CONNECTION};
pub use live::{RefreshToken, Session};
pub use mail::{Mail, MailKind};
pub use role::Role;
pub use tenant_itself::{CustomDomain, CustomDomainStatus, EmailProvider};
pub(crate) use user::Attribute;
pub use user::{Identity, User};

/// All that a tenant holds. Keys that are absent get the values of a fresh tenant; unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// Every user, as `GET /users/{id}` shows it.
    pub users: Vec<User>,
    /// The roles with their members. Absent: the four roles of the design, without members.
    pub roles: Vec<Role>,
    /// Absent: the database connection `Username-Password-Authentication`.
    pub connections: Vec<Connection>,
    /// Applications beside the one of the options, which is always there.
    pub applications: Vec<Application>,
    /// Live sessions.
    pub sessions: Vec<Session>,
    /// Live refresh tokens.
    pub refresh_tokens: Vec<RefreshToken>,
    /// Users that brute-force protection has locked out.
    pub brute_force_blocks: Vec<String>,
    /// What the tenant has mailed, oldest first.
    pub mails: Vec<Mail>,
    /// Further names of the tenant: a token may be asked for `https://NAME/api/v2/`.
    pub domains: Vec<String>,
    /// Domains of its own, which its mails may use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_domains: Vec<CustomDomain>,
    /// Who sends its mails. Absent: the built-in provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_provider: Option<EmailProvider>,
    /// How many ids have been made; the next ones follow on.
    pub ids_made: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            roles: Role::defaults(),
            connections: vec![Connection::default_database()],
            applications: Vec::new(),
            sessions: Vec::new(),
            refresh_tokens: Vec::new(),
            brute_force_blocks: Vec::new(),
            mails: Vec::new(),
            domains: Vec::new(),
            custom_domains: Vec::new(),
            email_provider: None,
            ids_made: 0,
        }
    }
}
