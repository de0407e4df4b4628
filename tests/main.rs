//! Rollcall as a whole: scenarios in memory, stories over HTTP, the command line, one binary.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod world;
