//! Who a caller of the HTTP API is, as far as that needs no database.
//!
//! * [`jwt`]: access tokens that an Auth0 tenant signed. [`Verifier::verify`] makes an [`Identity`] of one.
//! * [`signature`]: webhooks that were signed with a secret which both sides know.
//! * [`attempts`]: how often an address may fail before it has to wait.
//!
//! It never decides what a caller may do with a [`Role`], and neither knows the tokens of our own, which are in
//! the database, nor HTTP: headers come in as texts, and errors become statuses elsewhere. Time comes in as an
//! argument or as a function, so that a test can stand on the second on which a token expires.
//!
//! What looks odd:
//!
//! * Tokens are taken apart here, and not by a package for JWT. `ring`, which TLS brings anyway, checks the
//!   signature; what remains are a split, a base64 and the questions that have to be ours in any case: which
//!   algorithm, which key, which claims, at which time. The well-known package would read the machine's own
//!   clock, and brings either a second C library or an RSA with an open advisory.
//! * Nothing in a token is looked at before its signature is checked, but for the header that says by which key.
//! * No error and no log holds a token, a part of one, or a secret.

pub mod attempts;
pub mod jwt;
mod role;
pub mod signature;

pub use attempts::{Attempts, TryAgainIn};
pub use jwt::{Identity, RoleClaim, Verifier};
pub use role::{NoSuchRole, Role};
pub use signature::Webhooks;
