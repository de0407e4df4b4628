//! A tenant and a client of it.

use std::collections::BTreeMap;
use std::time::Duration;

use auth0::{Answer, CallError, Client, Config};
use diff::{EmailFlags, EmployeeId, Field, FieldChange, RatePlan, Request, RoleName, UserId};
use serde_json::{Value, json};
use simulator::{Fault, Options, Simulator};

/// The secret that must never be seen.
pub(crate) const SECRET: &str = "hush-hush-simulator-secret";

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
}

impl World {
    /// A fresh tenant.
    pub(crate) async fn new() -> Self {
        Self::of(json!({})).await
    }

    /// A tenant with what the document says.
    pub(crate) async fn of(state: Value) -> Self {
        Self::with(state, Options::default()).await
    }

    /// A tenant with so many users, `auth0|0001` and so on, made at different times.
    pub(crate) async fn with_users(count: usize) -> Self {
        Self::of(json!({ "users": (1..=count).map(user).collect::<Vec<_>>() })).await
    }

    pub(crate) async fn with(state: Value, options: Options) -> Self {
        let state = serde_json::from_value(state).unwrap();
        let options =
            Options { state: Some(state), client_secret: SECRET.into(), search_lag_ms: 0, ..options };
        let simulator = simulator::start(options).await.unwrap();
        let client = Client::new(Self::config(&simulator)).unwrap();
        Self { simulator, client }
    }

    /// Fast enough that no test waits for a bucket, and for a retry no longer than a blink.
    pub(crate) fn config(simulator: &Simulator) -> Config {
        let domain = simulator.url().parse().unwrap();
        Config {
            rate_plan: RatePlan::PrivateCloud(10_000),
            retry_backoff: Duration::from_millis(2),
            ..Config::new(domain, simulator.client_id(), simulator.client_secret().into())
        }
    }

    /// A client with another configuration.
    pub(crate) fn another(&self, change: impl FnOnce(&mut Config)) -> Client {
        let mut config = Self::config(&self.simulator);
        change(&mut config);
        Client::new(config).unwrap()
    }

    pub(crate) async fn carry_out(&self, request: &Request<UserId>) -> Result<Answer, CallError> {
        self.client.carry_out(request, "run-1-call-1", &|| true).await
    }

    pub(crate) fn faults(&self, faults: Value) {
        let faults: Vec<Fault> = serde_json::from_value(faults).unwrap();
        self.simulator.set_faults(faults);
    }

    /// What was asked, in order of arrival; tokens apart.
    pub(crate) fn journal(&self) -> String {
        let lines = self.simulator.journal().into_iter().filter(|it| it.path != "/oauth/token");
        let lines = lines.map(|it| {
            let body = it.body.map(|it| format!(" {it}")).unwrap_or_default();
            let status = it.status.map_or_else(|| "cut".to_owned(), |it| it.to_string());
            format!("{} {}{body} → {status}", it.method, it.path.trim_start_matches("/api/v2"))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// How many requests of the kind there were, `GET /api/v2/users`.
    pub(crate) fn count(&self, kind: &str) -> u64 {
        self.simulator.stats().requests.get(kind).map_or(0, |it| it.count)
    }

    /// The user as the tenant holds it.
    pub(crate) fn user(&self, id: &str) -> Value {
        let users = self.simulator.state().users;
        serde_json::to_value(users.into_iter().find(|it| it.user_id == id).unwrap()).unwrap()
    }
}

/// A user of a state document.
pub(crate) fn user(number: usize) -> Value {
    json!({
        "user_id": format!("auth0|{number:04}"),
        "email": format!("user{number}@example.com"),
        "name": format!("User {number}"),
        "created_at": format!("2026-01-{:02}T{:02}:00:00.000Z", number / 24 % 28 + 1, number % 24),
    })
}

pub(crate) fn id(text: &str) -> UserId {
    UserId::new(text)
}

pub(crate) fn role(text: &str) -> RoleName {
    RoleName::new(text)
}

pub(crate) const QUIET: EmailFlags = EmailFlags { verified: false, send_verification: false };

/// A joiner.
pub(crate) fn create(email: &str) -> Request<UserId> {
    let fields = BTreeMap::from([
        (Field::Email, json!(email)),
        (Field::Name, json!("Ada Lovelace")),
        (Field::UserMetadata("department".into()), json!("Engines")),
        (Field::AppMetadata("employee_id".into()), json!(42)),
    ]);
    Request::Create { employee: EmployeeId::from(42), fields, email: QUIET }
}

/// An update of one field.
pub(crate) fn update(user: &str, field: &str, after: Value) -> Request<UserId> {
    let field = Field::try_from(field.to_owned()).unwrap();
    let email = (field == Field::Email).then_some(QUIET);
    let fields = vec![FieldChange { field, before: Value::Null, after, rule: "{test}".into() }];
    Request::Patch { user: id(user), fields, email, access: None }
}
