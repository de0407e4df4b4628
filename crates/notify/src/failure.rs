//! Why an attempt to send did not succeed, and what is done then.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

/// Why a notice was not sent. It names no address, no secret and nothing that the other side said freely.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody took the connection, or not an encrypted one.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// The connection broke.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// It took too long.
    #[error("no answer within {} ms", .0.as_millis())]
    TooSlow(Duration),
    /// Answered otherwise than with success.
    #[error("answered {status}{}", said.as_ref().map(|it| format!(", {it}")).unwrap_or_default())]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// A word, where the answer was one.
        said: Option<String>,
        /// How long the server wants to be left alone.
        wait: Option<Duration>,
    },
    /// A mail server said no.
    #[error("the mail server answered {code} ({meaning})", meaning = meaning(*.code))]
    Mail {
        /// Three digits; from 500 on it is for good.
        code: u16,
    },
    /// It can never be sent like this.
    #[error("{0}")]
    Impossible(String),
}

impl Failure {
    /// Whether the same may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::NotConnected(_) | Self::NoAnswer(_) | Self::TooSlow(_) => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::Mail { code } => *code < 500,
            Self::Impossible(_) => false,
        }
    }

    /// Whether it may have arrived all the same.
    pub(crate) fn may_have_arrived(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::TooSlow(_) => true,
            Self::NotConnected(_) | Self::Refused { .. } | Self::Mail { .. } | Self::Impossible(_) => false,
        }
    }

    /// How long the server asked to wait.
    pub(crate) fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { wait, .. } => *wait,
            Self::NotConnected(_)
            | Self::NoAnswer(_)
            | Self::TooSlow(_)
            | Self::Mail { .. }
            | Self::Impossible(_) => None,
        }
    }
}

/// What is at the bottom of an error, in few words: what lies above it repeats where it was going.
pub(crate) fn cause(error: &(dyn StdError + 'static)) -> String {
    let mut at = error;
    while let Some(next) = at.source() {
        at = next;
    }
    match at.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "nobody listens there".into(),
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            "the connection was closed".into()
        }
        Some(_) | None => at.to_string(),
    }
}

/// What the codes say that people meet.
fn meaning(code: u16) -> &'static str {
    match code {
        421 => "it is not available now",
        450 | 550 => "the mailbox is not available",
        451 | 452 => "it cannot take the mail now",
        530 => "it wants a user and a password",
        535 => "it refuses the user or the password",
        552 => "the mailbox is full",
        553 => "the address is not allowed",
        400..500 => "not now",
        500.. => "no",
        0..400 => "something unexpected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again() {
        let refused = |status| Failure::Refused { status, said: None, wait: None };
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(refused(status).may_pass(), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 410, 413] {
            assert!(!refused(status).may_pass(), "{status}");
        }
        assert!(Failure::Mail { code: 451 }.may_pass());
        assert!(!Failure::Mail { code: 550 }.may_pass());
        assert!(Failure::NotConnected(String::new()).may_pass());
        assert!(!Failure::Impossible(String::new()).may_pass());
    }

    #[test]
    fn only_what_was_not_answered_may_have_arrived() {
        assert!(Failure::TooSlow(Duration::ZERO).may_have_arrived());
        assert!(Failure::NoAnswer(String::new()).may_have_arrived());
        assert!(!Failure::NotConnected(String::new()).may_have_arrived());
        assert!(!Failure::Mail { code: 451 }.may_have_arrived());
    }
}
