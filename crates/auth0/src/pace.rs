//! Keeps calls at the tenant's speed.
//!
//! A call waits for a token of its group's bucket, then for one of the global bucket, then for a place
//! among the calls under way. Waiting is in order: the one whose turn it is holds the turn until it goes,
//! so that a lane has taken at most one token ahead of its use. No place is held by a call that waits for a token:
//! a drained group would fill them all and hold up the others.
//!
//! What is interactive goes before every run ([`Urgency`]), and has a few places of its own: calls of a run that
//! all hang do not hold it up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diff::{Buckets, Group, RatePlan};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::gate::{Gate, Urgency};
use crate::limits::{governing, recognised};
use crate::meter::Meter;
use crate::retry::{LONGEST_WAIT, doubled};

/// What the Authentication API allows on the smallest plan (FACTS §1): 300 a minute. Mails go through it,
/// and Auth0's mail provider is slower by far, so there is nothing to gain from knowing more.
const AUTHENTICATION: diff::Bucket = diff::Bucket { burst: 10, per_minute: 300 };

/// Interactive calls that may be under way at once. One act makes its calls one after the other.
const INTERACTIVE_PLACES: usize = 16;

/// Calls that wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// A group of the Management API.
    Management(Group),
    /// The Authentication API, which has limits of its own.
    Authentication,
}

/// What an answer says about its bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateHeaders {
    /// `x-ratelimit-limit`: the size.
    pub(crate) limit: Option<u32>,
    /// `x-ratelimit-remaining`: what is left.
    pub(crate) remaining: Option<u32>,
}

/// The pace of all calls of a client.
pub(crate) struct Pace {
    configured: RatePlan,
    share: f64,
    gates: BTreeMap<Lane, Gate>,
    global_gate: Gate,
    state: Mutex<State>,
    places: Arc<Semaphore>,
    interactive_places: Arc<Semaphore>,
    max_in_flight: usize,
}

struct State {
    limits: Buckets,
    /// Sizes that answers declared, and that were not those expected.
    sizes: BTreeMap<Group, u32>,
    /// The last size that answers declared, expected or not.
    declared: BTreeMap<Group, u32>,
    global: Option<Bucket>,
    own: BTreeMap<Lane, Bucket>,
    not_before: BTreeMap<Lane, Instant>,
    /// By the bucket that governs; none is the global one.
    meters: BTreeMap<Option<Lane>, Meter>,
}

/// A call that waits, until it goes or is given up.
struct Waiting<'a> {
    pace: &'a Pace,
    bucket: Option<Lane>,
}

