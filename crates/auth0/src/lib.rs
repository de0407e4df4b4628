//! The Auth0 Management API as Rollcall uses it: list users and role members, carry out one request of a
//! plan, keep the tenant's rate.
//!
//! It speaks in the core's types. Auth0's JSON is private to it (module `wire`) and becomes [`diff::User`] by
//! explicit conversion. It decides nothing about anybody, and knows nothing of the database.
//!
//! * [`Client`] is one tenant; clones share one token, one pace, one count of what was asked.
//! * [`Client::users`], [`Client::members_of`] and their like read. A list is whole or an [`Error`], never shorter.
//! * [`Client::carry_out`] sends exactly one [`diff::Request`]. Its [`CallError`] has a variant for each
//!   thing a run does next: go on, look up, try later, stop. Right before each attempt it asks whether it may
//!   still be sent, because waiting for a bucket can take longer than the right to send lasts.
//! * [`export`] reads users from files, for plans without a network.
//!
//! All requests pass one function (`http::Http::send`): token, pace, send, status, and again where that is
//! right. What was surely not done is sent again (a refused connection, a 429, a 401 with a fresh token); what
//! may have been done is sent again only if doing it twice is doing it once. Everything else is the caller's to
//! look up.
//!
//! What looks odd:
//!
//! * A bucket starts with one token, not full. The process before us may have drained the server's, and an
//!   answer tells: one call goes ahead, the burst follows.
//! * After a 429 we wait for the price of one token and not until `x-ratelimit-reset`, which is when the whole
//!   bucket will be full again (FACTS §9).
//! * A 404 counts as "no such user" only in Auth0's own words: a proxy's page is no proof that somebody is gone.
//! * Whoever answers may be a proxy, or lie: bodies are read to a bound, redirects are not followed, a list that
//!   contradicts itself is an error, and so is an answer about somebody who was not asked for.
//! * What was sent about somebody is taken out of messages before anybody sees them, since Auth0 quotes it.
//! * JSON errors are kept as a place, without their text, which quotes what was read.
//! * Users of a listing come without roles; [`attach_roles`] puts them on, from a few pages per role.

mod ask;
mod body;
mod bucket;
mod carry_out;
mod client;
mod config;
mod connections;
mod custom_domains;
mod domain;
mod email_provider;
mod error;
pub mod export;
mod failure;
mod gate;
mod http;
mod limits;
mod listing;
mod marked;
mod meter;
mod pace;
mod password;
mod reply;
mod retry;
mod roles;
mod scrub;
mod skew;
mod token;
mod trouble;
mod usage;
mod users;
mod wire;

pub use carry_out::{Answer, AnswerNote};
pub use client::Client;
pub use config::{Config, ConfigError, SMALLEST_SHARE};
pub use connections::{Connection, ConnectionOptions};
pub use custom_domains::CustomDomain;
pub use domain::{Domain, DomainError};
pub use email_provider::EmailProvider;
pub use error::{Asked, CallError, Error, Refusal};
pub use listing::{ManyUsers, UserList};
pub use roles::{Role, attach_roles};
pub use trouble::{CertificateTrouble, Trouble};
pub use usage::Usage;
