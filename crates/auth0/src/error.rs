//! What can go wrong, by what the caller does about it.

use std::fmt;

use diff::RoleName;

/// A request, as errors name it: method and path, ids in it, without its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked(pub(crate) String);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A refusal in Auth0's words, without addresses and tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The start of the message.
    pub message: String,
    /// The `errorCode`, which Auth0 does not always send.
    pub code: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} {} ({code})", self.status, self.message),
            None => write!(f, "{} {}", self.status, self.message),
        }
    }
}

/// Why something could not be read, or why nothing works at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The credentials, the application or the audience are not as they must be.
    #[error("Auth0 gives no token: {refusal}; {advice}")]
    TokenRefused {
        /// What Auth0 said.
        refusal: Refusal,
        /// What to check.
        advice: &'static str,
    },
    /// 401, and 401 again with a fresh token.
    #[error(
        "{asked}: Auth0 refuses its own token ({refusal}); check that the audience is the tenant's own \
         https://TENANT/api/v2/, and with a custom domain that AUTH0_DOMAIN is the domain the token is for"
    )]
    Unauthorised {
        /// The request.
        asked: Asked,
        /// What Auth0 said.
        refusal: Refusal,
    },
    /// 403 `insufficient_scope`.
    #[error(
        "{asked}: the application lacks the scope {scopes}; grant it in Auth0 under Applications > APIs > \
         Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`"
    )]
    MissingScope {
        /// The request.
        asked: Asked,
        /// The scopes of which Auth0 expects one.
        scopes: String,
    },
    /// No answer, however often it was asked for.
    #[error("{asked}: no answer from {domain} after {attempts} attempts; check the domain and the network")]
    Unreachable {
        /// The request.
        asked: Asked,
        /// Where it went.
        domain: String,
        /// How often.
        attempts: u32,
        /// What broke, without the address of the request.
        #[source]
        source: reqwest::Error,
    },
    /// Answers that began and did not end, however often they were asked for.
    #[error(
        "{asked}: the answer {status} of {domain} broke off, after {attempts} attempts; check the network, and the \
         proxy if there is one"
    )]
    BrokenOff {
        /// The request.
        asked: Asked,
        /// Of the last answer.
        status: u16,
        /// Where it came from.
        domain: String,
        /// How often.
        attempts: u32,
        /// What broke, without the address of the request.
        #[source]
        source: reqwest::Error,
    },
    /// Auth0 never redirects. Whoever does shall not get the token.
    #[error(
        "{asked}: {domain} answers {status} and leads to {to}, where the token is not sent; check AUTH0_DOMAIN, and \
         whether a proxy asks for a login"
    )]
    Redirected {
        /// The request.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// Where it came from.
        domain: String,
        /// Scheme and host of where it leads.
        to: String,
    },
    /// Too many requests, or a fault of the service, however often it was asked.
    #[error("{asked}: Auth0 answers {refusal} after {attempts} attempts; try again later")]
    Exhausted {
        /// The request.
        asked: Asked,
        /// The last answer.
        refusal: Refusal,
        /// How often.
        attempts: u32,
    },
    /// Success, with a body that is not what the API documents.
    #[error(
        "{asked}: the answer {status} cannot be read ({place}); is there a proxy between Rollcall and Auth0?"
    )]
    Unreadable {
        /// The request.
        asked: Asked,
        /// The HTTP status, which says success.
        status: u16,
        /// Where it stops making sense.
        place: String,
    },
    /// Any other refusal.
    #[error("{asked}: Auth0 answers {refusal}")]
    Refused {
        /// The request.
        asked: Asked,
        /// What Auth0 said.
        refusal: Refusal,
    },
    /// Users or roles came and went while they were listed, three times in a row.
    #[error(
        "{asked}: Auth0 declares {declared} {what} and {read} were read, three times in a row; somebody else is adding or \
         removing {what}, so try again in a minute"
    )]
    ListingUnstable {
        /// The request for a page.
        asked: Asked,
        /// What was listed.
        what: &'static str,
        /// What Auth0 says there are.
        declared: usize,
        /// How many different ones were read.
        read: usize,
    },
    /// The export job, of which there is no more to be read.
    #[error(
        "the export of the users cannot be read: {trouble}; try again, or set many_users = \"windows\" in [auth0]"
    )]
    Export {
        /// What is wrong, without what stands there.
        trouble: String,
    },
    /// More than search gives out, in any way.
    #[error(
        "the connection {connection} has 1,000 users and more who were made in the same moment and whose addresses \
         begin alike, so that the search cannot give them out; set many_users = \"export\" in [auth0]"
    )]
    TooManyUsers {
        /// Whose users they are.
        connection: String,
    },
    /// More pages than there can be things.
    #[error("{asked}: Auth0 sends page after page without an end")]
    Endless {
        /// The request.
        asked: Asked,
    },
}

/// Why a call of a run was not done, or not known to be done.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection has a user with this address: look it up.
    #[error("{asked}: the connection has a user with this address already")]
    Exists {
        /// The request.
        asked: Asked,
    },
    /// The user, or one of the users of a batch, is gone. Nothing was done.
    #[error("{asked}: Auth0 answers {refusal}")]
    NoSuchUser {
        /// The request.
        asked: Asked,
        /// What Auth0 said.
        refusal: Refusal,
    },
    /// The tenant has no role of this name. Nothing was done.
    #[error("the tenant has no role {role}; create it, or run `rollcall doctor --fix`")]
    NoSuchRole {
        /// The name.
        role: RoleName,
    },
    /// About this user alone; nothing was done, and others may go on.
    #[error("{asked}: Auth0 answers {refusal}")]
    Refused {
        /// The request.
        asked: Asked,
        /// What Auth0 said.
        refusal: Refusal,
    },
    /// It was not to be sent any more, and was not. Nothing was done.
    #[error("it was not sent: there was no right to send it any more")]
    Withheld,
    /// It may have been done or not, and must not be sent again blind: look it up.
    #[error("it is not known whether this was done")]
    Unknown(#[source] Error),
    /// Auth0 had trouble for longer than we wait. It may be sent again later.
    #[error("this was given up for now")]
    Transient(#[source] Error),
    /// It would happen to every other call as well: stop.
    #[error("the tenant cannot be worked with")]
    Tenant(#[source] Error),
}
