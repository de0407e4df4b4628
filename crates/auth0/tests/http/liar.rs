//! A server that says what no tenant should: what the simulator is too honest for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth0::{Client, Config};
use diff::RatePlan;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Status, further header lines, body.
pub(crate) type Lie = (u16, &'static str, String);

pub(crate) struct Liar {
    pub(crate) client: Client,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Liar {
    /// Gives out tokens, and answers every other request, by its method and path, with what `lie` says.
    pub(crate) async fn new(lie: fn(&str) -> Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = listener.local_addr().unwrap().to_string().parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, lie, Arc::clone(&heard)));
            }
        });
        let config = Config {
            rate_plan: RatePlan::PrivateCloud(10_000),
            retry_backoff: Duration::from_millis(2),
            ..Config::new(domain, "liar", "hush".into())
        };
        Self { client: Client::new(config).unwrap(), asked }
    }

    /// How many requests there were, tokens apart.
    pub(crate) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// One request a connection.
async fn answer(mut stream: TcpStream, lie: fn(&str) -> Lie, heard: Arc<Mutex<Vec<String>>>) {
    let Some(request) = read_request(&mut stream).await else { return };
    let (status, headers, body) = if request.starts_with("POST /oauth/token") {
        (200, "", r#"{"access_token":"t","expires_in":86400,"scope":"read:users"}"#.to_owned())
    } else {
        heard.lock().unwrap().push(request.clone());
        lie(&request)
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Method and path, once the whole of the request is in.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|it| it.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let line = head.lines().next()?;
                return Some(line.trim_end_matches(" HTTP/1.1").to_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
