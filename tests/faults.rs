//! What breaks on the way. Whatever it is, the next run ends in the same place.

mod answers;
mod appliers;
mod batches;
mod crashes;
mod listing;
mod tenant;
