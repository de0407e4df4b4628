//! Runs that are taken back: what returns, what stays, and who is told.

mod broken;
mod links;
mod refused;
mod stories;
mod typed;
