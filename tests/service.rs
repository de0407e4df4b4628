//! The service over HTTP: who may what, what is answered, and what it does by itself.
//!
//! A served instance is the service in this process, with the simulator behind it and a database of its own.
//! Every answer in these stories is held against the service's own OpenAPI document (`served/contract.rs`).

mod approving;
mod callers;
mod creating;
mod figures;
mod following;
mod keys;
mod listing;
mod process;
mod replicas;
mod schedules;
mod served;
mod tls;
mod tokens;
mod webhooks;
