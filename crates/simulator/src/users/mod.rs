//! Users: the store, what Auth0 fills in, and the calls.

pub(crate) mod create;
pub(crate) mod defaults;
pub(crate) mod metadata;
pub(crate) mod password;
pub(crate) mod patch;
pub(crate) mod patch_rules;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod schema;
pub(crate) mod store;
