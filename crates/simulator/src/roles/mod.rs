//! Roles: the store with its two indexes, and the calls.

pub(crate) mod calls;
pub(crate) mod members;
pub(crate) mod of_user;
mod store;

pub(crate) use store::{Cursor, RoleEntry, Roles};
