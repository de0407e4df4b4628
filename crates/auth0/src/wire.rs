//! Auth0's JSON. Private: what leaves this crate are the core's types, by explicit conversion.
//!
//! Keys that were never set are absent, not null (FACTS §3), and keys that we do not know are ignored.

use diff::{
    Access, Account, BLOCK_MARK, ConnectionName, Identity, Metadata, RoleName, RoleSet, UserId, shared,
};
use reqwest::StatusCode;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;

use crate::error::Refusal;
use crate::scrub::scrub;

/// What the columns of every database take, and more than Auth0 gives.
const ID_CHARS: usize = 255;

/// More than any token has; it has to fit into a header.
const TOKEN_CHARS: usize = 16 * 1024;

/// What an id is refused with that could not stand in a path or a database.
pub(crate) const NO_ID: &str = "an id is empty, too long, or holds control characters";

/// `POST /oauth/token`
#[derive(Deserialize)]
pub(crate) struct Token {
    #[serde(rename = "access_token", deserialize_with = "header_text")]
    pub(crate) secret: String,
    #[serde(rename = "token_type")]
    pub(crate) kind: Option<String>,
    #[serde(default = "a_day")]
    pub(crate) expires_in: u64,
    pub(crate) scope: Option<String>,
}

/// The lifetime of a token that does not name it (FACTS §1).
fn a_day() -> u64 {
    86_400
}

/// A user, as every endpoint and the export write it.
#[derive(Deserialize)]
pub(crate) struct Profile {
    #[serde(deserialize_with = "id")]
    pub(crate) user_id: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: Option<bool>,
    pub(crate) name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) user_metadata: Option<Metadata>,
    pub(crate) app_metadata: Option<Metadata>,
    pub(crate) blocked: Option<bool>,
    pub(crate) identities: Option<Vec<UserIdentity>>,
    pub(crate) created_at: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct UserIdentity {
    pub(crate) connection: String,
    pub(crate) provider: Option<String>,
}

/// `GET /jobs/{id}`
#[derive(Deserialize)]
pub(crate) struct Job {
    #[serde(deserialize_with = "id")]
    pub(crate) id: String,
    /// `pending`, `completed`, `failed`, and perhaps others.
    pub(crate) status: String,
    /// Where the file is, once it is done, for a minute.
    pub(crate) location: Option<String>,
}

/// `GET /users?include_totals=true`
#[derive(Deserialize)]
pub(crate) struct UsersPage {
    pub(crate) users: Vec<Profile>,
    pub(crate) total: usize,
    /// How many are on this page.
    pub(crate) length: Option<usize>,
}

#[derive(Deserialize)]
pub(crate) struct Role {
    #[serde(deserialize_with = "id")]
    pub(crate) id: String,
    pub(crate) name: String,
}

/// `GET /roles?include_totals=true`, `GET /users/{id}/roles?include_totals=true`
#[derive(Deserialize)]
pub(crate) struct RolesPage {
    pub(crate) roles: Vec<Role>,
    pub(crate) total: usize,
}

#[derive(Deserialize)]
pub(crate) struct Member {
    #[serde(deserialize_with = "id")]
    pub(crate) user_id: String,
}

/// `GET /roles/{id}/users?take=100`; no `next` on the last page.
#[derive(Deserialize)]
pub(crate) struct MembersPage {
    pub(crate) users: Vec<Member>,
    pub(crate) next: Option<String>,
    /// Only where `take` was not understood, so that there may be more pages of another kind.
    pub(crate) total: Option<usize>,
}

#[derive(Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) strategy: String,
    pub(crate) enabled_clients: Option<Vec<String>>,
    pub(crate) options: Option<ConnectionOptions>,
}

#[derive(Deserialize)]
pub(crate) struct ConnectionOptions {
    pub(crate) requires_username: Option<bool>,
    pub(crate) attributes: Option<Attributes>,
}

/// Of a connection with flexible identifiers.
#[derive(Deserialize)]
pub(crate) struct Attributes {
    pub(crate) email: Option<EmailAttribute>,
}

#[derive(Deserialize)]
pub(crate) struct EmailAttribute {
    pub(crate) unique: Option<bool>,
}

/// `GET /custom-domains`
#[derive(Deserialize)]
pub(crate) struct CustomDomain {
    pub(crate) domain: String,
    pub(crate) status: String,
    pub(crate) is_default: Option<bool>,
}

/// `GET /emails/provider`
#[derive(Deserialize)]
pub(crate) struct EmailProvider {
    pub(crate) name: String,
    pub(crate) enabled: Option<bool>,
}

/// `GET /connections?include_totals=true`
#[derive(Deserialize)]
pub(crate) struct ConnectionsPage {
    pub(crate) connections: Vec<Connection>,
    pub(crate) total: Option<usize>,
}

