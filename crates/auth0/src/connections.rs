//! The managed connection.

use diff::Group;

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
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
    /// Whether an application uses it; Auth0 makes no users otherwise. None where Auth0 does not say.
    pub enabled: Option<bool>,
    /// Whether a user needs a username besides the address, which we do not give.
    pub requires_username: bool,
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
        let page: wire::ConnectionsPage = self.http().read(&ask).await?;
        Ok(page.connections.into_iter().find(|it| it.name == name).map(Connection::from))
    }
}

impl From<wire::Connection> for Connection {
    fn from(wire: wire::Connection) -> Self {
        Self {
            id: wire.id,
            name: wire.name,
            strategy: wire.strategy,
            enabled: wire.enabled_clients.map(|it| !it.is_empty()),
            requires_username: wire.options.and_then(|it| it.requires_username).unwrap_or(false),
        }
    }
}
