//! Carrying out one request of a plan.

use std::collections::BTreeSet;

use diff::{Group, Request, RoleName, User, UserId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::ask::Ask;
use crate::body;
use crate::client::Client;
use crate::error::{CallError, Error, Refusal};
use crate::failure::{Repeat, is_no_role};
use crate::http::Still;
use crate::pace::Lane;
use crate::password::password;
use crate::reply::{Misread, Reply};
use crate::users::{has_address, only};
use crate::wire;

/// What became of a request that Auth0 took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The user as it is now, after a create or a patch.
    pub user: Option<User>,
    /// Auth0's id of the request, for the audit.
    pub auth0_request_id: Option<String>,
    /// Nothing had to be done.
    pub already: bool,
    /// What else is worth telling.
    pub note: Option<AnswerNote>,
}

/// What is worth telling about an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerNote {
    /// The tenant's plan does not have it (ending sessions is for Enterprise), so that it was not done and
    /// never will be. Nothing is wrong with the user.
    NotAvailable {
        /// What Auth0 said.
        refusal: Refusal,
    },
}

impl Client {
    /// Sends one request of a plan, and again where that is safe. `correlation_id` comes back in the tenant's
    /// log. `still` is asked right before the bytes go out, after all waiting and before every attempt:
    /// whoever slept meanwhile may have no right to send any more ([`CallError::Withheld`]).
    ///
    /// Granting what is held, revoking what is not, and blocking who is blocked are success.
    pub async fn carry_out(
        &self,
        request: &Request<UserId>,
        correlation_id: &str,
        still: &(dyn Fn() -> bool + Sync),
    ) -> Result<Answer, CallError> {
        let repeat = if request.is_idempotent() { Repeat::Safe } else { Repeat::OnlyIfNotDone };
        let send = Send { client: self, correlation_id, repeat, still };
        match request {
            Request::Patch { user, fields, email, access } => match body::patch(fields, *email, *access) {
                Some(body) => send.patch(user, body).await,
                None => Ok(Answer { already: true, ..Answer::default() }),
            },
            Request::EndSessions { user } => send.if_available(user, "sessions").await,
            Request::RevokeRefreshTokens { user } => send.if_available(user, "refresh-tokens").await,
            Request::RevokeRoles { user, roles } => send.revoke(user, roles).await,
            Request::Create { employee: _, fields, email } => {
                let body = body::create(self.connection_name(), fields, *email, &password());
                send.create(body).await
            }
            Request::GrantToUsers { role, users } => send.grant_to_users(role, users).await,
            Request::GrantToUser { user, roles } => send.grant_to_user(user, roles).await,
            Request::Invite { user: _, email, client_id } => send.invite(email, client_id).await,
            Request::Verify { user } => {
                let ask = Ask::management(Method::POST, Group::Other, &["jobs", "verification-email"]);
                send.plain(ask.body(json!({ "user_id": user.as_str() }))).await
            }
        }
    }
}

/// How the requests of one [`Client::carry_out`] are sent.
#[derive(Clone, Copy)]
struct Send<'a> {
    client: &'a Client,
    correlation_id: &'a str,
    repeat: Repeat,
    still: Still<'a>,
}

