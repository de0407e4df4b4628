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

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;

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
            ids_made: 0,
        }
    }
}

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

/// A role and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `rol_` and 16 letters and digits; made when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Unique in the tenant.
    pub name: String,
    /// Shown in the dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// User ids, in the order of their assignment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

impl Role {
    /// The four roles of the design, with fixed ids.
    pub fn defaults() -> Vec<Self> {
        let role = |id: &str, name: &str, description: &str| Self {
            id: id.to_owned(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            members: Vec::new(),
        };
        vec![
            role("rol_Pr0dAss0c1ate001", "production_associate", "Works in production"),
            role("rol_TeamLead00000002", "team_lead", "Leads a team"),
            role("rol_Manager000000003", "manager", "Manages a department"),
            role("rol_Admin00000000004", "admin", "Administers everything"),
        ]
    }
}

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
/// The client id of the public application of a fresh tenant, for invitations.
pub const PUBLIC_APPLICATION: &str = "simulator-web-app";

impl Connection {
    /// The database connection that every new tenant has.
    pub fn default_database() -> Self {
        let mut options = Map::new();
        options.insert("mfa".to_owned(), serde_json::json!({"active": true, "return_enroll_settings": true}));
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
impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application")
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

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
