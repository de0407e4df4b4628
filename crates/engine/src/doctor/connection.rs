//! The managed connection, and who is in it.

use auth0::{Client, Connection};

use super::check::{Check, count};
use super::tenant::{ABOUT, Ward};

const NAME_ANOTHER: &str = "name another database connection in [auth0] connection";

impl Ward<'_> {
    pub(super) async fn look_at_connection(&mut self, client: &Client) {
        let name = &self.policy().connection;
        let asked = self.ask("connection", "read:connections", client.connection()).await;
        let Some(found) = asked else { return };
        let Some(connection) = found else {
            self.push(ABOUT.failed(
                "connection",
                format!("the tenant has no connection {name}"),
                "name one in [auth0] connection; Authentication > Database in Auth0 lists them",
            ));
            return;
        };
        if connection.options.is_none() && connection.is_database() {
            self.may("the connection's options", "read:connections_options");
        }
        self.push(told(&connection));
        self.connection = Some(connection);
    }

    pub(super) async fn look_at_users(&mut self, client: &Client) {
        let asked = self.ask("users", "read:users", client.count_users()).await;
        let Some(users) = asked else { return };
        let users = users.map_or_else(|| "a thousand users or more".to_owned(), |it| count(it, "user"));
        self.push(ABOUT.ok("users", format!("{users} in the connection")));
    }

    /// A mistyped id protects nobody.
    pub(super) async fn look_at_break_glass(&mut self, client: &Client) {
        /// Calls that this may take.
        const MOST: usize = 5;
        let named = &self.policy().break_glass;
        if named.is_empty() {
            self.push(ABOUT.ok("break-glass", "no account is named in [policy] break_glass"));
            return;
        }
        let (mut gone, mut blocked) = (Vec::new(), Vec::new());
        for id in named.iter().take(MOST) {
            let Some(found) = self.ask("break-glass", "read:users", client.user(id)).await else { return };
            match found {
                None => gone.push(id.to_string()),
                Some(user) if user.account.access != diff::Access::Open => blocked.push(id.to_string()),
                Some(_) => {}
            }
        }
        let unread = named.len().saturating_sub(MOST);
        self.push(break_glass(&gone, &blocked, named.len(), unread));
    }
}

fn told(connection: &Connection) -> Check {
    let Connection { id: _, name, strategy, enabled_clients, options } = connection;
    if !connection.is_database() {
        let found = format!("{name} is of the kind {strategy}, and accounts can be made in a database only");
        return ABOUT.failed("connection", found, NAME_ANOTHER);
    }
    let enabled = match enabled_clients.as_ref().map(std::collections::BTreeSet::len) {
        Some(0) => {
            let found = format!("{name} is enabled for no application, and Auth0 makes no users in it");
            let remedy =
                format!("enable it for one in Auth0 under Authentication > Database > {name} > Applications");
            return ABOUT.failed("connection", found, remedy);
        }
        Some(several) => format!("enabled for {}", count(several, "application")),
        None => "though Auth0 does not say for which applications".to_owned(),
    };
    let Some(options) = options else {
        return ABOUT.ok("connection", format!("{name} is a database, {enabled}"));
    };
    if options.requires_username {
        let found = format!("{name} asks every user for a username, which Rollcall does not give");
        let remedy = format!("switch \"Requires Username\" off in Auth0, or {NAME_ANOTHER}");
        return ABOUT.failed("connection", found, remedy);
    }
    if !options.unique_email {
        let found = format!(
            "{name} lets several users have one address: a repeated create would make somebody twice, and \
             password mails do not work"
        );
        return ABOUT.failed(
            "connection",
            found,
            format!("{NAME_ANOTHER}: Auth0 never takes this setting back"),
        );
    }
    ABOUT.ok("connection", format!("{name} is a database, {enabled}, with one user an address"))
}

fn break_glass(gone: &[String], blocked: &[String], named: usize, unread: usize) -> Check {
    if !gone.is_empty() {
        let found = format!("there is no user {}: nobody is protected by that", gone.join(", "));
        return ABOUT.failed("break-glass", found, "correct [policy] break_glass of rollcall.toml");
    }
    if !blocked.is_empty() {
        let found = format!("{} cannot log in: blocked", blocked.join(", "));
        return ABOUT.warning("break-glass", found, "unblock it in Auth0 under User Management > Users");
    }
    match unread {
        0 => ABOUT.ok("break-glass", format!("{} can log in, and is never touched", count(named, "account"))),
        more => {
            let read = count(named - more, "account");
            ABOUT.ok(
                "break-glass",
                format!("{read} can log in; {more} more are named, and were not looked at"),
            )
        }
    }
}
