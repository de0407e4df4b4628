//! Every story of the store, on each database that there is.
//!
//! SQLite is always there. PostgreSQL and MySQL/MariaDB take part where `ROLLCALL_TEST_POSTGRES_URL` and
//! `ROLLCALL_TEST_MYSQL_URL` name a server and a database to connect to first; every story makes a
//! database of its own there and drops it.

#![expect(clippy::unwrap_used, reason = "every function here is a test or part of one")]

mod acts;
mod approvals;
mod audit;
mod claims;
mod foreign;
mod imports;
mod journal;
mod keys;
mod links;
mod looking;
mod migrations;
mod notices;
mod opening;
mod plans;
mod quarantine;
mod readings;
mod rows;
mod ticks;
mod tokens;
mod world;
mod write_back;
