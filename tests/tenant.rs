//! An Auth0 tenant in memory, for the tests of the core.
//!
//! It is written from FACTS.md alone, and shares nothing with `diff`, `auth0` or the simulator: JSON
//! goes in, JSON comes out, and what Auth0 refuses is refused. Where Auth0 would take a request that
//! does harm (an unchanged address ends sessions, `{}` wipes metadata), the request is taken and
//! remembered in [`Tenant::harm`], which every test wants to be empty.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// One tenant with one database connection of interest; users of others may be in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tenant {
    users: BTreeMap<String, Object>,
    members: BTreeMap<String, BTreeSet<String>>,
    made: usize,
    /// Who got which mail, in order.
    pub(crate) mails: Vec<Mail>,
    /// Whose sessions ended, in order.
    pub(crate) sessions_ended: Vec<String>,
    /// Whose refresh tokens were revoked.
    pub(crate) tokens_revoked: BTreeSet<String>,
    /// What Auth0 took although nobody can have meant it.
    pub(crate) harm: Vec<String>,
}

/// A mail that Auth0 sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) kind: &'static str,
    pub(crate) to: String,
}

/// What Auth0 answers to what it does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// The connection whose users the tests manage.
pub(crate) const CONNECTION: &str = "Username-Password-Authentication";

const MAX_ROLES_OF_A_USER: usize = 50;

impl Tenant {
    /// A tenant with these users, as Auth0 would export them, and the members of each role.
    pub(crate) fn of(users: Vec<Object>, members: BTreeMap<String, BTreeSet<String>>) -> Self {
        let users = users.into_iter().map(|it| (rules::text(&it, "user_id").to_owned(), it)).collect();
        Self { users, members, ..Self::default() }
    }

    /// Every user, as `GET /users/{id}` answers.
    pub(crate) fn users(&self) -> impl Iterator<Item = &Object> {
        self.users.values()
    }

    /// One user.
    pub(crate) fn user(&self, id: &str) -> Option<&Object> {
        self.users.get(id)
    }

    /// The members of each role.
    pub(crate) fn members(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.members
    }

    /// Whether the user can log in.
    pub(crate) fn is_open(&self, id: &str) -> bool {
        self.users.get(id).is_some_and(|it| it.get("blocked") != Some(&json!(true)))
    }

    /// `POST /users`
    pub(crate) fn create(&mut self, body: &Object) -> Result<String, Refusal> {
        rules::check_new(body)?;
        let email = rules::text(body, "email").to_lowercase();
        if self.holder(&email).is_some() {
            return Err(refused(409, "The user already exists."));
        }
        self.made += 1;
        let bare = format!("{:024x}", self.made);
        let id = format!("auth0|{bare}");
        let verified = body.get("email_verified") == Some(&json!(true));
        if body.get("verify_email").map_or(!verified, |it| *it == json!(true)) {
            self.mail("verify", &email);
        }
        self.users.insert(id.clone(), rules::new_user(body, &id, &email));
        Ok(id)
    }

    /// `PATCH /users/{id}`
    pub(crate) fn patch(&mut self, id: &str, body: &Object) -> Result<(), Refusal> {
        let before = self.users.get(id).cloned().ok_or_else(no_user)?;
        rules::check_patch(&before, body)?;
        if let Some(email) = body.get("email").and_then(Value::as_str) {
            let email = email.to_lowercase();
            if self.holder(&email).is_some_and(|it| it != id) {
                return Err(refused(400, "The specified new email already exists"));
            }
        }
        self.harm.extend(rules::harm(&before, body).into_iter().map(|it| format!("{id}: {it}")));
        if rules::ends_sessions(&before, body) {
            self.sessions_ended.push(id.to_owned());
        }
        let after = rules::patched(before, body);
        if body.get("verify_email") == Some(&json!(true)) {
            self.mail("verify", rules::text(&after, "email"));
        }
        self.users.insert(id.to_owned(), after);
        Ok(())
    }

    /// `DELETE /users/{user_id}/sessions`
    pub(crate) fn end_sessions(&mut self, id: &str) -> Result<(), Refusal> {
        self.users.get(id).ok_or_else(no_user)?;
        self.sessions_ended.push(id.to_owned());
        Ok(())
    }

    /// `DELETE /users/{user_id}/refresh-tokens`
    pub(crate) fn revoke_refresh_tokens(&mut self, id: &str) -> Result<(), Refusal> {
        self.users.get(id).ok_or_else(no_user)?;
        self.tokens_revoked.insert(id.to_owned());
        Ok(())
    }

    /// `POST /roles/{id}/users`: all of them or none.
    pub(crate) fn grant(&mut self, role: &str, users: &[String]) -> Result<(), Refusal> {
        if !self.members.contains_key(role) {
            return Err(refused(404, "The role does not exist."));
        }
        if users.is_empty() || users.iter().any(|it| !self.users.contains_key(it)) {
            return Err(refused(404, "One or more of the users do not exist."));
        }
        self.members.entry(role.to_owned()).or_default().extend(users.iter().cloned());
        Ok(())
    }

    /// `POST /users/{id}/roles`
    pub(crate) fn grant_to(&mut self, id: &str, roles: &[String]) -> Result<(), Refusal> {
        self.check_roles_of(id, roles)?;
        if self.members.values().filter(|it| it.contains(id)).count() + roles.len() > MAX_ROLES_OF_A_USER {
            return Err(refused(400, "too many roles"));
        }
        for role in roles {
            self.members.entry(role.clone()).or_default().insert(id.to_owned());
        }
        Ok(())
    }

    /// `DELETE /users/{id}/roles`
    pub(crate) fn revoke(&mut self, id: &str, roles: &[String]) -> Result<(), Refusal> {
        self.check_roles_of(id, roles)?;
        for role in roles {
            self.members.entry(role.clone()).or_default().remove(id);
        }
        Ok(())
    }

    /// `POST /dbconnections/change_password`: the mail with the link to set a password.
    pub(crate) fn change_password(&mut self, email: &str) {
        self.mail("invitation", email);
    }

    /// `POST /jobs/verification-email`
    pub(crate) fn verification_email(&mut self, id: &str) -> Result<(), Refusal> {
        let user = self.users.get(id).ok_or_else(no_user)?;
        let email = rules::text(user, "email").to_owned();
        self.mail("verify", &email);
        Ok(())
    }

    fn check_roles_of(&self, id: &str, roles: &[String]) -> Result<(), Refusal> {
        self.users.get(id).ok_or_else(no_user)?;
        if roles.is_empty() {
            return Err(refused(400, "Payload validation error: 'Array is too short (0), minimum 1'."));
        }
        if roles.iter().any(|it| !self.members.contains_key(it)) {
            return Err(refused(404, "The role does not exist."));
        }
        Ok(())
    }

    fn holder(&self, email: &str) -> Option<&str> {
        let holds = |it: &&Object| rules::is_in_database(it) && rules::text(it, "email") == email;
        self.users.values().find(holds).map(|it| rules::text(it, "user_id"))
    }

    fn mail(&mut self, kind: &'static str, to: &str) {
        self.mails.push(Mail { kind, to: to.to_owned() });
    }
}

pub(crate) fn refused(status: u16, message: &str) -> Refusal {
    Refusal { status, message: message.to_owned() }
}

fn no_user() -> Refusal {
    refused(404, "The user does not exist.")
}
