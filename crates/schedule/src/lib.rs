//! Rollcall's schedules: when each is due, what may be done then, and which process does it.
//!
//! The crate knows no employee, no tenant and no database. It never decides what a tick does: the caller's
//! [`Work`] does that, and keeps the table of ticks in which one of all replicas finds its claim.
//!
//! What to know about each part:
//!
//! * A [`Schedule`] is data: a [`Name`], a [`Cron`], a zone, [`Freeze`]s. [`Schedule::next_after`],
//!   [`Schedule::due`] and [`Schedule::missed`] are pure, and say what summer time makes of a cron.
//! * A freeze stops giving and never taking away: [`Schedule::allowed`] says [`Allowed::OnlyTakingAway`], and the
//!   caller applies blocks and revocations alone. Ticks go on, since people leave on holidays too.
//! * A [`Runner`] asks at each beat which ticks are due, and takes them in turn: one piece of work at a time in
//!   a process. [`Runner::poll`] is all there is to a beat, so that tests drive it by a clock of their own.
//!
//! How a tick is neither lost nor done twice:
//!
//! * Due is the *newest* tick after the last one that was dealt with. Whether its moment is now, or a beat
//!   was late, or the process was down is the same question, so catching up (once) is no case of its own.
//! * A tick counts as dealt with when the table has said whose it is, or has recorded it as skipped. Until
//!   then each beat asks again; it ends when a newer tick takes its place.
//! * A list that is read again keeps the place in time of each name, as a start of the process does.
//!
//! What looks odd: tokio-cron-scheduler, made for crons, only gives the beat here, once a second; the file
//! `beat.rs` says why.

mod beat;
mod book;
mod cron;
mod freeze;
mod name;
mod runner;
mod schedule;
mod turn;
mod work;
mod zone;

pub use beat::BeatError;
pub use book::{NamedTwice, Standing};
pub use cron::{Cron, CronError};
pub use freeze::{Allowed, Freeze, FreezeError};
pub use name::{Name, NameError};
pub use runner::{RunNowError, Runner, StillGoing, Unknown};
pub use schedule::{Extent, Handling, Schedule};
pub use work::{Going, Skip, Work};