/// A place among the calls under way. Given back with [`Place::answered`], or by being dropped.
pub(crate) struct Place<'a> {
    pace: &'a Pace,
    lane: Lane,
    answered: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Pace {
    pub(crate) fn new(configured: RatePlan, share: f64, max_in_flight: usize) -> Self {
        let lanes = Group::ALL.into_iter().map(Lane::Management).chain([Lane::Authentication]);
        Self {
            configured,
            share,
            gates: lanes.map(|it| (it, Gate::default())).collect(),
            global_gate: Gate::default(),
            state: Mutex::new(State::new(configured.buckets(), share)),
            places: Arc::new(Semaphore::new(max_in_flight)),
            interactive_places: Arc::new(Semaphore::new(INTERACTIVE_PLACES)),
            max_in_flight,
        }
    }

    /// Waits until a call of the lane may be sent.
    pub(crate) async fn ready(&self, lane: Lane, urgency: Urgency) -> Place<'_> {
        let gate = self.gates.get(&lane).expect("every lane has its gate");
        let waiting = Waiting::of(self, lane);
        // Who has a place of its own takes it first, and then nothing but tokens is waited for.
        let mut permit = match urgency {
            Urgency::Run => None,
            Urgency::Interactive => Some(waiting.place(&self.interactive_places).await),
        };
        let turn = gate.enter(urgency).await;
        turn.until(|| waiting.take(|it| it.take_own(lane))).await;
        if matches!(lane, Lane::Management(_)) {
            let global_turn = self.global_gate.enter(urgency).await;
            global_turn.until(|| waiting.take(State::take_global)).await;
        }
        waiting.took(lane);
        if permit.is_none() {
            permit = Some(waiting.place(&self.places).await);
        }
        Place { pace: self, lane, answered: false, _permit: permit.flatten() }
    }

    /// How many calls are under way.
    pub(crate) fn in_flight(&self) -> usize {
        let taken = |all: usize, places: &Semaphore| all.saturating_sub(places.available_permits());
        taken(self.max_in_flight, &self.places) + taken(INTERACTIVE_PLACES, &self.interactive_places)
    }

    /// How long there was work that the limits held up, and how much of that time's rate was used; of all
    /// buckets together.
    pub(crate) fn metered(&self) -> (Duration, Duration) {
        let state = self.state();
        let read = state.meters.values().map(Meter::read);
        read.fold((Duration::ZERO, Duration::ZERO), |sum, it| (sum.0 + it.0, sum.1 + it.1))
    }

    /// The limits that are kept, as far as they are known by now.
    pub(crate) fn limits(&self) -> Buckets {
        self.state().limits
    }

    /// The sizes that answers have declared.
    pub(crate) fn declared_sizes(&self) -> BTreeMap<Group, u32> {
        self.state().declared.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Waiting<'a> {
    fn of(pace: &'a Pace, lane: Lane) -> Self {
        let mut state = pace.state();
        let bucket = state.own.contains_key(&lane).then_some(lane);
        state.meters.entry(bucket).or_default().comes();
        drop(state);
        Self { pace, bucket }
    }

    /// Takes a token, or tells how long until there is one.
    fn take(&self, take: impl FnOnce(&mut State) -> Result<(), Duration>) -> Result<(), Duration> {
        let mut state = self.pace.state();
        let taken = take(&mut state);
        let bucket = match self.bucket {
            Some(lane) => state.own.get(&lane),
            None => state.global.as_ref(),
        };
        // Before the first answer it is that answer which is waited for.
        if taken.is_err() && bucket.is_some_and(Bucket::is_heard) {
            state.meters.entry(self.bucket).or_default().held_up();
        }
        taken
    }

    /// All tokens are taken.
    fn took(&self, lane: Lane) {
        let mut state = self.pace.state();
        let mut interval = Duration::ZERO;
        state.each_bucket(lane, |it, governs| {
            if governs {
                interval = it.interval();
            }
        });
        state.meters.entry(self.bucket).or_default().took(interval);
    }

    /// A place; there always is one to wait for, since the semaphores are never closed.
    async fn place(&self, places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        if let Ok(free) = Arc::clone(places).try_acquire_owned() {
            return Some(free);
        }
        self.pace.state().meters.entry(self.bucket).or_default().held_up();
        Arc::clone(places).acquire_owned().await.ok()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.pace.state().meters.entry(self.bucket).or_default().went();
    }
}

impl Place<'_> {
    /// An answer came; its headers correct our idea of the bucket.
    pub(crate) fn answered(mut self, headers: RateHeaders) {
        self.answered = true;
        let mut state = self.pace.state();
        if let (Lane::Management(group), Some(size)) = (self.lane, headers.limit) {
            state.heard_size(self.pace, group, size, headers.remaining);
        }
        state.each_bucket(self.lane, |it, governs| {
            it.answered(headers.remaining.filter(|_| governs));
        });
    }

    /// The call was refused for want of a token, for the so-manieth time. Its lane, and no other, waits for
    /// what one token costs, or as long as Auth0 asks, which is given back: `x-ratelimit-reset` says when the whole
    /// bucket is full, and waiting for that would waste it (FACTS §9).
    pub(crate) fn refused(mut self, times: u32, retry_after: Option<Duration>) -> Duration {
        self.answered = true;
        let mut state = self.pace.state();
        let mut cost = Duration::ZERO;
        state.each_bucket(self.lane, |it, governs| {
            if governs {
                it.refused();
                cost = it.interval();
            } else {
                it.lost();
            }
        });
        let wait = retry_after.unwrap_or_else(|| cost.saturating_mul(doubled(times))).min(LONGEST_WAIT);
        let until = Instant::now() + wait;
        let not_before = state.not_before.entry(self.lane).or_insert(until);
        *not_before = until.max(*not_before);
        wait
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.pace.state().each_bucket(self.lane, |it, _| it.lost());
        }
    }
}

