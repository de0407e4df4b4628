//! Answers, read no further than they can make sense.

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::wire;

/// The longest answer that is read: a page of a hundred users with 160 KB each, where Auth0 allows a profile
/// 10 KB (FACTS §4). It counts unpacked bytes, so that a small answer cannot become a large one.
const LONGEST: usize = 16 * 1024 * 1024;

/// What [`LONGEST`] is called.
const TOO_LONG: &str = "it is longer than 16 MiB";

/// What a list of one page is that contradicts itself.
pub(crate) const NOT_WHOLE: &str = "it declares more or fewer than it holds";

/// How much is read of an answer that is no success: Auth0's own are a line, others are not shown.
const START: usize = 64 * 1024;

/// What Auth0 may call its request id, the most telling first (FACTS §11).
const REQUEST_IDS: [&str; 3] = ["x-auth0-requestid", "ot-baggage-auth0-request-id", "cf-ray"];

/// How much of a request id is kept. Auth0's have about twenty characters, and a database has to take them.
const REQUEST_ID_CHARS: usize = 100;

/// An answer that says success, the whole of it.
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: Option<String>,
    status: u16,
}

/// Why a body is not what was asked for: where or in which way, never what stands there, which may be
/// somebody's address.
pub(crate) struct Misread(String);

impl Misread {
    pub(crate) fn because(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        Self(wire::place(&error))
    }
}

impl Reply {
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: Vec<u8>) -> Self {
        Self { body, request_id: request_id(headers), status: status.as_u16() }
    }

    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Misread> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The failure that this answer is.
    pub(crate) fn garbled(&self, misread: Misread) -> Failure {
        let place = match self.json::<wire::Done>() {
            _ if self.body.is_empty() => "it is empty".to_owned(),
            _ if wire::is_page(&self.body) => "it is a page of HTML".to_owned(),
            Ok(done) if done.is_error() => "it holds an error".to_owned(),
            Ok(_) | Err(_) => misread.0,
        };
        Failure::Garbled { status: self.status, place }
    }
}

/// The whole body of a success, or what is wrong with it.
pub(crate) async fn whole(mut response: Response) -> Result<Vec<u8>, Failure> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Failure::Garbled { status, place: TOO_LONG.to_owned() }),
            Ok(None) => return Ok(body),
            Err(source) => return Err(Failure::BrokenOff { status, source }),
        }
    }
}

/// The start of the body of what is no success. Its status says enough, so that it need not be whole.
pub(crate) async fn start(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < START {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend_from_slice(&chunk);
    }
    body.truncate(START);
    body
}

/// Where a redirect leads: scheme and host, since the rest may hold a secret of whoever redirects.
pub(crate) fn elsewhere(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
    let to = location.to_str().ok().and_then(|it| response.url().join(it).ok());
    Some(
        to.filter(reqwest::Url::has_host).map_or_else(
            || "an address that cannot be read".to_owned(),
            |it| it.origin().ascii_serialization(),
        ),
    )
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let found = REQUEST_IDS.iter().find_map(|it| headers.get(*it))?;
    found.to_str().ok().map(|it| it.chars().take(REQUEST_ID_CHARS).collect())
}
