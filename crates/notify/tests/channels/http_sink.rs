//! A webhook that keeps what it gets, and answers as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::world::in_time;

/// Part of the sink's address, as a secret is part of Slack's.
pub(crate) const PATH: &str = "/hooks/T0HUSH/hush-hush-path";

/// What the sink does with a request.
#[derive(Clone)]
pub(crate) enum Answer {
    Status(u16),
    /// With a header.
    With(u16, &'static str, &'static str),
    /// With a body.
    Says(u16, &'static str),
    /// Nothing, ever.
    Silence,
}

pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct HttpSink {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    answers: Mutex<VecDeque<Answer>>,
    heard: Mutex<Vec<Heard>>,
    count: watch::Sender<usize>,
}

impl HttpSink {
    pub(crate) async fn new() -> Self {
        Self::answering([]).await
    }

    /// Answers so, and then with 200.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), answers)
    }

    pub(crate) fn on(listener: TcpListener, answers: impl IntoIterator<Item = Answer>) -> Self {
        let url = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            answers: Mutex::new(answers.into_iter().collect()),
            heard: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let app = axum::Router::new().fallback(hear).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// Answers the next request so.
    pub(crate) fn answer_next(&self, answer: Answer) {
        self.inner.answers.lock().unwrap().push_front(answer);
    }

    /// Waits until so many requests have come.
    pub(crate) async fn has(&self, count: usize) {
        let mut counted = self.inner.count.subscribe();
        in_time(counted.wait_for(|it| *it >= count)).await.unwrap();
    }

    pub(crate) fn count(&self) -> usize {
        *self.inner.count.borrow()
    }

    /// The bodies.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.heard(|it| serde_json::from_slice(&it.body).unwrap())
    }

    /// State and subject of each, from a JSON webhook.
    pub(crate) fn told(&self) -> Vec<String> {
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        let told = self.bodies().into_iter();
        told.map(|it| format!("{} {}: {}", text(&it["event"]), text(&it["subject"]), text(&it["state"])))
            .collect()
    }

    pub(crate) fn heard<T>(&self, look: impl Fn(&Heard) -> T) -> Vec<T> {
        self.inner.heard.lock().unwrap().iter().map(look).collect()
    }

    /// The times between the requests.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        let times = self.heard(|it| it.at);
        times.windows(2).map(|it| it[1] - it[0]).collect()
    }
}

async fn hear(State(inner): State<Arc<Inner>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let heard = Heard { at: Instant::now(), path: uri.path().to_owned(), headers, body: body.to_vec() };
    inner.heard.lock().unwrap().push(heard);
    inner.count.send_modify(|it| *it += 1);
    let answer = inner.answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(200));
    let status = |it| StatusCode::from_u16(it).unwrap();
    match answer {
        Answer::Status(it) => status(it).into_response(),
        Answer::With(it, name, value) => (status(it), [(name, value)]).into_response(),
        Answer::Says(it, body) => (status(it), body).into_response(),
        Answer::Silence => std::future::pending().await,
    }
}
