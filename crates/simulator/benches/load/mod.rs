//! The load: as little of it as possible between the socket and the tenant.

use std::{
    error::Error,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use simulator::Simulator;

/// Calls in flight.
const CONNECTIONS: usize = 16;

/// A request, but for what is the same in all of them.
pub(crate) struct Request {
    method: &'static str,
    path: String,
    body: String,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self::with_body("GET", path, String::new())
    }

    pub(crate) fn with_body(method: &'static str, path: &str, body: String) -> Self {
        Self { method, path: path.to_owned(), body }
    }
}

/// Whom to ask, and as whom.
pub(crate) struct Target {
    address: SocketAddr,
    token: String,
}

/// How it went.
pub(crate) struct Measured {
    pub(crate) rps: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Target {
    pub(crate) fn log_in(simulator: &Simulator) -> Result<Self, Box<dyn Error>> {
        let bare = Self { address: simulator.addr(), token: String::new() };
        let body = serde_json::json!({
            "grant_type": "client_credentials",
            "client_id": simulator.client_id(),
            "client_secret": simulator.client_secret(),
            "audience": format!("{}/api/v2/", simulator.url()),
        });
        let answer = bare.once(&Request::with_body("POST", "/oauth/token", body.to_string()))?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)?;
        let token = answer["access_token"].as_str().ok_or("no token was given")?.to_owned();
        Ok(Self { token, ..bare })
    }

    /// One request on a connection of its own; its answer's body.
    pub(crate) fn once(&self, request: &Request) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut wire = Wire::open(self)?;
        wire.ask(request)?;
        Ok(wire.body)
    }
}

/// As many requests as fit into the time.
pub(crate) fn run(
    target: &Target,
    time: Duration,
    request: &(impl Fn(u64) -> Request + Sync),
) -> Result<Measured, Box<dyn Error>> {
    let start = Instant::now();
    measure(target, request, |_| start.elapsed() < time)
}

/// So many requests, however long they take.
pub(crate) fn run_times(
    target: &Target,
    times: u64,
    request: &(impl Fn(u64) -> Request + Sync),
) -> Result<Measured, Box<dyn Error>> {
    measure(target, request, |number| number < times)
}

fn measure(
    target: &Target,
    request: &(impl Fn(u64) -> Request + Sync),
    goes_on: impl Fn(u64) -> bool + Sync,
) -> Result<Measured, Box<dyn Error>> {
    let numbers = AtomicU64::new(0);
    let start = Instant::now();
    let connection = || -> Result<Vec<Duration>, String> {
        let mut wire = Wire::open(target).map_err(|it| it.to_string())?;
        let mut taken = Vec::new();
        loop {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            if !goes_on(number) {
                return Ok(taken);
            }
            let asked = Instant::now();
            wire.ask(&request(number)).map_err(|it| it.to_string())?;
            taken.push(asked.elapsed());
        }
    };
    let taken: Result<Vec<Vec<Duration>>, String> = thread::scope(|scope| {
        let running: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(connection)).collect();
        running.into_iter().map(|it| it.join().map_err(|_| "a connection panicked".to_owned())?).collect()
    });
    let mut taken: Vec<Duration> = taken?.concat();
    let elapsed = start.elapsed();
    taken.sort_unstable();
    let at = |hundredth: usize| taken.get(taken.len() * hundredth / 100).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let rps = taken.len() as f64 / elapsed.as_secs_f64();
    Ok(Measured { rps, p50: at(50), p99: at(99) })
}

/// One connection, kept open, and the last answer's body.
struct Wire<'a> {
    target: &'a Target,
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl<'a> Wire<'a> {
    fn open(target: &'a Target) -> io::Result<Self> {
        let stream = TcpStream::connect(target.address)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::with_capacity(1 << 16, stream);
        Ok(Self { target, stream, line: String::new(), body: Vec::new() })
    }

    fn ask(&mut self, request: &Request) -> Result<(), Box<dyn Error>> {
        let Request { method, path, body } = request;
        let Target { address, token } = self.target;
        let bytes = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(bytes.as_bytes())?;
        let status = self.header()?;
        if !status.starts_with("HTTP/1.1 2") {
            return Err(format!("{method} {path}: {}", status.trim()).into());
        }
        let mut length = 0;
        loop {
            let line = self.header()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(())
    }

    fn header(&mut self) -> io::Result<&str> {
        self.line.clear();
        self.stream.read_line(&mut self.line)?;
        Ok(&self.line)
    }
}
