//! The client against the simulator, and against a server that lies, over real HTTP.

#[cfg(test)]
mod asking;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod carrying_out;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod liar;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod many_lies;
#[cfg(test)]
mod many_users;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod nonsense;
#[cfg(test)]
mod pacing;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod waits;
#[cfg(test)]
mod withheld;
#[cfg(test)]
mod world;