/// The answer to what is only done: nothing that we need, and not what says that it was not done.
#[derive(Deserialize)]
pub(crate) struct Done {
    error: Option<IgnoredAny>,
    #[serde(rename = "errorCode")]
    error_code: Option<IgnoredAny>,
    #[serde(rename = "statusCode")]
    status_code: Option<IgnoredAny>,
}

impl Done {
    /// Whether it holds an error, whatever its status says.
    pub(crate) fn is_error(&self) -> bool {
        self.error.is_some() || self.error_code.is_some() || self.status_code.is_some()
    }
}

/// Both shapes of an error: the Management API's and the Authentication API's.
#[derive(Default, Deserialize)]
struct Problem {
    message: Option<Value>,
    #[serde(rename = "errorCode")]
    error_code: Option<String>,
    error: Option<String>,
    error_description: Option<Value>,
}

impl From<Profile> for diff::User {
    fn from(wire: Profile) -> Self {
        let app_metadata = wire.app_metadata.unwrap_or_default();
        let access = match (wire.blocked, app_metadata.get(BLOCK_MARK)) {
            (Some(true), Some(Value::Bool(true))) => Access::BlockedByUs,
            (Some(true), Some(_) | None) => Access::BlockedByOther,
            (Some(false) | None, Some(_) | None) => Access::Open,
        };
        let account = Account {
            email: wire.email.map(|it| it.to_lowercase()),
            name: wire.name,
            given_name: wire.given_name,
            family_name: wire.family_name,
            user_metadata: wire.user_metadata.unwrap_or_default(),
            app_metadata,
            access,
            roles: RoleSet::default(),
        };
        let wire_identities = wire.identities.unwrap_or_default();
        // Room for one is enough: the reader's own vector would be kept, with room for four.
        let mut identities = Vec::with_capacity(wire_identities.len());
        identities.extend(wire_identities.into_iter().map(UserIdentity::into_core));
        Self {
            identities,
            id: UserId::new(wire.user_id),
            account,
            email_verified: wire.email_verified.unwrap_or(false),
            created_at: wire.created_at,
        }
    }
}

impl UserIdentity {
    fn into_core(self) -> Identity {
        Identity {
            connection: ConnectionName::new(shared(&self.connection)),
            provider: shared(self.provider.as_deref().unwrap_or("auth0")),
        }
    }
}

impl Role {
    pub(crate) fn into_name(self) -> RoleName {
        RoleName::new(self.name)
    }
}

/// What Auth0 said, whatever the shape of the body, without what is `hidden`; a proxy's page says nothing but
/// its status.
pub(crate) fn refusal(status: StatusCode, body: &[u8], hidden: &[&str]) -> Refusal {
    let text = |it: Option<Value>| it.and_then(|it| it.as_str().map(str::to_owned));
    let page = if is_page(body) { " (a page of HTML, as a proxy sends it)" } else { "" };
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    let oauth = text(problem.error_description);
    let code = problem.error_code.or_else(|| oauth.is_some().then(|| problem.error.clone()).flatten());
    let said = text(problem.message).or(oauth).or(problem.error);
    let clean = |it: String| scrub(&it, hidden);
    let message = said
        .map_or_else(|| format!("{}{page}", status.canonical_reason().unwrap_or("without a reason")), clean);
    // What a run does next hangs on the code, so that no name may tear a hole into it.
    let is_word = |it: &String| it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    let code = code.map(|it| if is_word(&it) { scrub(&it, &[]) } else { clean(it) });
    Refusal { status: status.as_u16(), message, code }
}

/// Whether a body is HTML: what proxies and portals answer with, whatever they were asked.
pub(crate) fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// An id that can stand in a path and in a database. Nothing could be asked or done about `` or `..`.
pub(crate) fn id<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    let id = String::deserialize(json)?;
    let fits = !matches!(id.as_str(), "" | "." | "..") && id.chars().count() <= ID_CHARS;
    if fits && !id.chars().any(char::is_control) { Ok(id) } else { Err(D::Error::custom(NO_ID)) }
}

/// A text that can stand in a header.
fn header_text<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    let text = String::deserialize(json)?;
    let fits = !text.is_empty() && text.len() <= TOKEN_CHARS && text.bytes().all(|it| it.is_ascii_graphic());
    if fits { Ok(text) } else { Err(D::Error::custom("a token is empty, too long, or not plain text")) }
}

/// Where a body stops making sense. Never what stands there: it may be somebody's address.
pub(crate) fn place(error: &serde_json::Error) -> String {
    format!("{}, line {} column {}", problem(error), error.line(), error.column())
}

/// What is wrong with a JSON text, without what stands in it.
pub(crate) fn problem(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        Category::Io => "it cannot be unpacked",
        Category::Eof => "it ends too early",
        Category::Syntax => "it is no JSON",
        Category::Data => "it is not what Auth0 documents",
    }
}

#[cfg(test)]
mod tests;
