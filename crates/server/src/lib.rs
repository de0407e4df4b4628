//! The nightly service: `rollcall serve`.
//!
//! ```text
//! schedules ─┐
//! requests  ─┼─► engine ─► tenant, databases
//! approvals ─┘
//! ```
//!
//! The engine does the work; this says when, for whom, and what is told about it. Whoever asks shows a token
//! (`callers.rs`) and may do what its role allows, which each route says in its signature (`routes/`); what goes wrong
//! is told as a problem whose `type` never changes (`problem.rs`). What a request has begun goes on when its caller
//! hangs up (`work.rs`), and a POST with an `Idempotency-Key` is done once, by whichever process (`keys.rs`).
//!
//! Ticks of schedules are claimed in the database, so that of several replicas each is taken by one
//! (`timetable.rs`); a plan that is approved, wherever, becomes a run (`applying.rs`), and so does one whose process
//! died. Figures are counted where things happen and read when somebody looks (`metering.rs`); what needs somebody is
//! told by one process of all (`telling.rs`).
//!
//! What looks odd: the metrics recorder is the process's and not the service's, because the crate `metrics` has one; and
//! `/readyz` asks for a token, because without one nothing works, and a good one costs no call.

mod app;
mod applying;
mod callers;
mod create;
mod document;
mod faults;
mod guard;
mod keys;
mod lacking;
mod metering;
mod operations;
mod parts;
mod problem;
mod routes;
mod serve;
mod settings;
mod telling;
mod timetable;
mod work;

pub use serve::{ServeError, Service};
pub use settings::Settings;
pub use timetable::Planned;
