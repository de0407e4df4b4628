//! The algorithms that a token may be signed with.

use crate::jwt::error::Error;

/// All that Auth0 signs access tokens with by a key pair. There is no variant for `none`, and none for a shared
/// secret (`HS256` and its like): whoever knows a public key would know the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    /// Reads the name that tokens and keys have for it.
    pub(crate) fn read(name: &str) -> Result<Self, Error> {
        match name {
            "RS256" => Ok(Self::Rs256),
            "PS256" => Ok(Self::Ps256),
            "ES256" => Ok(Self::Es256),
            _ => Err(Error::AlgorithmNotAllowed),
        }
    }
}
