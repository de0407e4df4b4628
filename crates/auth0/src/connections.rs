//! The managed connection.

use std::collections::BTreeSet;

use diff::Group;

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::reply::{Misread, NOT_WHOLE};
use crate::wire;

/// A connection, as far as it decides whether users can be made in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// `con_…`
    pub id: String,
    /// What policies and users name.
    pub name: String,
    /// `auth0` for a database connection.
    pub strategy: String,
    /// The applications that may use it, by client id: without one, Auth0 makes no users in it. None where
    /// Auth0 does not say.
    pub enabled_clients: Option<BTreeSet<String>>,
    /// How it is set up; none where the token lacks `read:connections_options`.
    pub options: Option<ConnectionOptions>,
}

/// How a connection is set up, as far as it matters to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// Whether a user needs a username besides the address, which we do not give.
    pub requires_username: bool,
    /// Whether two users cannot have one address. Without that, a create that was answered and lost makes
    /// somebody twice (FACTS §3).
    pub unique_email: bool,
}

impl Connection {
    /// Whether Auth0 keeps the users itself, which is where they can be made.
    pub fn is_database(&self) -> bool {
        self.strategy == "auth0"
    }
}

impl Client {
    /// The connection whose users are managed; none if the tenant has none of that name.
    pub async fn connection(&self) -> Result<Option<Connection>, Error> {
        let name = self.connection_name().as_str();
        let ask = Ask::get(Group::ReadConnections, &["connections"])
            .query("name", name)
            .query("include_totals", "true")
            .query("per_page", "50");
        let sent = self.http().send(&ask, |reply| {
            let page: wire::ConnectionsPage = reply.json()?;
            match page.total {
                Some(total) if total > page.connections.len() => Err(Misread::because(NOT_WHOLE)),
                Some(_) | None => Ok(page),
            }
        });
        let page = sent.await.map_err(|it| self.http().error(&ask, it))?;
        Ok(page.connections.into_iter().find(|it| it.name == name).map(Connection::from))
    }
}

impl From<wire::Connection> for Connection {
    fn from(wire: wire::Connection) -> Self {
        Self {
            id: wire.id,
            name: wire.name,
            strategy: wire.strategy,
            enabled_clients: wire.enabled_clients.map(BTreeSet::from_iter),
            options: wire.options.map(ConnectionOptions::from),
        }
    }
}

/// What is not said is as it always was: no username, and one user an address.
impl From<wire::ConnectionOptions> for ConnectionOptions {
    fn from(wire: wire::ConnectionOptions) -> Self {
        let email = wire.attributes.and_then(|it| it.email);
        Self {
            requires_username: wire.requires_username.unwrap_or(false),
            unique_email: email.and_then(|it| it.unique).unwrap_or(true),
        }
    }
}
