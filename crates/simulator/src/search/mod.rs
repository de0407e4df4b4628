//! `GET /users`: the query language, and the trailing store it is asked of.

mod field;
mod index;
pub(crate) mod list;
mod narrow;
mod parse;
mod query;
pub(crate) mod view;
