//! Stories over real HTTP: each begins with a company and ends settled.

mod absent;
mod by_hand;
mod emails;
mod joiners;
mod leavers;
mod matching;
mod mirror;
mod movers;
mod scenarios;
