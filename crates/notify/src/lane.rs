//! One channel: what its readers believe, and what waits to be told to them.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use crate::board::End;
use crate::notice::{Key, State};
use crate::stats::ChannelStats;

pub(crate) struct Lane {
    pub(crate) name: String,
    /// The oldest first.
    queue: VecDeque<(Key, Instant)>,
    room: usize,
    under_way: Option<Key>,
    /// What its readers were told stands, surely or perhaps; what is not in it they know nothing of.
    told: BTreeMap<Key, Told>,
    stats: ChannelStats,
}

/// Whether the channel's readers were told that a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    No,
    /// It was sent, and no answer came; or some of several recipients have it.
    Perhaps,
    Yes,
}

impl Lane {
    pub(crate) fn new(name: String, room: usize) -> Self {
        let (queue, told) = (VecDeque::new(), BTreeMap::new());
        Self { name, queue, room: room.max(1), under_way: None, told, stats: ChannelStats::default() }
    }

    /// Whether something is to be told: where what is so is not what is believed. Doubt is no belief.
    pub(crate) fn is_due(&self, key: &Key, state: State) -> bool {
        match (state, self.told(key)) {
            (State::Raised, Told::Yes) | (State::Over, Told::No) => false,
            (State::Raised, Told::No | Told::Perhaps) | (State::Over, Told::Yes | Told::Perhaps) => true,
        }
    }

    /// Queues what is due, and takes back what is not. Tells what had to make room for it.
    pub(crate) fn compare(&mut self, key: &Key, state: State, now: Instant) -> Option<Key> {
        // What is under way is compared again when it comes back.
        if self.under_way.as_ref() == Some(key) {
            return None;
        }
        let queued = self.queue.iter().position(|(it, _)| it == key);
        match (self.is_due(key, state), queued) {
            (true, Some(_)) | (false, None) => None,
            (false, Some(at)) => {
                self.queue.remove(at);
                None
            }
            (true, None) => {
                let dropped = if self.queue.len() < self.room { None } else { self.drop_oldest() };
                self.queue.push_back((key.clone(), now));
                dropped
            }
        }
    }

    pub(crate) fn next(&mut self) -> Option<(Key, Instant)> {
        let (key, since) = self.queue.pop_front()?;
        self.under_way = Some(key.clone());
        Some((key, since))
    }

    pub(crate) fn end(&mut self, key: &Key, state: State, end: End) {
        self.under_way = None;
        match end {
            End::Sent => {
                self.stats.sent += 1;
                let told = match state {
                    State::Raised => Told::Yes,
                    State::Over => Told::No,
                };
                self.believes(key, told);
            }
            End::GivenUp => {
                self.stats.failed += 1;
                if state == State::Over {
                    self.believes(key, Told::No);
                }
            }
            End::Needless => {}
        }
    }

    pub(crate) fn believes(&mut self, key: &Key, told: Told) {
        match told {
            Told::No => self.told.remove(key),
            Told::Perhaps | Told::Yes => self.told.insert(key.clone(), told),
        };
    }

    pub(crate) fn told(&self, key: &Key) -> Told {
        self.told.get(key).copied().unwrap_or(Told::No)
    }

    /// What is still to be told, the one under way first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Key> {
        self.under_way.iter().chain(self.queue.iter().map(|(key, _)| key))
    }

    /// Whether it has to do with it, or may have to.
    pub(crate) fn minds(&self, key: &Key) -> bool {
        self.told(key) != Told::No || self.waiting().any(|it| it == key)
    }

    pub(crate) fn stats(&self) -> ChannelStats {
        ChannelStats { waiting: self.waiting().count() as u64, ..self.stats }
    }

    fn drop_oldest(&mut self) -> Option<Key> {
        let (key, _) = self.queue.pop_front()?;
        self.stats.dropped += 1;
        let Key { kind, subject } = &key;
        tracing::warn!(channel = self.name, event = %kind, %subject, "too many notices wait; the oldest is dropped");
        Some(key)
    }
}
