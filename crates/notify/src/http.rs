//! Sends notices to webhooks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, redirect};
use secrecy::SecretString;

use crate::address::Address;
use crate::failure::{self, Failure};
use crate::message::Message;
use crate::signature::{SIGNATURE, TIMESTAMP, sign};

/// More of an answer is not read, and no longer word is told: Slack's is `channel_is_archived`.
const WORD_BYTES: usize = 40;

/// A webhook.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    address: Address,
    form: Form,
}

/// What it takes.
#[derive(Clone)]
pub(crate) enum Form {
    Slack,
    Json,
    SignedJson(SecretString),
}

impl Http {
    pub(crate) fn new(address: Address, form: Form) -> Result<Self, reqwest::Error> {
        // Fails only where one is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            // Nobody is led to by an answer: the address is what was configured.
            .redirect(redirect::Policy::none())
            .https_only(address.is_encrypted());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(reqwest::Error::without_url)?;
        Ok(Self { client, address, form })
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<(), Failure> {
        let request = self.client.post(self.address.expose()).header(CONTENT_TYPE, "application/json");
        let request = match &self.form {
            Form::Slack => request.body(message.slack()),
            Form::Json => request.body(message.json()),
            Form::SignedJson(secret) => {
                let (body, now) = (message.json(), Utc::now().timestamp().to_string());
                let signature = sign(secret, &now, &body);
                request.header(TIMESTAMP, now).header(SIGNATURE, signature).body(body)
            }
        };
        let response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let wait = retry_after(response.headers(), Utc::now());
        Err(Failure::Refused { status: status.as_u16(), said: self.word(response).await, wait })
    }

    /// What was answered, where that is one word of small letters: Slack says so what is wrong. Anything else,
    /// a page above all, might repeat the address.
    async fn word(&self, mut response: Response) -> Option<String> {
        let first = response.chunk().await.ok()??;
        let word = std::str::from_utf8(&first).ok()?.trim();
        let plain = word.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
        let told = plain && (1..=WORD_BYTES).contains(&word.len()) && !self.address.expose().contains(word);
        told.then(|| word.to_owned())
    }
}

fn unanswered(error: reqwest::Error) -> Failure {
    let sent = !(error.is_connect() || error.is_builder());
    let cause = failure::cause(&error.without_url());
    if sent { Failure::NoAnswer(cause) } else { Failure::NotConnected(cause) }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    (until.to_utc() - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_ask_for_seconds_or_until_a_moment() {
        let now = "2026-11-23T02:00:00Z".parse().unwrap();
        let asked =
            |text: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]), now);
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Mon, 23 Nov 2026 02:01:00 GMT"), Some(Duration::from_mins(1)));
        assert_eq!(asked("Mon, 23 Nov 2026 01:00:00 GMT"), None, "it is over");
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
