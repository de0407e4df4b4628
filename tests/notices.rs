//! A served instance tells what needs somebody: once when it begins, once when it is over, and by one process.

mod channels;
mod incidents;
mod plans;
mod replicas;
mod restarts;
mod served;
mod sinks;
