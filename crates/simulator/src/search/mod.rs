//! `GET /users`: the query language, and the trailing store it is asked of.

mod field;
pub(crate) mod list;
mod parse;
mod query;
pub(crate) mod view;
