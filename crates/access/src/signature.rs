//! Webhooks that were signed with a secret which both sides know.
//!
//! The sender puts the time into [`TIMESTAMP`], and HMAC-SHA256 of `timestamp + "." + body` into [`SIGNATURE`]:
//!
//! ```text
//! Rollcall-Timestamp: 1800000000
//! Rollcall-Signature: sha256=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd
//! ```
//!
//! [`Webhooks::accept`] takes each request once. It remembers them in this process alone: whoever starts it anew
//! within the window, or runs two, may see one twice, so that what a webhook asks for has to bear that.

mod error;
mod replays;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

pub use error::{Error, SecretsError};
use replays::Replays;

/// The header with the time at which the request was signed, in seconds since 1970.
pub const TIMESTAMP: &str = "Rollcall-Timestamp";
/// The header with the signature: `sha256=`, and 64 digits of base 16.
pub const SIGNATURE: &str = "Rollcall-Signature";

const SCHEME: &str = "sha256=";

/// HMAC-SHA256 of a request.
pub(crate) type Code = [u8; 32];

/// What stands in the two headers, if they are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// In [`TIMESTAMP`].
    pub timestamp: Option<&'a str>,
    /// In [`SIGNATURE`].
    pub signature: Option<&'a str>,
}

/// Accepts the webhooks that were signed with one of its secrets, each once.
pub struct Webhooks {
    secrets: Vec<SecretString>,
    window: TimeDelta,
    replays: Replays,
}

impl Webhooks {
    /// 128 bits in base 16, which is the least that nobody guesses.
    pub const SHORTEST_SECRET: usize = 32;
    /// More than two are not needed to change one for the next.
    pub const MOST_SECRETS: usize = 10;
    /// How far a request's time may be from ours, either way.
    pub const WINDOW: Duration = Duration::from_mins(5);
    /// The longest window: so long each request is remembered, twice.
    pub const LONGEST_WINDOW: Duration = Duration::from_hours(1);

    /// Several secrets are good at once, so that one can be changed for the next without a request lost.
    ///
    /// # Errors
    /// No secret, too many, or one that could be guessed.
    pub fn new(secrets: Vec<SecretString>) -> Result<Self, SecretsError> {
        Self::within(Self::WINDOW, secrets)
    }

    /// The same with a window of one's own, of [`Self::LONGEST_WINDOW`] at most.
    ///
    /// # Errors
    /// No secret, too many, or one that could be guessed.
    pub fn within(window: Duration, secrets: Vec<SecretString>) -> Result<Self, SecretsError> {
        if secrets.is_empty() || secrets.len() > Self::MOST_SECRETS {
            return Err(SecretsError::Number(secrets.len()));
        }
        if secrets.iter().any(|it| it.expose_secret().len() < Self::SHORTEST_SECRET) {
            return Err(SecretsError::TooShort);
        }
        let window = TimeDelta::from_std(window.min(Self::LONGEST_WINDOW)).expect("an hour is not too long");
        Ok(Self { secrets, window, replays: Replays::default() })
    }

    /// Accepts a request, and never again the same.
    ///
    /// # Errors
    /// It is not signed with one of the secrets, not of this time, or was here before.
    pub fn accept(&self, headers: Headers<'_>, body: &[u8], now: DateTime<Utc>) -> Result<(), Error> {
        let Headers { timestamp, signature } = headers;
        let timestamp = timestamp.ok_or(Error::Missing(TIMESTAMP))?;
        let code = code(signature.ok_or(Error::Missing(SIGNATURE))?)?;
        let at = moment(timestamp)?;
        // Before the time: only who knows a secret is told how far our clocks are apart.
        self.verify(timestamp, body, &code)?;
        if at < now - self.window {
            return Err(Error::TooOld { at });
        }
        if at > now + self.window {
            return Err(Error::TooNew { at });
        }
        self.replays.remember(code, at + self.window, now)
    }

    /// Each secret is tried, so that the time it takes does not tell which it was.
    fn verify(&self, timestamp: &str, body: &[u8], code: &Code) -> Result<(), Error> {
        let fits = |secret: &SecretString| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
                .expect("HMAC takes a key of any length");
            mac.update(timestamp.as_bytes());
            mac.update(b".");
            mac.update(body);
            mac.verify_slice(code).is_ok()
        };
        let fitting = self.secrets.iter().filter(|it| fits(it)).count();
        if fitting == 0 { Err(Error::BadSignature) } else { Ok(()) }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.secrets.len();
        f.debug_struct("Webhooks")
            .field("secrets", &secrets)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// Digits alone: a number has no second spelling that was signed as well.
fn moment(text: &str) -> Result<DateTime<Utc>, Error> {
    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits);
    seconds.and_then(|it| DateTime::from_timestamp(it, 0)).ok_or(Error::Malformed(TIMESTAMP))
}

fn code(text: &str) -> Result<Code, Error> {
    text.strip_prefix(SCHEME).and_then(from_hex).ok_or(Error::Malformed(SIGNATURE))
}

fn from_hex(text: &str) -> Option<Code> {
    let digits = text.chars().map(|it| it.to_digit(16).and_then(|it| u8::try_from(it).ok()));
    let digits: Vec<u8> = digits.collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|it| it.iter().fold(0, |byte, it| byte << 4 | it)).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 64)
}

#[cfg(test)]
mod tests;
