//! How often an address may fail before it has to wait.
//!
//! Each address has a bucket of failures. A failure takes one, and they come back one by one; whoever has none left
//! is told to wait before anything that was sent is looked at. Only failures cost anything.
//!
//! This slows down whoever guesses, and spares the log and the database. It is not what makes a token safe: that is
//! the length of what there is to guess. So it may err to the caller's side: calls that are under way at the same
//! moment are all let in, and an address that was forgotten starts anew.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The longest that an address has to wait, whatever was configured: many people can share one.
const LONGEST: Duration = Duration::from_hours(24);

/// Failed attempts by address.
#[derive(Debug)]
pub struct Attempts {
    /// In which time a whole bucket of failures comes back.
    per: TimeDelta,
    /// In which time one does.
    one: TimeDelta,
    most: usize,
    failed: Mutex<Failed>,
}

/// Too many attempts failed; how long it is until the next may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts have failed from this address; try again in {} s", self.seconds())]
pub struct TryAgainIn(pub Duration);

/// When each address will have all its failures back. Those that have them are not kept.
///
/// That one moment is the whole bucket: as much of it as lies ahead was taken.
#[derive(Debug, Default)]
struct Failed {
    whole_at: BTreeMap<Network, DateTime<Utc>>,
    by_time: BTreeSet<(DateTime<Utc>, Network)>,
}

/// What counts as one address. Whoever has one of IPv6 has the /64 around it, and could use another each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Network(IpAddr);

impl Attempts {
    /// How many addresses are remembered. Some megabytes, and more than fail at a time where nobody attacks.
    pub const MOST_ADDRESSES: usize = 10_000;

    /// Each address may fail `limit` times at once, and gets as many failures back in the time `per`, one by one.
    /// That time is a second at least and a day at most.
    pub fn new(limit: NonZeroU32, per: Duration) -> Self {
        Self::remembering(Self::MOST_ADDRESSES, limit, per)
    }

    fn remembering(most: usize, limit: NonZeroU32, per: Duration) -> Self {
        let delta = |it| TimeDelta::from_std(it).expect("a day is not too long");
        let per = per.clamp(Duration::from_secs(1), LONGEST);
        Self { per: delta(per), one: delta(per / limit.get()), most, failed: Mutex::default() }
    }

    /// Whether the address may make an attempt now. Asking costs nothing.
    ///
    /// # Errors
    /// It has no failure left.
    pub fn check(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), TryAgainIn> {
        let taken = self.taken(&self.lock(), Network::of(address), now);
        // One more has to fit.
        match (taken + self.one - self.per).to_std() {
            Ok(wait) if !wait.is_zero() => Err(TryAgainIn(wait)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Notes a failure.
    pub fn failed(&self, address: IpAddr, now: DateTime<Utc>) {
        let network = Network::of(address);
        let mut failed = self.lock();
        let taken = (self.taken(&failed, network, now) + self.one).min(self.per);
        failed.set(network, now, taken);
        failed.forget_beyond(self.most);
    }

    /// Notes a success, which gives one failure back: of people behind one address, those who are let in make up
    /// for one who is not. Whoever has a token and gives failures back with it is known by name.
    pub fn succeeded(&self, address: IpAddr, now: DateTime<Utc>) {
        let network = Network::of(address);
        let mut failed = self.lock();
        let taken = (self.taken(&failed, network, now) - self.one).max(TimeDelta::zero());
        failed.set(network, now, taken);
    }

    /// How much of the bucket is taken, as the time that it takes to come back. Never more than the whole, also
    /// where the clock was set back.
    fn taken(&self, failed: &Failed, network: Network, now: DateTime<Utc>) -> TimeDelta {
        let whole_at = failed.whole_at.get(&network);
        whole_at.map_or(TimeDelta::zero(), |it| (*it - now).clamp(TimeDelta::zero(), self.per))
    }

    fn lock(&self) -> MutexGuard<'_, Failed> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failed {
    /// Sets one bucket, and forgets those that are whole again.
    fn set(&mut self, network: Network, now: DateTime<Utc>, taken: TimeDelta) {
        if let Some(before) = self.whole_at.remove(&network) {
            self.by_time.remove(&(before, network));
        }
        if !taken.is_zero() {
            self.whole_at.insert(network, now + taken);
            self.by_time.insert((now + taken, network));
        }
        while self.by_time.first().is_some_and(|(at, _)| *at <= now) {
            self.forget_first();
        }
    }

    /// Forgets those that have the least to wait for, until there are no more than `most`. Who is forgotten may
    /// fail anew, and nobody is kept out by it. Somebody who wants to be forgotten has to fail from so many other
    /// addresses that the limit of one did not hold them anyway.
    fn forget_beyond(&mut self, most: usize) {
        while self.by_time.len() > most {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, network)) = self.by_time.pop_first() {
            self.whole_at.remove(&network);
        }
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        // An IPv4 address can come written as one of IPv6.
        match address.to_canonical() {
            IpAddr::V4(it) => Self(it.into()),
            IpAddr::V6(it) => Self(Ipv6Addr::from_bits(it.to_bits() >> 64 << 64).into()),
        }
    }
}

impl TryAgainIn {
    /// In whole seconds, rounded up, as the header `Retry-After` has it.
    pub fn seconds(self) -> u64 {
        self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0)
    }
}

#[cfg(test)]
mod tests;
