//! Rollcall as a whole: scenarios in memory, stories over HTTP, the command line, one binary.

#[cfg(test)]
mod stories;
#[cfg(test)]
mod world;
