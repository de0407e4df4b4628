//! Stories about tokens and keys, addresses that fail, and webhooks.

mod addresses;
mod claims;
mod fetches;
mod forgeries;
mod headers;
mod keys;
mod listings;
mod outages;
mod publisher;
mod roles;
mod secrecy;
mod spellings;
mod tenant;
mod times;
mod tokens;
mod webhooks;
