//! What may be applied, and what is refused: nothing is written that nobody said yes to.

mod claims;
mod limits;
mod proposals;
mod since;
mod stale;
