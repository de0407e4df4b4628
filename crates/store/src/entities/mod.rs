//! Rows of our own tables. They stay inside this crate: everybody else sees the core's types.

pub(crate) mod audit;
pub(crate) mod blocks_due;
pub(crate) mod calls;
pub(crate) mod ignored;
pub(crate) mod leases;
pub(crate) mod links;
pub(crate) mod outcomes;
pub(crate) mod plan_parts;
pub(crate) mod plans;
pub(crate) mod runs;
pub(crate) mod source;
pub(crate) mod tenant;
