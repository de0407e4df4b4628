//! Everything that the client asks for, each with an answer that it takes.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use auth0::{Client, Role};
use diff::{EmployeeId, Request, UserId};
use serde_json::{Value, json};

use crate::world::{create, id, role, update};

type Asked<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error>>> + Send + 'a>>;

/// One thing to ask for.
#[derive(Clone)]
pub(crate) struct Asking {
    /// How errors name it.
    pub(crate) name: &'static str,
    /// An answer that is taken; null for one without a body.
    pub(crate) answer: Value,
    ask: fn(&Client) -> Asked<'_>,
}

impl Asking {
    pub(crate) fn ask<'a>(&self, client: &'a Client) -> Asked<'a> {
        (self.ask)(client)
    }

    /// Whether nothing is read from the answer but that it was done.
    pub(crate) fn only_needs_success(&self) -> bool {
        ["sessions", "tokens", "jobs"].iter().any(|it| self.name.contains(it))
    }

    /// Whether the answer is a sentence for people.
    pub(crate) fn is_sentence(&self) -> bool {
        self.name.ends_with("change_password")
    }

    /// The answer's text.
    pub(crate) fn text(&self) -> String {
        if self.answer.is_null() { String::new() } else { self.answer.to_string() }
    }
}

/// A user with something in every place that is read.
pub(crate) fn whole_user() -> Value {
    json!({
        "user_id": "auth0|1",
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "user_metadata": { "department": "Engines" },
        "app_metadata": { "employee_id": 42, "rollcall_blocked": true },
        "blocked": true,
        "identities": [{ "connection": "Username-Password-Authentication", "provider": "auth0", "user_id": "1" }],
        "created_at": "2026-01-01T00:00:00.000Z",
    })
}

/// A listing of one user.
pub(crate) fn listing() -> Value {
    json!({ "start": 0, "limit": 100, "length": 1, "users": [whole_user()], "total": 1 })
}

fn roles_page() -> Value {
    json!({ "start": 0, "limit": 100, "roles": [{ "id": "rol_1", "name": "packer" }], "total": 1 })
}

/// All reads, and every kind of request that a run makes.
pub(crate) fn everything() -> Vec<Asking> {
    let [mut asked, made] = [reading(), making()];
    asked.extend(made);
    asked
}

fn reading() -> Vec<Asking> {
    let connection = json!({
        "id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0",
        "enabled_clients": ["app"], "options": { "requires_username": false, "attributes": { "email": { "unique": true } } },
    });
    vec![
        Asking { name: "GET /users", answer: listing(), ask: |it| told(async { it.users().await }) },
        Asking { name: "GET /users", answer: listing(), ask: |it| told(async { it.count_users().await }) },
        Asking {
            name: "GET /users",
            answer: listing(),
            ask: |it| told(async { it.users_marked(&EmployeeId::from(42)).await }),
        },
        Asking {
            name: "GET /users/auth0|1",
            answer: whole_user(),
            ask: |it| told(async { it.user(&id("auth0|1")).await }),
        },
        Asking {
            name: "GET /users-by-email",
            answer: json!([whole_user()]),
            ask: |it| told(async { it.users_by_email("ada@example.com").await }),
        },
        Asking { name: "GET /roles", answer: roles_page(), ask: |it| told(async { it.roles().await }) },
        Asking {
            name: "GET /roles/rol_1/users",
            answer: json!({ "users": [{ "user_id": "auth0|1" }] }),
            ask: |it| told(async { it.role_members(&packer()).await }),
        },
        Asking {
            name: "GET /users/auth0|1/roles",
            answer: roles_page(),
            ask: |it| told(async { it.user_roles(&id("auth0|1")).await }),
        },
        Asking {
            name: "GET /connections",
            answer: json!({ "connections": [connection], "start": 0, "limit": 50, "total": 1 }),
            ask: |it| told(async { it.connection().await }),
        },
        Asking {
            name: "GET /custom-domains",
            answer: json!([{ "domain": "login.example.com", "status": "ready", "is_default": true }]),
            ask: |it| told(async { it.custom_domains().await }),
        },
        Asking {
            name: "GET /emails/provider",
            answer: json!({ "name": "smtp", "enabled": true }),
            ask: |it| told(async { it.email_provider().await }),
        },
    ]
}

fn making() -> Vec<Asking> {
    vec![
        Asking {
            name: "POST /roles",
            answer: json!({ "id": "rol_1", "name": "packer" }),
            ask: |it| told(async { it.create_role(&role("packer"), "Packs").await }),
        },
        Asking {
            name: "POST /users",
            answer: whole_user(),
            ask: |it| carry_out(it, create("ada@example.com")),
        },
        Asking {
            name: "PATCH /users/auth0|1",
            answer: whole_user(),
            ask: |it| carry_out(it, update("auth0|1", "name", json!("Ada Lovelace"))),
        },
        Asking {
            name: "DELETE /users/auth0|1/sessions",
            answer: json!({}),
            ask: |it| carry_out(it, Request::EndSessions { user: id("auth0|1") }),
        },
        Asking {
            name: "DELETE /users/auth0|1/refresh-tokens",
            answer: Value::Null,
            ask: |it| carry_out(it, Request::RevokeRefreshTokens { user: id("auth0|1") }),
        },
        Asking {
            name: "POST /jobs/verification-email",
            answer: json!({ "type": "verification_email", "status": "pending", "id": "job_1" }),
            ask: |it| carry_out(it, Request::Verify { user: id("auth0|1") }),
        },
        Asking {
            name: "POST /dbconnections/change_password",
            answer: json!("We've just sent you an email to reset your password."),
            ask: |it| {
                let (email, client_id) = ("ada@example.com".to_owned(), "app".to_owned());
                carry_out(it, Request::Invite { user: id("auth0|1"), email, client_id })
            },
        },
    ]
}

/// Requests that read the roles first.
pub(crate) fn requests_about_roles() -> [Request<UserId>; 3] {
    let roles = BTreeSet::from([role("packer")]);
    [
        Request::GrantToUsers { role: role("packer"), users: vec![id("auth0|1")] },
        Request::GrantToUser { user: id("auth0|1"), roles: roles.clone() },
        Request::RevokeRoles { user: id("auth0|1"), roles },
    ]
}

pub(crate) fn packer() -> Role {
    Role { id: "rol_1".into(), name: role("packer") }
}

fn carry_out(client: &Client, request: Request<UserId>) -> Asked<'_> {
    told(async move { client.carry_out(&request, "x", &|| true).await })
}

fn told<'a, T, E: Error + 'static>(asked: impl Future<Output = Result<T, E>> + Send + 'a) -> Asked<'a> {
    Box::pin(async { asked.await.map(drop).map_err(Into::into) })
}

/// An error with its causes, as a person reads it, and as a log would show it.
pub(crate) fn shown(error: &dyn Error) -> String {
    let chain = std::iter::successors(Some(error), |it| (**it).source());
    chain.map(|it| format!("{it}\n{it:?}")).collect::<Vec<_>>().join("\n")
}

/// An error with its causes, as a person reads it.
pub(crate) fn read(error: &dyn Error) -> String {
    let chain = std::iter::successors(Some(error), |it| (**it).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join("\n  because: ")
}
