//! What may be applied, and what is refused: nothing is written that nobody said yes to.

mod approvers;
mod at_once;
mod claims;
mod leaving_out;
mod limits;
mod proposals;
mod since;
mod source;
mod stale;
mod tokens;
