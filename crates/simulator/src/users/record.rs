//! A user as the tenant keeps it: with its JSON, once somebody has seen it.

use std::{ops::Deref, sync::OnceLock};

use crate::state::User;

/// A user that does not change any more: a write makes another one.
///
/// Listings show the same users again and again, and writing one as JSON takes longer than all else about it.
#[derive(Debug)]
pub(crate) struct Record {
    user: User,
    shown: OnceLock<Box<str>>,
}

impl Record {
    pub(crate) const fn new(user: User) -> Self {
        Self { user, shown: OnceLock::new() }
    }

    /// As `GET /users/{id}` shows it.
    pub(crate) fn json(&self) -> &str {
        self.shown.get_or_init(|| {
            let text = serde_json::to_string(&self.user);
            text.expect("a user has string keys and no failing parts").into_boxed_str()
        })
    }
}

impl Deref for Record {
    type Target = User;

    fn deref(&self) -> &User {
        &self.user
    }
}

impl From<&Record> for User {
    fn from(record: &Record) -> Self {
        record.user.clone()
    }
}
