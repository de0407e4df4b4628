//! The real binary, end to end: every command's stdout, stderr and exit code.
//!
//! A test is a transcript, as somebody at a terminal would see it; what is another at every run (ports, folders,
//! times, the person's name) is put in brackets.

mod approvers;
mod demo;
pub(crate) mod desk;
mod doctor;
mod employees;
mod exits;
mod files;
mod interrupted;
mod review;
mod setup;

pub(crate) use desk::{Desk, people, rollcall, until};
