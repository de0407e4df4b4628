//! One failed attempt, and what follows from it. Nothing here knows what was asked for.

use crate::error::{Asked, CallError, Error, Refusal};

/// What an attempt ended with instead of an answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No connection came about, so that nothing was sent.
    NotSent(reqwest::Error),
    /// It may have been sent, and no answer came.
    NoAnswer(reqwest::Error),
    /// Success, and the rest of the answer did not come.
    BrokenOff { status: u16, source: reqwest::Error },
    /// Success, with a body that cannot be read.
    Garbled {
        status: u16,
        /// Where, never what.
        place: String,
    },
    /// Somebody between us and Auth0, or at a domain that is not Auth0's, sends us elsewhere. It was not done.
    Redirected {
        status: u16,
        /// Scheme and host.
        to: String,
    },
    /// An answer that is no success.
    Refused(Refusal),
    /// There is no token to ask with.
    NoToken(Error),
}

/// Whether a call may be sent again when it may have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is once.
    Safe,
    /// Only if it was surely not done.
    OnlyIfNotDone,
}

/// What a failure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cure {
    /// The same again, later.
    Wait,
    /// The same again, when the bucket has a token. It was not done.
    Slower,
    /// The same again, with a fresh token. It was not done.
    FreshToken,
    /// None.
    None,
}

impl Failure {
    /// What Auth0 said, where it said something.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::NotSent(_)
            | Self::NoAnswer(_)
            | Self::BrokenOff { .. }
            | Self::Garbled { .. }
            | Self::Redirected { .. }
            | Self::NoToken(_) => None,
        }
    }

    /// Whether the request was not worked on, for a reason that is not the request's own, nor the rate limit's.
    pub(crate) fn is_trouble(&self) -> bool {
        match self {
            Self::NotSent(_)
            | Self::NoAnswer(_)
            | Self::BrokenOff { .. }
            | Self::Garbled { .. }
            | Self::Redirected { .. } => true,
            Self::Refused(refusal) => matches!(refusal.status, 401 | 500..) || lacks_scope(refusal),
            // Nothing was sent; asking for the token was, and counts by itself.
            Self::NoToken(_) => false,
        }
    }

    pub(crate) fn cure(&self, repeat: Repeat) -> Cure {
        match self {
            Self::NotSent(_) => Cure::Wait,
            Self::Refused(refusal) if refusal.status == 429 => Cure::Slower,
            Self::Refused(refusal) if refusal.status == 401 => Cure::FreshToken,
            Self::NoAnswer(_) | Self::BrokenOff { .. } | Self::Garbled { .. } => Self::if_safe(repeat),
            Self::Refused(refusal) if refusal.status >= 500 => Self::if_safe(repeat),
            Self::Refused(_) | Self::Redirected { .. } | Self::NoToken(_) => Cure::None,
        }
    }

    fn if_safe(repeat: Repeat) -> Cure {
        match repeat {
            Repeat::Safe => Cure::Wait,
            Repeat::OnlyIfNotDone => Cure::None,
        }
    }

    /// A failure that cannot be about one user.
    pub(crate) fn into_error(self, asked: Asked, domain: &str, attempts: u32) -> Error {
        match self {
            Self::NotSent(source) | Self::NoAnswer(source) => Error::Unreachable {
                asked,
                domain: domain.to_owned(),
                attempts,
                source: source.without_url(),
            },
            Self::BrokenOff { status, source } => Error::BrokenOff {
                asked,
                status,
                domain: domain.to_owned(),
                attempts,
                source: source.without_url(),
            },
            Self::Garbled { status, place } => Error::Unreadable { asked, status, place },
            Self::Redirected { status, to } => {
                Error::Redirected { asked, status, to, domain: domain.to_owned() }
            }
            Self::NoToken(error) => error,
            Self::Refused(refusal) => match refusal.status {
                401 => Error::Unauthorised { asked, refusal },
                403 if lacks_scope(&refusal) => {
                    Error::MissingScope { asked, scopes: scopes(&refusal.message) }
                }
                429 | 500.. => Error::Exhausted { asked, refusal, attempts },
                _ => Error::Refused { asked, refusal },
            },
        }
    }

    /// A failure of a call that a run makes.
    pub(crate) fn into_call_error(
        self,
        asked: Asked,
        domain: &str,
        attempts: u32,
        repeat: Repeat,
    ) -> CallError {
        let maybe_done = match &self {
            Self::NoAnswer(_) | Self::BrokenOff { .. } | Self::Garbled { .. } => true,
            Self::Refused(refusal) => refusal.status >= 500,
            Self::NotSent(_) | Self::Redirected { .. } | Self::NoToken(_) => false,
        };
        if maybe_done && repeat == Repeat::OnlyIfNotDone {
            return CallError::Unknown(self.into_error(asked, domain, attempts));
        }
        if let Self::NoToken(error) = self {
            return CallError::Tenant(error);
        }
        match self.into_error(asked, domain, attempts) {
            Error::Refused { asked, refusal } if is_no_user(&refusal) => {
                CallError::NoSuchUser { asked, refusal }
            }
            Error::Refused { asked, refusal } => CallError::Refused { asked, refusal },
            error @ (Error::Exhausted { .. } | Error::Unreadable { .. }) => CallError::Transient(error),
            error @ (Error::TokenRefused { .. }
            | Error::Unauthorised { .. }
            | Error::MissingScope { .. }
            | Error::Unreachable { .. }
            | Error::BrokenOff { .. }
            | Error::Redirected { .. }
            | Error::ListingUnstable { .. }
            | Error::TooManyUsers { .. }
            | Error::Export { .. }
            | Error::Endless { .. }) => CallError::Tenant(error),
        }
    }
}

/// Whether Auth0 itself says that there is no such user. A proxy's 404 says nothing about users.
pub(crate) fn is_no_user(refusal: &Refusal) -> bool {
    refusal.status == 404
        && (refusal.code.as_deref() == Some("inexistent_user")
            || refusal.message.starts_with("The user does not exist")
            || refusal.message.starts_with("One or more of the users do not exist"))
}

/// Whether Auth0 says that there is no such role; it sends no code with it (FACTS §5).
pub(crate) fn is_no_role(refusal: &Refusal) -> bool {
    refusal.status == 404
        && (refusal.message.starts_with("The role does not exist")
            || refusal.message.starts_with("Role not found"))
}

pub(crate) fn lacks_scope(refusal: &Refusal) -> bool {
    refusal.code.as_deref() == Some("insufficient_scope") || refusal.message.starts_with("Insufficient scope")
}

/// `Insufficient scope, expected any of: read:users,read:x` → `read:users,read:x`.
fn scopes(message: &str) -> String {
    message.split_once("any of:").map_or(message, |(_, it)| it).trim().to_owned()
}
