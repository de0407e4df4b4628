//! What breaks on the way. Whatever it is, the next run ends in the same place.

mod acts;
mod answers;
mod appliers;
mod batches;
mod crashes;
mod database;
mod leases;
mod listing;
mod rate;
mod tenant;
