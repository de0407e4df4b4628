//! Whether everything is in place: database, schema, token, scopes, connection, roles.

use std::collections::BTreeSet;

use diff::{Leavers, RoleName, Welcome};

use crate::Engine;
use crate::run::chain;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// It does not work.
    Failed,
}

/// Whether the doctor may mend what it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Only look.
    No,
    /// Make missing roles.
    Yes,
}

impl Check {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Ok, found: found.into(), remedy: None }
    }

    fn warning(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn failed(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Failed, found: found.into(), remedy: Some(remedy.into()) }
    }
}

impl Engine {
    /// Looks at everything, whatever fails on the way.
    pub async fn doctor(&self, fix: Fix) -> Vec<Check> {
        let mut checks = vec![self.schema().await];
        checks.extend(self.source().await);
        checks.push(self.binding().await);
        match self.auth0.token_scopes().await {
            Err(error) => checks.push(Check::failed(
                "token",
                chain(&error),
                "check AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET",
            )),
            Ok(granted) => {
                checks.push(Check::ok("token", format!("Auth0 gives one for {}", self.tenant())));
                checks.push(self.scopes(&granted));
                checks.push(self.connection().await);
                checks.push(self.roles(fix).await);
            }
        }
        checks.push(self.onboarding());
        checks
    }

    async fn schema(&self) -> Check {
        match self.store.pending().await {
            Ok(pending) if pending.is_empty() => {
                Check::ok("database", "reachable, and its schema is up to date")
            }
            Ok(pending) => Check::failed(
                "database",
                format!("reachable, and {} migrations are missing", pending.len()),
                "rollcall migrate",
            ),
            Err(error) => {
                Check::failed("database", format!("could not {}", chain(&error)), "check DATABASE_URL")
            }
        }
    }

    async fn source(&self) -> Vec<Check> {
        match self.store.employees().await {
            Ok(rows) if rows.is_empty() => {
                vec![Check::warning("employee table", "it has no rows", "rollcall employees import FILE.csv")]
            }
            Ok(rows) => {
                let today = self.today();
                let held = rows
                    .iter()
                    .filter(|it| {
                        matches!(diff::standing(it, &self.settings.policy, today), diff::Standing::Held(_))
                    })
                    .count();
                let found = format!("{} rows, all columns as mapped", rows.len());
                let mut checks = vec![Check::ok("employee table", found)];
                if held > 0 {
                    checks.push(Check::warning(
                        "rows",
                        format!("{held} would be held"),
                        "rollcall plan, to see why",
                    ));
                }
                checks
            }
            Err(error) => {
                let remedy =
                    "name the table and its columns in [source] of rollcall.toml, or run `rollcall migrate`";
                vec![Check::failed("employee table", format!("could not {}", chain(&error)), remedy)]
            }
        }
    }

    async fn binding(&self) -> Check {
        match self.store.bound_tenant().await {
            Ok(None) => Check::ok("tenant", format!("{}, bound at the first apply", self.tenant())),
            Ok(Some(bound)) if bound == *self.tenant() => Check::ok("tenant", format!("bound to {bound}")),
            Ok(Some(bound)) => Check::failed(
                "tenant",
                format!("the store is bound to {bound}, and the configuration names {}", self.tenant()),
                "use a store of its own for each tenant",
            ),
            Err(error) => Check::failed("tenant", format!("could not {}", chain(&error)), "rollcall migrate"),
        }
    }

    /// The scopes that the enabled features need (FACTS §5: role assignment needs both the old and the new ones).
    fn scopes(&self, granted: &BTreeSet<String>) -> Check {
        let policy = &self.settings.policy;
        let mut needed = BTreeSet::from([
            "read:users",
            "create:users",
            "update:users",
            "read:roles",
            "read:role_members",
            "read:connections",
            "delete:role_members",
        ]);
        if policy.roles.assign {
            needed.extend(["create:role_members", "update:roles"]);
        }
        let missing: Vec<&str> = needed.into_iter().filter(|it| !granted.contains(*it)).collect();
        if !missing.is_empty() {
            return Check::failed(
                "scopes",
                format!("missing: {}", missing.join(" ")),
                "grant them in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications",
            );
        }
        let sessions = ["delete:sessions", "delete:refresh_tokens"];
        let lacking: Vec<&str> = sessions.into_iter().filter(|it| !granted.contains(*it)).collect();
        if policy.leavers == (Leavers::Block { end_sessions: true }) && !lacking.is_empty() {
            return Check::warning(
                "scopes",
                format!(
                    "without {} a leaver's sessions go on until they end by themselves",
                    lacking.join(" ")
                ),
                "grant them, or set [leavers] end_sessions = false where the tenant's plan does not have it",
            );
        }
        Check::ok("scopes", "all that the enabled features need")
    }

    async fn connection(&self) -> Check {
        let name = &self.settings.policy.connection;
        match self.auth0.connection().await {
            Ok(Some(it)) if !it.is_database() => Check::failed(
                "connection",
                format!(
                    "{name} is of the kind {}, and accounts can be made in a database connection only",
                    it.strategy
                ),
                "name a database connection in [auth0] connection",
            ),
            Ok(Some(it)) if it.enabled == Some(false) => Check::failed(
                "connection",
                format!("{name} is enabled for no application"),
                "enable it for at least one application in Auth0",
            ),
            Ok(Some(it)) if it.requires_username => Check::failed(
                "connection",
                format!("{name} asks every user for a username, which Rollcall does not give"),
                "switch \"Requires Username\" off in Auth0, or name another connection in [auth0] connection",
            ),
            Ok(Some(_)) => Check::ok("connection", format!("{name} is there and enabled")),
            Ok(None) => {
                Check::failed("connection", format!("there is no {name}"), "name it in [auth0] connection")
            }
            Err(error) => Check::failed("connection", chain(&error), "see above"),
        }
    }

    async fn roles(&self, fix: Fix) -> Check {
        let there = match self.auth0.roles().await {
            Ok(roles) => roles,
            Err(error) => return Check::failed("roles", chain(&error), "see above"),
        };
        let there: BTreeSet<&RoleName> = there.iter().map(|it| &it.name).collect();
        let missing: Vec<&RoleName> =
            self.settings.policy.roles.managed().into_iter().filter(|it| !there.contains(*it)).collect();
        let names: Vec<&str> = missing.iter().map(|it| it.as_str()).collect();
        match (missing.as_slice(), fix) {
            ([], _) => {
                Check::ok("roles", format!("all {} exist", self.settings.policy.roles.managed().len()))
            }
            (_, Fix::No) => Check::failed(
                "roles",
                format!("missing: {}", names.join(", ")),
                "rollcall doctor --fix makes them",
            ),
            (missing, Fix::Yes) => {
                for role in missing {
                    if let Err(error) = self.auth0.create_role(role, "Managed by Rollcall").await {
                        return Check::failed("roles", chain(&error), "make the roles in Auth0");
                    }
                }
                Check::ok("roles", format!("made: {}", names.join(", ")))
            }
        }
    }

    fn onboarding(&self) -> Check {
        match &self.settings.policy.onboarding.welcome {
            Welcome::Invitation { .. } => {
                Check::ok("onboarding", "new people get a link to set their password")
            }
            Welcome::Verification | Welcome::Silent => Check::warning(
                "onboarding",
                "new people get no link to set a password: they will need \"forgot password\"",
                "set [onboarding] client_id to the application that people log in to",
            ),
        }
    }
}