impl State {
    fn new(limits: Buckets, share: f64) -> Self {
        let own = Group::ALL.into_iter().filter_map(|it| Some((Lane::Management(it), limits.of(it)?)));
        Self {
            limits,
            sizes: BTreeMap::new(),
            declared: BTreeMap::new(),
            global: limits.global.map(|it| Bucket::new(it, share)),
            own: own
                .chain([(Lane::Authentication, AUTHENTICATION)])
                .map(|(lane, it)| (lane, Bucket::new(it, share)))
                .collect(),
            not_before: BTreeMap::new(),
            meters: BTreeMap::new(),
        }
    }

    fn take_own(&mut self, lane: Lane) -> Result<(), Duration> {
        let wait = self.not_before.get(&lane).map_or(Duration::ZERO, |it| it.duration_since(Instant::now()));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.own.get_mut(&lane).map_or(Ok(()), Bucket::take)
    }

    fn take_global(&mut self) -> Result<(), Duration> {
        self.global.as_mut().map_or(Ok(()), Bucket::take)
    }

    /// The buckets that a call of the lane draws from, and which of them its headers speak of.
    fn each_bucket(&mut self, lane: Lane, mut visit: impl FnMut(&mut Bucket, bool)) {
        let own = self.own.get_mut(&lane);
        let global = self.global.as_mut().filter(|_| lane != Lane::Authentication);
        let global_governs = own.is_none();
        if let Some(own) = own {
            visit(own, true);
        }
        if let Some(global) = global {
            visit(global, global_governs);
        }
    }

    /// A size that differs from ours makes new limiters of those buckets that it changes.
    fn heard_size(&mut self, pace: &Pace, group: Group, size: u32, remaining: Option<u32>) {
        self.declared.insert(group, size);
        let ours = governing(&self.limits, group).map(|it| it.burst);
        if ours == Some(size) {
            return;
        }
        self.sizes.insert(group, size);
        self.limits = recognised(pace.configured, &self.sizes);
        tracing::info!(
            group = group.label(),
            size,
            "rate limit differs from the one configured and is adapted"
        );
        let left = remaining.unwrap_or(0);
        let own_lane = Lane::Management(group);
        self.global = renewed(self.global.take(), self.limits.global, pace.share, left, true);
        for it in Group::ALL {
            let lane = Lane::Management(it);
            let bucket =
                renewed(self.own.remove(&lane), self.limits.of(it), pace.share, left, lane == own_lane);
            if let Some(bucket) = bucket {
                self.own.insert(lane, bucket);
            }
        }
    }
}

/// The bucket if it has the limit, else a new one: with what the server told to be left, where it told.
fn renewed(
    bucket: Option<Bucket>,
    limit: Option<diff::Bucket>,
    share: f64,
    left: u32,
    told: bool,
) -> Option<Bucket> {
    let limit = limit?;
    match bucket {
        Some(bucket) if bucket.limit() == limit => Some(bucket),
        Some(_) | None if told => Some(Bucket::told(limit, share, left)),
        Some(_) | None => Some(Bucket::new(limit, share)),
    }
}

#[cfg(test)]
mod crowd_tests;
#[cfg(test)]
mod tests;
