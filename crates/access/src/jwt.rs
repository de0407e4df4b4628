//! Access tokens of an Auth0 tenant: JSON Web Tokens, signed with a key that the tenant publishes.

mod algorithm;
mod claims;
mod config;
mod error;
mod fetch;
mod identity;
mod jws;
mod key;
mod keyring;
mod verifier;

pub use config::{Config, ConfigError, KeyTimes, RoleClaim};
pub use error::{Error, FetchError};
pub use identity::{Identity, Kind};
pub use verifier::Verifier;
