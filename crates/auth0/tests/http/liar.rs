//! A server that says what no tenant should: what the simulator is too honest for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth0::{Client, Config};
use diff::RatePlan;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Status, further header lines, body.
pub(crate) type Lie = (u16, &'static str, String);

/// What goes over the wire, whatever HTTP thinks of it.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
}

/// What follows.
#[derive(Clone)]
pub(crate) enum Then {
    /// The connection is closed.
    Close,
    /// Nothing, and the connection stays open.
    Silence,
    /// This, again and again, with a pause between.
    Forever(Vec<u8>, Duration),
}

/// A request as it was heard: its first line without the version, and all of it.
pub(crate) struct Heard {
    pub(crate) line: String,
    pub(crate) text: String,
}

pub(crate) struct Liar {
    pub(crate) client: Client,
    pub(crate) domain: String,
    asked: Arc<Mutex<Vec<String>>>,
    written: Arc<AtomicUsize>,
}

impl Liar {
    /// Gives out tokens, and answers every other request, by its method and path, with what `lie` says.
    pub(crate) async fn new(lie: fn(&str) -> Lie) -> Self {
        Self::raw(move |it| lie(&it.line).into()).await
    }

    /// The same to the byte.
    pub(crate) async fn raw(lie: impl Fn(&Heard) -> Raw + Send + Sync + 'static) -> Self {
        Self::with(lie, |it| it).await
    }

    /// The same with a client of another kind.
    pub(crate) async fn with(
        lie: impl Fn(&Heard) -> Raw + Send + Sync + 'static,
        client: impl Fn(Config) -> Config,
    ) -> Self {
        let honest_with_tokens = move |it: &Heard| if it.is_for_a_token() { token() } else { lie(it) };
        Self::about_everything(honest_with_tokens, client).await
    }

    /// Lies about tokens as well.
    pub(crate) async fn about_everything(
        lie: impl Fn(&Heard) -> Raw + Send + Sync + 'static,
        client: impl Fn(Config) -> Config,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = listener.local_addr().unwrap().to_string();
        let (asked, written) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (heard, counted, lie) = (Arc::clone(&asked), Arc::clone(&written), Arc::new(lie));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (heard, counted, lie) = (Arc::clone(&heard), Arc::clone(&counted), Arc::clone(&lie));
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut stream).await else { return };
                    let raw = lie(&request);
                    if !request.is_for_a_token() {
                        heard.lock().unwrap().push(request.line);
                    }
                    answer(stream, raw, &counted).await;
                });
            }
        });
        let config = Config {
            rate_plan: RatePlan::PrivateCloud(10_000),
            retry_backoff: Duration::from_millis(2),
            ..Config::new(domain.parse().unwrap(), "liar", "hush-hush-liars-secret".into())
        };
        Self { client: Client::new(client(config)).unwrap(), domain, asked, written }
    }

    /// How many requests there were, tokens apart.
    pub(crate) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// How many bytes of answers anybody took.
    pub(crate) fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }
}

impl Heard {
    pub(crate) fn is_for_a_token(&self) -> bool {
        self.line.starts_with("POST /oauth/token")
    }
}

impl Raw {
    /// An answer of a certain length, and the end.
    pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let length = body.as_ref().len();
        let head =
            format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
        Self { bytes: [head.as_bytes(), body.as_ref()].concat(), then: Then::Close }
    }

    /// Bytes, and the end.
    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: Then::Close }
    }

    pub(crate) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}

impl From<Lie> for Raw {
    fn from((status, headers, body): Lie) -> Self {
        Self::answer(status, headers, body)
    }
}

/// A token as Auth0 gives one.
pub(crate) fn token() -> Raw {
    let body = json!({ "access_token": "eyJ-liars-token", "token_type": "Bearer", "expires_in": 86_400 });
    Raw::answer(200, "", body.to_string())
}

/// One request a connection.
async fn answer(mut stream: TcpStream, raw: Raw, written: &AtomicUsize) {
    let mut piece = raw.bytes;
    loop {
        // Whoever has heard enough closes the connection.
        if stream.write_all(&piece).await.is_err() {
            return;
        }
        written.fetch_add(piece.len(), Ordering::Relaxed);
        match &raw.then {
            Then::Close => {
                let _ = stream.shutdown().await;
                return;
            }
            Then::Silence => {
                let _ = stream.read_u8().await;
                return;
            }
            Then::Forever(again, pause) => {
                piece.clone_from(again);
                tokio::time::sleep(*pause).await;
            }
        }
    }
}

/// The whole of a request.
async fn read_request(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|it| it.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
                return Some(Heard { line, text });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
