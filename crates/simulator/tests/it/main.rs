//! The simulator over real HTTP: one binary, a module a subject.
//!
//! All modules are marked as tests so that the lints know them for what they are.

#[cfg(test)]
mod access;
#[cfg(test)]
mod client;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod onboarding;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod running;
#[cfg(test)]
mod search;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod switches;
#[cfg(test)]
mod users;
