//! Where keys are published: it answers as it is told to, or waits with it, and counts how often it was asked.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// No story waits for longer.
const BOUND: Duration = Duration::from_secs(20);

/// Whatever is waited for happens, or the test fails.
pub(super) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, what).await.expect("it happens in time")
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Keys(Value),
    Says(u16, Bytes),
    /// With a header.
    With(u16, &'static str, String, Bytes),
    /// In pieces, without saying how much it will be.
    Pieces(Vec<Bytes>),
    /// The connection breaks after so much.
    BreaksAfter(Bytes),
    /// Nothing, ever.
    Silence,
}

#[derive(Clone)]
pub(super) struct Publisher {
    pub(super) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    answer: Mutex<Answer>,
    asked: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

impl Publisher {
    pub(super) async fn answering(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            answer: Mutex::new(answer),
            asked: watch::Sender::new(0),
            open: watch::Sender::new(true),
        });
        let router = Router::new().fallback(asked).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner }
    }

    /// Answers so from now on.
    pub(super) fn answer(&self, answer: Answer) {
        *self.inner.answer.lock().unwrap() = answer;
    }

    /// Waits with its answers.
    pub(super) fn hold(&self) {
        self.inner.open.send_replace(false);
    }

    /// Gives the answers it waited with.
    pub(super) fn release(&self) {
        self.inner.open.send_replace(true);
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        *self.inner.asked.borrow()
    }

    /// Waits until it was asked so often.
    pub(super) async fn was_asked(&self, times: usize) {
        let mut asked = self.inner.asked.subscribe();
        in_time(asked.wait_for(|it| *it >= times)).await.unwrap();
    }
}

async fn asked(State(inner): State<Arc<Inner>>) -> Response {
    inner.asked.send_modify(|it| *it += 1);
    inner.open.subscribe().wait_for(|it| *it).await.unwrap();
    let answer = inner.answer.lock().unwrap().clone();
    let status = |it| StatusCode::from_u16(it).unwrap();
    match answer {
        Answer::Keys(document) => document.to_string().into_response(),
        Answer::Says(code, body) => (status(code), body).into_response(),
        Answer::With(code, name, value, body) => (status(code), [(name, value)], body).into_response(),
        Answer::Pieces(pieces) => {
            Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, io::Error>))).into_response()
        }
        Answer::BreaksAfter(piece) => {
            let pieces = [Ok(piece), Err(io::Error::other("the connection breaks"))];
            Body::from_stream(stream::iter(pieces)).into_response()
        }
        Answer::Silence => std::future::pending().await,
    }
}
