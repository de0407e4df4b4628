//! Every story of the schedules, on a clock that the story drives.

#![expect(clippy::unwrap_used, reason = "every function here is a test or part of one")]

mod beating;
mod freezes;
mod parsing;
mod replicas;
mod running;
mod summer_time;
mod ticking;
mod world;
