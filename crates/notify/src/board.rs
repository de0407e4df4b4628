//! What stands, and which channel has told it. No clock, no network and no task: only what follows from what.
//!
//! A channel is not sent events. It is compared: what its readers believe with what is so. Where the two differ
//! it has an errand, and an errand whose reason is gone is none any more. So a condition that was over before it
//! was told is told to nobody, and neither is one that was over for a moment only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::errand::Errand;
use crate::lane::{Lane, Told};
use crate::notice::{Announced, Key, Notice, State, Unsent};
use crate::stats::ChannelStats;

/// When something became so, and what goes with it.
pub(crate) struct Moment {
    pub(crate) at: DateTime<Utc>,
    pub(crate) audit_head: Option<String>,
    /// For measuring how long something has been due.
    pub(crate) instant: Instant,
}

pub(crate) struct Board {
    entries: BTreeMap<Key, Entry>,
    lanes: Vec<Lane>,
}

struct Entry {
    notice: Notice,
    state: State,
    at: DateTime<Utc>,
    audit_head: Option<String>,
}

/// What became of an errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It was sent.
    Sent,
    /// It cannot be sent, or not in time.
    GivenUp,
    /// Nothing is to be told any more.
    Needless,
}

impl Board {
    /// A channel of that name and room for so many errands.
    pub(crate) fn new(channels: impl IntoIterator<Item = String>, room: usize) -> Self {
        let lanes = channels.into_iter().map(|it| Lane::new(it, room)).collect();
        Self { entries: BTreeMap::new(), lanes }
    }

    /// The condition stands. What is told of it is the latest. False where nothing is new.
    pub(crate) fn raise(&mut self, notice: Notice, moment: Moment) -> bool {
        let key = notice.key();
        if let Some(entry) = self.entries.get_mut(&key).filter(|it| it.state == State::Raised) {
            let new = entry.notice != notice;
            entry.notice = notice;
            return new;
        }
        let Moment { at, audit_head, instant } = moment;
        self.entries.insert(key.clone(), Entry { notice, state: State::Raised, at, audit_head });
        self.compare(&key, instant);
        true
    }

    /// The condition does not stand. False where nothing is new.
    pub(crate) fn clear(&mut self, key: &Key, moment: Moment) -> bool {
        let Some(entry) = self.entries.get_mut(key).filter(|it| it.state == State::Raised) else {
            return false;
        };
        let Moment { at, audit_head, instant } = moment;
        (entry.state, entry.at, entry.audit_head) = (State::Over, at, audit_head);
        self.compare(key, instant);
        self.forget(key);
        true
    }

    /// What stood when it was written down. What is known already stays as it is.
    pub(crate) fn restore(&mut self, announced: Announced, now: Instant) {
        let Announced { notice, state, at, audit_head, told_by } = announced;
        let key = notice.key();
        for lane in self.lanes.iter_mut().filter(|it| told_by.contains(&it.name)) {
            lane.believes(&key, Told::Yes);
        }
        self.entries.entry(key.clone()).or_insert(Entry { notice, state, at, audit_head });
        self.compare(&key, now);
        self.forget(&key);
    }

    /// Everything that stands, and what is over and not told everywhere yet.
    pub(crate) fn announced(&self) -> Vec<Announced> {
        self.entries.iter().map(|(key, entry)| self.announcement(key, entry)).collect()
    }

    /// The keys of a kind that stand.
    pub(crate) fn standing(&self, kind: crate::Kind) -> Vec<Key> {
        let standing = self.entries.iter().filter(|(key, it)| key.kind == kind && it.state == State::Raised);
        standing.map(|(key, _)| key.clone()).collect()
    }

    /// The channel's next errand, which is under way from now on.
    pub(crate) fn next(&mut self, lane: usize) -> Option<Errand> {
        let (key, since) = self.lanes[lane].next()?;
        let state = self.entries[&key].state;
        Some(Errand::new(key, state, since))
    }

    /// What is to be told now on an errand that is under way, in the newest words. None where nothing is.
    pub(crate) fn told(&self, lane: usize, errand: &Errand) -> Option<Announced> {
        let entry = self.entries.get(&errand.key)?;
        let due = self.lanes[lane].is_due(&errand.key, entry.state);
        due.then(|| self.announcement(&errand.key, entry))
    }

    /// An attempt failed, and it may have arrived all the same.
    pub(crate) fn perhaps(&mut self, lane: usize, errand: &Errand) {
        self.lanes[lane].believes(&errand.key, Told::Perhaps);
    }

    /// The errand has come to its end.
    pub(crate) fn end(&mut self, lane: usize, errand: &Errand, end: End, now: Instant) {
        self.lanes[lane].end(&errand.key, errand.state, end);
        // While it was under way the condition may have turned round.
        let turned = self.entries.get(&errand.key).is_some_and(|it| it.state != errand.state);
        if turned {
            self.compare_lane(lane, &errand.key, now);
        }
        self.forget(&errand.key);
    }

    /// By the name of the channel.
    pub(crate) fn stats(&self) -> BTreeMap<String, ChannelStats> {
        self.lanes.iter().map(|it| (it.name.clone(), it.stats())).collect()
    }

    /// What each channel has not sent.
    pub(crate) fn unsent(&self) -> Vec<Unsent> {
        let mut unsent = Vec::new();
        for lane in &self.lanes {
            for key in lane.waiting() {
                let (channel, state) = (lane.name.clone(), self.entries[key].state);
                let Key { kind, subject } = key.clone();
                unsent.push(Unsent { channel, kind, subject, state });
            }
        }
        unsent
    }

    fn compare(&mut self, key: &Key, now: Instant) {
        for lane in 0..self.lanes.len() {
            self.compare_lane(lane, key, now);
        }
    }

    /// Gives the channel an errand, or takes it back.
    fn compare_lane(&mut self, lane: usize, key: &Key, now: Instant) {
        let Some(state) = self.entries.get(key).map(|it| it.state) else { return };
        if let Some(dropped) = self.lanes[lane].compare(key, state, now) {
            let over = self.entries.get(&dropped).is_some_and(|it| it.state == State::Over);
            if over {
                // Its readers will not hear of it again.
                self.lanes[lane].believes(&dropped, Told::No);
            }
            self.forget(&dropped);
        }
    }

    /// What is over, and told wherever it has to be, is nothing to keep.
    fn forget(&mut self, key: &Key) {
        let over = self.entries.get(key).is_some_and(|it| it.state == State::Over);
        if over && !self.lanes.iter().any(|it| it.minds(key)) {
            self.entries.remove(key);
        }
    }

    fn announcement(&self, key: &Key, entry: &Entry) -> Announced {
        let Entry { notice, state, at, audit_head } = entry;
        let told = self.lanes.iter().filter(|it| match state {
            State::Raised => it.told(key) == Told::Yes,
            // Whoever may have heard that it stands, by an attempt that broke off, hears that it is over.
            State::Over => it.minds(key),
        });
        Announced {
            notice: notice.clone(),
            state: *state,
            at: *at,
            audit_head: audit_head.clone(),
            told_by: told.map(|it| it.name.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
