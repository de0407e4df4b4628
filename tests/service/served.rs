//! A served instance, and whoever calls it.

mod contract;
mod issuer;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use diff::EmployeeId;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use server::{Planned, Service, Settings};
use store::{NewToken, TokenRole};

pub(super) use contract::Contract;
pub(super) use issuer::Issuer;

use crate::world::{Company, World, person};

/// The service, its world, and three people with tokens.
pub(super) struct Served {
    pub(super) world: World,
    service: Option<Service>,
    pub(super) url: String,
    pub(super) metrics: Option<String>,
    http: reqwest::Client,
    pub(super) contract: Contract,
    tokens: [String; 3],
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum As<'a> {
    Nobody,
    Viewer,
    Approver,
    Operator,
    Token(&'a str),
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

/// A request in the making.
pub(super) struct Asking<'a> {
    served: &'a Served,
    method: Method,
    path: String,
    caller: As<'a>,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Served {
    /// The service over a company, on SQLite.
    pub(super) async fn with(company: Company) -> Self {
        Self::over(World::with(company).await, |_| (), Vec::new()).await
    }

    /// The service over a world, run in a way of its own.
    pub(super) async fn over(
        mut world: World,
        change: impl FnOnce(&mut Settings),
        planned: Vec<Planned>,
    ) -> Self {
        world.by_the_wall();
        let service = Self::start(&world, "host:1", change, planned).await;
        let mut tokens = Vec::new();
        for role in [TokenRole::Viewer, TokenRole::Approver, TokenRole::Operator] {
            tokens.push(token(&world, &role.to_string(), role).await);
        }
        let (url, metrics) =
            (service.url(), service.metrics_address().map(|it| format!("http://{it}/metrics")));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let document =
            http.get(format!("{url}/api/openapi.json")).bearer_auth(&tokens[0]).send().await.unwrap();
        let contract = Contract::new(document.json().await.unwrap());
        let tokens = tokens.try_into().unwrap();
        Self { world, service: Some(service), url, metrics, http, contract, tokens }
    }

    /// A further service on the same database and tenant, as another process would be.
    pub(super) async fn another(&self, holder: &str, planned: Vec<Planned>) -> Service {
        Self::start(&self.world, holder, |_| (), planned).await
    }

    /// A service alone, that listens on any free port.
    pub(super) async fn start(
        world: &World,
        holder: &str,
        change: impl FnOnce(&mut Settings),
        planned: Vec<Planned>,
    ) -> Service {
        let mut settings = Settings::new(holder.to_owned(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        settings.attempts = (NonZeroU32::MAX, Duration::from_secs(1));
        change(&mut settings);
        Service::start(world.another(|_| ()), settings, planned).await.unwrap()
    }

    /// Stops it, and tells whether everything had ended.
    pub(super) async fn stop(&mut self) -> bool {
        self.service.take().unwrap().stop().await
    }

    pub(super) fn get<'a>(&'a self, path: &str) -> Asking<'a> {
        self.ask(Method::GET, path)
    }

    pub(super) fn post<'a>(&'a self, path: &str) -> Asking<'a> {
        self.ask(Method::POST, path)
    }

    pub(super) fn ask<'a>(&'a self, method: Method, path: &str) -> Asking<'a> {
        Asking {
            served: self,
            method,
            path: path.to_owned(),
            caller: As::Operator,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Asks until the answer is what is waited for, for ten seconds at most.
    pub(super) async fn until(&self, path: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
        let waiting = async {
            loop {
                let answer = self.get(path).send().await;
                if is_so(&answer) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it came about in time")
    }

    /// The events of the audit record, the newest first.
    pub(super) async fn audited(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/audit?limit=500{query}")).send().await;
        answer.body["items"].as_array().unwrap().clone()
    }

    fn token(&self, caller: As<'_>) -> Option<String> {
        let [viewer, approver, operator] = &self.tokens;
        Some(match caller {
            As::Nobody => return None,
            As::Viewer => viewer.clone(),
            As::Approver => approver.clone(),
            As::Operator => operator.clone(),
            As::Token(token) => token.to_owned(),
        })
    }
}

/// A token of that name.
pub(super) async fn token(world: &World, name: &str, role: TokenRole) -> String {
    let new = NewToken { name: name.parse().unwrap(), role, expires_at: None };
    let token = world.engine.create_token(&new, &person("root")).await.unwrap();
    token.expose_secret().to_owned()
}

impl<'a> Asking<'a> {
    pub(super) fn by(self, caller: As<'a>) -> Self {
        Self { caller, ..self }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").raw(&body.to_string())
    }

    pub(super) fn raw(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    /// Sends it; the answer keeps the contract.
    pub(super) async fn send(self) -> Answer {
        let Self { served, method, path, caller, headers, body } = self;
        let mut request = served.http.request(method.clone(), format!("{}{path}", served.url));
        if let Some(token) = served.token(caller) {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        let answer = Answer { status, headers, text, body };
        served.contract.assert_kept(&method, &path, &answer);
        answer
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// The word of the problem that it is; empty where it is none.
    pub(super) fn problem(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default().trim_start_matches("urn:rollcall:problem:")
    }

    pub(super) fn items(&self) -> &[Value] {
        self.body["items"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Status, the headers that say something, and the body.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for name in ["content-type", "www-authenticate", "retry-after", "location", "preference-applied"] {
            if !self.header(name).is_empty() {
                writeln!(f, "{name}: {}", self.header(name))?;
            }
        }
        write!(f, "{:#}", self.body)
    }
}

/// The user that an employee is linked to.
pub(super) async fn linked(world: &World, id: i64) -> Option<String> {
    let engine = &world.engine;
    let link = engine.store().link_of(engine.tenant(), &EmployeeId::from(id)).await.unwrap();
    link.map(|it| it.user.to_string())
}

/// A plan of everybody's changes, proposed over HTTP: its number.
pub(super) async fn proposed(served: &Served) -> i64 {
    let answer = served.post("/api/plans").json(&json!({})).send().await;
    assert_eq!(answer.status, 202, "{answer}");
    answer.body["plan"].as_i64().unwrap()
}
