//! Where notices arrive: a webhook, and a mail server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use notify::{Channel, MailConfig, Security};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::world::until;

/// A webhook that takes everything, or never answers.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) url: String,
    inner: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    hangs: AtomicBool,
    bodies: Mutex<Vec<Value>>,
}

impl Hook {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let inner = Arc::new(Heard::default());
        let app = axum::Router::new().fallback(hear).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// From now on it answers nobody, or everybody again.
    pub(crate) fn hang(&self, hangs: bool) {
        self.inner.hangs.store(hangs, Ordering::Release);
    }

    /// A channel to it that takes JSON.
    pub(crate) fn channel(&self, name: &str) -> Channel {
        Channel::webhook(name, &self.url.as_str().into()).unwrap()
    }

    /// A channel to it as to Slack.
    pub(crate) fn slack(&self, name: &str) -> Channel {
        Channel::slack(name, &self.url.as_str().into()).unwrap()
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.inner.bodies.lock().unwrap().clone()
    }

    /// `plan_waits plan 1: raised`, in the order of their coming.
    pub(crate) fn told(&self) -> Vec<String> {
        let word = |it: &Value, key| it[key].as_str().unwrap_or_default().to_owned();
        let bodies = self.bodies().into_iter();
        bodies
            .map(|it| format!("{} {}: {}", word(&it, "event"), word(&it, "subject"), word(&it, "state")))
            .collect()
    }

    /// Of one condition.
    pub(crate) fn told_of(&self, event: &str) -> Vec<String> {
        self.told().into_iter().filter(|it| it.starts_with(event)).collect()
    }

    /// Waits until it was told.
    pub(crate) async fn has(&self, line: &str) {
        until(|| self.told().iter().any(|it| it == line)).await;
    }
}

async fn hear(State(heard): State<Arc<Heard>>, body: Bytes) -> StatusCode {
    heard.bodies.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    if heard.hangs.load(Ordering::Acquire) {
        std::future::pending::<()>().await;
    }
    StatusCode::OK
}

/// A mail server that takes everything, without encryption.
pub(crate) struct MailServer {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, mails) = (listener.local_addr().unwrap().port(), Arc::default());
        let taken = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let taken = Arc::clone(&taken);
                // A client that hangs up is no matter of ours.
                tokio::spawn(async move { drop(converse(stream, &taken).await) });
            }
        });
        Self { port, mails }
    }

    pub(crate) fn channel(&self, name: &str) -> Channel {
        let config = MailConfig {
            server: "127.0.0.1".into(),
            port: self.port,
            security: Security::Plain,
            login: None,
            from: "Rollcall <rollcall@example.com>".into(),
            to: vec!["it@example.com".into()],
        };
        Channel::mail(name, &config).unwrap()
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

async fn converse(stream: TcpStream, mails: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink.example.com\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.split_whitespace().next() {
            Some("EHLO") => "250 8BITMIME",
            Some("DATA") => {
                stream.write_all(b"354 go on\r\n").await?;
                let mail = read_mail(&mut stream).await?;
                mails.lock().unwrap().push(mail);
                "250 taken"
            }
            Some("QUIT") => "221 bye",
            Some(_) | None => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let start = mail.len();
        if stream.read_line(&mut mail).await? == 0 || &mail[start..] == ".\r\n" {
            mail.truncate(start);
            return Ok(mail);
        }
    }
}
