//! A small client of our own, so that the tests know nothing of Rollcall's.

use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use simulator::{Options, Simulator};

/// A tenant with a token for it.
pub(crate) struct Tenant {
    pub(crate) simulator: Simulator,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

/// An answer that has been read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

/// reqwest wants a provider for TLS even where nothing is encrypted.
pub(crate) fn http() -> reqwest::Client {
    // An error means that another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

impl Tenant {
    pub(crate) async fn fresh() -> Self {
        Self::with(Options { search_lag_ms: 0, ..Options::default() }).await
    }

    pub(crate) async fn of(state: Value) -> Self {
        let state = serde_json::from_value(state).unwrap();
        Self::with(Options { search_lag_ms: 0, state: Some(state), ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let simulator = simulator::start(options).await.unwrap();
        let http = http();
        let token = token(&http, &simulator, simulator.client_id(), simulator.client_secret()).await;
        Self { simulator, http, token }
    }

    /// As another application of the tenant.
    pub(crate) async fn become_client(&mut self, client_id: &str, secret: &str) {
        self.token = token(&self.http, &self.simulator, client_id, secret).await;
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.simulator.url())).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Read {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Read {
        read(self.request(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Read {
        read(self.request(Method::PATCH, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Read {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete_with(&self, path: &str, body: Value) -> Read {
        read(self.request(Method::DELETE, path).json(&body).send().await.unwrap()).await
    }

    /// Creates a user of the default connection and gives back the id as it stands in paths.
    pub(crate) async fn create(&self, email: &str) -> String {
        let created = self.post("/api/v2/users", new_user(email)).await;
        assert_eq!(created.status, 201, "{}", created.body);
        encoded(created.body["user_id"].as_str().unwrap())
    }

    /// Waits until a listing has so many users, for at most five seconds.
    pub(crate) async fn until_searchable(&self, q: &str, count: usize) {
        let start = Instant::now();
        let path = format!("/api/v2/users?q={}", encoded(q));
        while self.get(&path).await.body.as_array().unwrap().len() != count {
            assert!(start.elapsed() < Duration::from_secs(5), "{q} never had {count} matches");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

pub(crate) fn new_user(email: &str) -> Value {
    json!({
        "connection": simulator::DEFAULT_CONNECTION,
        "email": email,
        "password": "aG00dEnough!Password",
        "verify_email": false,
    })
}

pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub(crate) async fn token(http: &reqwest::Client, simulator: &Simulator, id: &str, secret: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("audience", &format!("{}/api/v2/", simulator.url())),
    ];
    let answer = http.post(format!("{}/oauth/token", simulator.url())).form(&form).send().await.unwrap();
    let answer = read(answer).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn read(response: Response) -> Read {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Read { status, headers, body }
}