impl Send<'_> {
    async fn create(self, body: Value) -> Result<Answer, CallError> {
        let email = body["email"].as_str().unwrap_or_default().to_owned();
        let ask = Ask::management(Method::POST, Group::WriteUsers, &["users"]).body(body);
        let made = self.send(ask, |reply| {
            let user = User::from(reply.json::<wire::Profile>()?);
            if !has_address(&user, &email) {
                return Err(Misread::because("it is about another address"));
            }
            Ok(Answer { user: Some(user), ..answer(reply) })
        });
        made.await.map_err(about_create)
    }

    async fn patch(self, user: &UserId, body: Value) -> Result<Answer, CallError> {
        let ask = Ask::management(Method::PATCH, Group::WriteUsers, &["users", user.as_str()]).body(body);
        self.send(ask, |reply| Ok(Answer { user: Some(only(reply, user)?), ..answer(reply) })).await
    }

    /// What only some plans have: its absence is an answer, not a failure.
    async fn if_available(self, user: &UserId, what: &str) -> Result<Answer, CallError> {
        let ask = Ask::management(Method::DELETE, Group::Other, &["users", user.as_str(), what]);
        match self.plain(ask).await {
            Err(CallError::Refused { refusal, .. }) if is_not_available(&refusal) => {
                Ok(Answer { note: Some(AnswerNote::NotAvailable { refusal }), ..Answer::default() })
            }
            // A scope that only this needs says nothing about the other calls, which take access away too.
            Err(CallError::Tenant(error @ Error::MissingScope { .. })) => Err(CallError::Transient(error)),
            other => other,
        }
    }

    /// A role that the tenant does not have is held by nobody.
    async fn revoke(self, user: &UserId, roles: &BTreeSet<RoleName>) -> Result<Answer, CallError> {
        let mut ids = Vec::new();
        for role in roles {
            ids.extend(self.client.role_id(role).await.map_err(from_reading)?);
        }
        if ids.is_empty() {
            return Ok(Answer { already: true, ..Answer::default() });
        }
        let ask = Ask::management(Method::DELETE, Group::Other, &["users", user.as_str(), "roles"]);
        self.plain(ask.body(json!({ "roles": ids }))).await
    }

    async fn grant_to_user(self, user: &UserId, roles: &BTreeSet<RoleName>) -> Result<Answer, CallError> {
        let mut ids = Vec::new();
        for role in roles {
            ids.push(self.role_id(role).await?);
        }
        let ask = Ask::management(Method::POST, Group::Other, &["users", user.as_str(), "roles"]);
        self.plain(ask.body(json!({ "roles": ids }))).await
    }

    /// A role that was deleted and made anew has another id than the one we remember.
    async fn grant_to_users(self, role: &RoleName, users: &[UserId]) -> Result<Answer, CallError> {
        let known = self.role_id(role).await?;
        match self.grant(&known, users).await {
            Err(CallError::Refused { refusal, .. }) if is_no_role(&refusal) => {
                let fresh = self.client.fresh_role_id(role).await.map_err(from_reading)?;
                let fresh = fresh.filter(|it| *it != known);
                self.grant(&fresh.ok_or_else(|| CallError::NoSuchRole { role: role.clone() })?, users).await
            }
            other => other,
        }
    }

    async fn grant(self, role_id: &str, users: &[UserId]) -> Result<Answer, CallError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let ask = Ask::management(Method::POST, Group::Other, &["roles", role_id, "users"]);
        self.plain(ask.body(json!({ "users": users }))).await
    }

    async fn invite(self, email: &str, client_id: &str) -> Result<Answer, CallError> {
        let connection = self.client.connection_name().as_str();
        let body = json!({ "client_id": client_id, "email": email, "connection": connection });
        let ask = Ask::authentication("/dbconnections/change_password", Some(Lane::Authentication), body);
        // A sentence of plain text (FACTS §7), which no parser can tell from another; but it is no page and no JSON.
        self.send(ask, |reply| match reply.body.trim_ascii_start().first() {
            Some(b'<' | b'{') => Err(Misread::because("it is not the sentence that Auth0 documents")),
            Some(_) | None => Ok(answer(reply)),
        })
        .await
    }

    async fn role_id(self, role: &RoleName) -> Result<String, CallError> {
        let id = self.client.role_id(role).await.map_err(from_reading)?;
        id.ok_or_else(|| CallError::NoSuchRole { role: role.clone() })
    }

    /// A request whose answer says nothing but that it was taken: JSON, or nothing at all. Any other body
    /// with a success is a proxy's page, and no proof that anything was done; nor is one that holds an error.
    async fn plain(self, ask: Ask) -> Result<Answer, CallError> {
        self.send(ask, |reply| {
            if !reply.body.is_empty() && reply.json::<wire::Done>()?.is_error() {
                return Err(Misread::because("it holds an error"));
            }
            Ok(answer(reply))
        })
        .await
    }

    async fn send(
        self,
        ask: Ask,
        parse: impl Fn(&Reply) -> Result<Answer, Misread>,
    ) -> Result<Answer, CallError> {
        let ask = ask.repeat(self.repeat).correlation_id(self.correlation_id);
        let http = self.client.http();
        let sent = http.send_while(&ask, self.still, parse).await;
        sent.map_err(|it| http.call_error(&ask, it))?.ok_or(CallError::Withheld)
    }
}

fn answer(reply: &Reply) -> Answer {
    Answer { auth0_request_id: reply.request_id.clone(), ..Answer::default() }
}

/// A refused create is about the address that exists already, about the tenant, or about this user.
fn about_create(error: CallError) -> CallError {
    match error {
        CallError::Refused { asked, refusal } => match (refusal.status, refusal.code.as_deref()) {
            (_, Some("custom_domain_conflict" | "inexistent_connection")) => {
                CallError::Tenant(Error::Refused { asked, refusal })
            }
            (409, _) => CallError::Exists { asked },
            _ => CallError::Refused { asked, refusal },
        },
        other @ (CallError::Exists { .. }
        | CallError::NoSuchUser { .. }
        | CallError::NoSuchRole { .. }
        | CallError::Withheld
        | CallError::Unknown(_)
        | CallError::Transient(_)
        | CallError::Tenant(_)) => other,
    }
}

/// The roles could not be read, so that nothing was sent.
fn from_reading(error: Error) -> CallError {
    match error {
        Error::Exhausted { .. } | Error::Unreadable { .. } => CallError::Transient(error),
        Error::TokenRefused { .. }
        | Error::Unauthorised { .. }
        | Error::MissingScope { .. }
        | Error::Unreachable { .. }
        | Error::BrokenOff { .. }
        | Error::Redirected { .. }
        | Error::Refused { .. }
        | Error::ListingUnstable { .. }
        | Error::TooManyUsers { .. }
        | Error::Export { .. }
        | Error::Endless { .. } => CallError::Tenant(error),
    }
}

/// A feature of another plan (FACTS §6).
fn is_not_available(refusal: &Refusal) -> bool {
    refusal.status == 403
        && (refusal.code.as_deref() == Some("insufficient_entitlement")
            || refusal.message.starts_with("This feature is not enabled for this tenant"))
}
