//! Rows of our own tables. They stay inside this crate: everybody else sees the core's types.

pub(crate) mod absent;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod audit_heads;
pub(crate) mod baselines;
pub(crate) mod blocks_due;
pub(crate) mod calls;
pub(crate) mod claims;
pub(crate) mod ignored;
pub(crate) mod keys;
pub(crate) mod lacks;
pub(crate) mod leases;
pub(crate) mod links;
pub(crate) mod looks;
pub(crate) mod notices;
pub(crate) mod outcomes;
pub(crate) mod plan_parts;
pub(crate) mod plans;
pub(crate) mod quarantine;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod seen;
pub(crate) mod source;
pub(crate) mod tenant;
pub(crate) mod ticks;
pub(crate) mod tokens;
