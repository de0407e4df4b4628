//! Rollcall as a whole: scenarios in memory, stories over HTTP, the command line, one binary.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod podfactory;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod quick;
#[cfg(test)]
mod review;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod service;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod world;
