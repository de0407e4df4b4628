//! Why a token shows nothing. None of the texts holds a part of a token, but for the name of whom it is about.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Why a token shows nothing, one variant for each thing that a caller is told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a token, or one that lacks what every access token has. The text says what.
    #[error("the token is not usable: {0}")]
    Malformed(&'static str),
    /// Signed in a way that is not accepted, or not with this key.
    #[error("the token is signed with an algorithm that is not allowed for its key")]
    AlgorithmNotAllowed,
    /// The tenant publishes no such key.
    #[error("the token is signed with a key that the tenant does not publish")]
    UnknownKey,
    /// Changed on its way, or signed by somebody else.
    #[error("the signature of the token is wrong")]
    BadSignature,
    /// From another tenant, or from another domain of this one.
    #[error("the token was issued by another tenant")]
    WrongIssuer,
    /// For another API.
    #[error("the token is for another audience")]
    WrongAudience,
    /// Its time is over.
    #[error("the token has expired on {}", at.format("%Y-%m-%d at %H:%M:%S UTC"))]
    Expired {
        /// When.
        at: DateTime<Utc>,
    },
    /// Its time has not come: one of the two clocks may be wrong.
    #[error("the token is not valid before {}", at.format("%Y-%m-%d at %H:%M:%S UTC"))]
    NotYetValid {
        /// When its time comes.
        at: DateTime<Utc>,
    },
    /// Somebody whom the tenant knows, to whom nobody gave a role of ours.
    #[error("{name} has no role here")]
    NoRole {
        /// Who.
        name: String,
    },
    /// Nothing is wrong with the token, as far as can be told: the keys are missing. The only error that is ours.
    #[error("the signing keys of the tenant are not available")]
    KeysUnavailable(#[source] Arc<FetchError>),
}

impl Error {
    /// Whether asking again later may help, with the same token.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::KeysUnavailable(_) => true,
            Self::Malformed(_)
            | Self::AlgorithmNotAllowed
            | Self::UnknownKey
            | Self::BadSignature
            | Self::WrongIssuer
            | Self::WrongAudience
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::NoRole { .. } => false,
        }
    }
}

/// Why the keys of a tenant could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No answer, or not the whole of it.
    #[error("the tenant did not answer")]
    Unanswered(#[source] reqwest::Error),
    /// An answer that is no success.
    #[error("the tenant answered with status {0}")]
    Status(u16),
    /// More than a list of keys ever is.
    #[error("the answer is longer than {max} bytes", max = crate::jwt::fetch::LONGEST)]
    TooLong,
    /// Not a list of keys.
    #[error("the answer is no list of keys (line {line}, column {column})")]
    Garbled {
        /// Where it stops making sense.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// A list of keys none of which can be used.
    #[error("the answer lists {listed} keys, and none that signs tokens")]
    NoKeys {
        /// How many there are.
        listed: usize,
    },
    /// We are stopping.
    #[error("the request was given up")]
    GivenUp,
}
