//! The roles that the policy names.

use std::collections::BTreeSet;

use auth0::Client;
use diff::RoleName;

use super::check::{Fix, count};
use super::tenant::{ABOUT, Ward};
use crate::run::chain;

/// What the dashboard shows beside a role that we made.
const DESCRIPTION: &str = "Managed by Rollcall";

impl Ward<'_> {
    pub(super) async fn look_at_roles(&mut self, client: &Client, fix: Fix) {
        let Some(there) = self.ask("roles", "read:roles", client.roles()).await else { return };
        let there: BTreeSet<RoleName> = there.into_iter().map(|it| it.name).collect();
        let managed = self.policy().roles.managed();
        let missing: Vec<&RoleName> = managed.iter().copied().filter(|it| !there.contains(*it)).collect();
        if missing.is_empty() {
            let all = if managed.len() == 1 { "exists" } else { "exist" };
            self.push(ABOUT.ok("roles", format!("{} of the policy {all}", count(managed.len(), "role"))));
            return;
        }
        let names: Vec<&str> = missing.iter().map(|it| it.as_str()).collect();
        match fix {
            Fix::No => self.push(ABOUT.failed(
                "roles",
                format!("missing: {}", names.join(", ")),
                "rollcall doctor --fix makes them; or correct [roles] of rollcall.toml",
            )),
            Fix::Yes => self.make(client, &missing).await,
        }
    }

    async fn make(&mut self, client: &Client, missing: &[&RoleName]) {
        let mut made = Vec::new();
        for role in missing {
            match client.create_role(role, DESCRIPTION).await {
                Ok(_) => made.push(role.to_string()),
                Err(error) => {
                    let found = format!("{role} could not be made: {}", chain(&error));
                    let remedy = format!(
                        "grant create:roles {}; or make the role in Auth0 under User Management > Roles",
                        super::scopes::WHERE
                    );
                    let made = made.iter().map(|it| format!("{it} was made"));
                    self.push(ABOUT.failed("roles", found, remedy).details(made));
                    return;
                }
            }
        }
        self.push(ABOUT.ok("roles", format!("made: {}", made.join(", "))));
    }
}
