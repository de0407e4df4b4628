//! Connections: what users log in with, and the two ways to read them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    error::Refusal,
    ids::Ids,
    params::{Fields, Page},
    state::Connection,
    tenant::Tenant,
};

/// The tenant's connections, in the order of the document. There are few.
#[derive(Debug, Default)]
pub(crate) struct Connections(Vec<Connection>);

impl Connections {
    pub(crate) fn load(connections: Vec<Connection>, ids: &mut Ids) -> Self {
        let mut connections = connections;
        for connection in &mut connections {
            if connection.id.is_empty() {
                connection.id = ids.prefixed("con_");
            }
        }
        Self(connections)
    }

    pub(crate) fn save(&self) -> Vec<Connection> {
        self.0.clone()
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Connection> {
        self.0.iter().find(|it| it.name == name)
    }

    pub(crate) fn with_id(&self, id: &str) -> Option<&Connection> {
        self.0.iter().find(|it| it.id == id)
    }

    /// The connection that users of a provider belong to, where a document does not say.
    pub(crate) fn of_provider(&self, provider: &str) -> Option<&Connection> {
        self.0.iter().find(|it| it.strategy == provider)
    }
}

/// Without it, answers come without `options`, as the document says.
pub(crate) const OPTIONS_SCOPE: &str = "read:connections_options";

/// The strategies that have a button on the login page, or not.
const ENTERPRISE: [&str; 7] = ["ad", "adfs", "google-apps", "oidc", "okta", "samlp", "waad"];

impl Connection {
    pub(crate) fn is_database(&self) -> bool {
        self.strategy == "auth0"
    }

    pub(crate) fn is_passwordless(&self) -> bool {
        ["email", "sms"].contains(&self.strategy.as_str())
    }

    /// A connection that no application uses is disabled.
    pub(crate) fn is_disabled(&self) -> bool {
        self.enabled_clients.is_empty()
    }

    pub(crate) fn requires_username(&self) -> bool {
        self.options.get("requires_username").and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn password_policy(&self) -> &str {
        self.options.get("passwordPolicy").and_then(Value::as_str).unwrap_or("good")
    }

    /// Whether names come from the provider at each login, so that the API may not set them.
    pub(crate) fn syncs_profile(&self) -> bool {
        let setting = self.options.get("set_user_root_attributes").and_then(Value::as_str);
        !self.is_database()
            && !self.is_passwordless()
            && setting.unwrap_or("on_each_login") == "on_each_login"
    }

    /// `is_domain_connection` comes along whatever fields are asked for, as recorded.
    fn view(&self, fields: &Fields, call: &Call) -> Value {
        let mut view = fields.cut(self.whole(&call.origin));
        if let (false, Value::Object(view)) = (call.grant.has(OPTIONS_SCOPE), &mut view) {
            view.remove("options");
        }
        view["is_domain_connection"] = json!(false);
        view
    }

    fn whole(&self, origin: &str) -> Value {
        let mut view = json!({
            "id": self.id,
            "name": self.name,
            "strategy": self.strategy,
            "options": self.options,
            "realms": [self.name],
            "enabled_clients": self.enabled_clients,
        });
        if self.is_database() {
            view["authentication"] = json!({"active": true});
            view["connected_accounts"] = json!({"active": false});
        }
        if ENTERPRISE.contains(&self.strategy.as_str()) {
            view["show_as_button"] = json!(false);
        }
        if ["ad", "adfs"].contains(&self.strategy.as_str()) {
            view["provisioning_ticket_url"] = json!(format!("{origin}/p/{}/{}", self.strategy, self.id));
        }
        view
    }
}

/// `GET /connections`
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let strategies: Vec<&str> = call.query.all("strategy").collect();
    let name = call.query.get("name");
    let wanted = |it: &&Connection| {
        name.is_none_or(|name| it.name == name)
            && (strategies.is_empty() || strategies.contains(&it.strategy.as_str()))
    };
    let found: Vec<Value> =
        tenant.connections.0.iter().filter(wanted).map(|it| it.view(&fields, call)).collect();
    if call.query.get("take").is_some() || call.query.get("from").is_some() {
        return Ok(Answer::ok(&json!({"connections": found})));
    }
    let page = Page::read(&call.query, 1, 100, 100)?;
    let total = found.len();
    Ok(Answer::ok(&page.wrap("connections", page.slice(found), total)))
}

/// `GET /connections/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let missing =
        || Refusal::coded(StatusCode::NOT_FOUND, "The connection does not exist", "inexistent_connection");
    let connection = tenant.connections.with_id(call.id()).ok_or_else(missing)?;
    Ok(Answer::ok(&connection.view(&fields, call)))
}
