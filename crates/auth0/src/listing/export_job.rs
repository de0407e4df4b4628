//! More than a thousand users, by the export job: Auth0's own way (FACTS §2).
//!
//! The job is made, looked at until it is done, and its file read from a link that is good for a minute. The file
//! is gzip with a user a line; it is read as it comes and never held.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::time::Duration;

use diff::{Group, User, UserId};
use reqwest::{Method, StatusCode, Url, redirect};
use serde_json::json;
use tokio::sync::mpsc;

use super::by_id;
use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::export::{ExportError, read_users};
use crate::failure::Repeat;
use crate::reply::Reply;
use crate::wire;

/// What is compared, and no more: what is not named is not in the file (FACTS §2).
const FIELDS: [&str; 11] = [
    "user_id",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "user_metadata",
    "app_metadata",
    "blocked",
    "identities",
    "created_at",
];

/// Before the second look at the job; each further one waits twice as long, up to [`LONGEST_WAIT`]. An export of
/// ten thousand users is ready in a second or two, so that the wait is never much longer than the export.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// An export of a million users takes minutes; one that takes longer than this is stuck.
const LONGEST_JOB: Duration = Duration::from_hours(1);
/// How often a lapsed or broken link is replaced by a fresh one.
const LINKS: u32 = 3;
/// Pieces of the file between the network and the reader: the network waits for the reader.
const PIECES: usize = 16;

/// How reading from a link ended.
enum Fetched {
    Users(Vec<User>),
    /// The link has lapsed, or the connection broke: a fresh link is worth a try.
    Again(String),
}

impl Client {
    /// Everybody of the connection; none where the tenant refuses the job, or cannot finish it.
    pub(super) async fn read_export(&self) -> Result<Option<BTreeMap<UserId, User>>, Error> {
        let Some(connection) = self.connection().await? else { return Ok(Some(BTreeMap::new())) };
        let Some(job) = self.start_export(&connection.id).await? else { return Ok(None) };
        let mut trouble = String::new();
        for _ in 0..LINKS {
            let Some(link) = self.finished(&job).await? else { return Ok(None) };
            match self.fetch(&link).await? {
                Fetched::Users(users) => {
                    let own = users.into_iter().filter(|it| it.is_in(self.connection_name()));
                    return Ok(Some(by_id(own)));
                }
                Fetched::Again(what) => trouble = what,
            }
        }
        Err(Error::Export { trouble })
    }

    /// Twice is once more work for the tenant and no harm.
    async fn start_export(&self, connection: &str) -> Result<Option<String>, Error> {
        let fields: Vec<_> = FIELDS.iter().map(|it| json!({ "name": it })).collect();
        let body = json!({ "connection_id": connection, "format": "json", "fields": fields });
        let ask = Ask::management(Method::POST, Group::Other, &["jobs", "users-exports"])
            .body(body)
            .repeat(Repeat::Safe);
        match self.http().send(&ask, Reply::json::<wire::Job>).await {
            Ok(job) => Ok(Some(job.id)),
            Err(it) => match it.failure.refusal() {
                Some(refusal) if is_refused(refusal.status) => {
                    tracing::warn!(%refusal, "the tenant refuses an export; users are read by windows of created_at");
                    Ok(None)
                }
                Some(_) | None => Err(self.http().error(&ask, it)),
            },
        }
    }

    /// Looks until the job is done, and gives a fresh link to its file; none where the job has failed.
    async fn finished(&self, job: &str) -> Result<Option<Url>, Error> {
        let ask = Ask::get(Group::Other, &["jobs", job]);
        let (mut wait, mut waited) = (FIRST_WAIT, Duration::ZERO);
        loop {
            let job: wire::Job = self.http().read(&ask).await?;
            match (job.status.as_str(), job.location) {
                ("completed", Some(link)) => return self.checked(&link).map(Some),
                ("failed", _) => {
                    tracing::warn!("the export failed; users are read by windows of created_at");
                    return Ok(None);
                }
                _ if waited >= LONGEST_JOB => {
                    let trouble = format!("the job is not done after {} minutes", waited.as_secs() / 60);
                    return Err(Error::Export { trouble });
                }
                _ => {}
            }
            tokio::time::sleep(wait).await;
            waited += wait;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// A link is followed only over TLS, or within this machine, as the domain itself is.
    fn checked(&self, link: &str) -> Result<Url, Error> {
        let broken = || Error::Export { trouble: "the job's link is no address".to_owned() };
        let url = Url::parse(link).map_err(|_| broken())?;
        let is_ours = self.domain().is_loopback() && url.host_str().is_some_and(is_loopback);
        if url.scheme() == "https" || is_ours {
            return Ok(url);
        }
        Err(Error::Export { trouble: "the job's link is not encrypted".to_owned() })
    }

    /// Reads the file as it comes. The link itself is the proof: no token goes along.
    async fn fetch(&self, link: &Url) -> Result<Fetched, Error> {
        let timeout = self.http().config.request_timeout;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(timeout)
            .read_timeout(timeout)
            .timeout(self.http().config.download_timeout)
            // The file is gzip whatever the headers say, and unpacked by its reader.
            .no_gzip()
            .redirect(redirect::Policy::none());
        if self.domain().is_loopback() {
            builder = builder.no_proxy();
        }
        let client =
            builder.build().map_err(|_| Error::Export { trouble: "no client can be made".to_owned() })?;
        let response = match client.get(link.clone()).send().await {
            Ok(response) => response,
            Err(error) => return Ok(Fetched::Again(error.without_url().to_string())),
        };
        if response.status() != StatusCode::OK {
            return Ok(Fetched::Again(format!(
                "the link to the file answers {}",
                response.status().as_u16()
            )));
        }
        read_body(response).await
    }
}

/// The network on one side and the reader, which is not async, on the other.
async fn read_body(mut response: reqwest::Response) -> Result<Fetched, Error> {
    let (pieces, rest) = mpsc::channel(PIECES);
    let reader = tokio::task::spawn_blocking(move || read_users(Pieces { rest, piece: Vec::new(), at: 0 }));
    let broken = loop {
        match response.chunk().await {
            // A reader that is gone has found something wrong, and tells it below.
            Ok(Some(piece)) if pieces.send(piece.to_vec()).await.is_ok() => {}
            Ok(Some(_) | None) => break None,
            Err(error) => break Some(error.without_url().to_string()),
        }
    };
    drop(pieces);
    let read = reader.await.map_err(|it| Error::Export { trouble: it.to_string() })?;
    match (broken, read) {
        (Some(what), _) => Ok(Fetched::Again(what)),
        (None, Ok(export)) => Ok(Fetched::Users(export.users)),
        (None, Err(ExportError::Io(error))) => Ok(Fetched::Again(error.to_string())),
        (None, Err(error)) => Err(Error::Export { trouble: error.to_string() }),
    }
}

/// Pieces of a file as a reader.
struct Pieces {
    rest: mpsc::Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.rest.blocking_recv() {
                Some(piece) => (self.piece, self.at) = (piece, 0),
                None => return Ok(0),
            }
        }
        let taken = (self.piece.len() - self.at).min(buffer.len());
        buffer[..taken].copy_from_slice(&self.piece[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}

/// Not granted, not part of the plan, not known, or too many at once: there is another way.
fn is_refused(status: u16) -> bool {
    matches!(status, 400 | 403 | 404 | 409 | 422 | 429)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}
