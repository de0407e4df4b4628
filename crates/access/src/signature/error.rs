//! Why a webhook is refused.

use chrono::{DateTime, Utc};

use crate::signature::Webhooks;

/// Why a webhook is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header holds something else.
    #[error("the header {0} is not written as it should be")]
    Malformed(&'static str),
    /// Changed on its way, or signed with another secret.
    #[error("the signature is wrong")]
    BadSignature,
    /// Signed too long ago.
    #[error("the request was signed on {}, which is too long ago", at.format("%Y-%m-%d at %H:%M:%S UTC"))]
    TooOld {
        /// When, by the sender's clock.
        at: DateTime<Utc>,
    },
    /// Signed in the future.
    #[error("the request was signed on {}, which is in the future", at.format("%Y-%m-%d at %H:%M:%S UTC"))]
    TooNew {
        /// When, by the sender's clock.
        at: DateTime<Utc>,
    },
    /// It was here before.
    #[error("the request was accepted before")]
    Replayed,
    /// More than can be remembered; later there is room again.
    #[error("too many requests were accepted of late")]
    TooMany,
}

/// Why secrets cannot be used. The text holds none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// Anybody could send, or every request would cost too much.
    #[error("there are {0} secrets for webhooks, and must be from 1 to {max}", max = Webhooks::MOST_SECRETS)]
    Number(usize),
    /// It could be guessed.
    #[error("a secret for webhooks is too short; write {min} characters or more", min = Webhooks::SHORTEST_SECRET)]
    TooShort,
}
