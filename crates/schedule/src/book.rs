//! What a runner knows of its schedules. Nothing here waits for anybody or looks at a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::name::Name;
use crate::schedule::Schedule;

/// The schedules, each with the tick that was dealt with last. It grows with the configuration alone.
#[derive(Debug)]
pub(crate) struct Book<S> {
    entries: BTreeMap<Name, Entry<S>>,
    /// Nothing is begun any more.
    pub(crate) stopping: bool,
}

#[derive(Debug)]
struct Entry<S> {
    schedule: Arc<Schedule<S>>,
    /// When this process came to know it: where it never ticked before, it ticks from then on.
    since: DateTime<Utc>,
    /// The tick that was dealt with last, by anybody; none until the table was asked.
    seen: Option<DateTime<Utc>>,
    /// Whether a person has it rest, beside the configuration.
    paused: bool,
    /// When it went on after a pause: what was due until then is not caught up.
    went_on: Option<DateTime<Utc>>,
}

/// A tick that something must become of.
#[derive(Debug)]
pub(crate) struct Due<S> {
    pub(crate) schedule: Arc<Schedule<S>>,
    pub(crate) tick: DateTime<Utc>,
    pub(crate) fell: Fell,
}

/// What a tick fell into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fell {
    Open,
    Pause,
}

/// Two schedules of one name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two schedules are called {0}: give one of them another name")]
pub struct NamedTwice(pub Name);

/// How a schedule stands, to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing<S> {
    /// The schedule.
    pub schedule: Arc<Schedule<S>>,
    /// Whether it rests, by the configuration or by a person.
    pub paused: bool,
    /// When it begins next, its jitter counted; none where it rests.
    pub next: Option<DateTime<Utc>>,
}

impl<S> Book<S> {
    pub(crate) fn of(schedules: Vec<Schedule<S>>, now: DateTime<Utc>) -> Result<Self, NamedTwice> {
        let mut book = Self { entries: BTreeMap::new(), stopping: false };
        book.replace(schedules, now)?;
        Ok(book)
    }

    /// Takes the new list. What keeps its name keeps its place in time, whatever else about it is new: as if
    /// the process had been started again.
    pub(crate) fn replace(
        &mut self,
        schedules: Vec<Schedule<S>>,
        now: DateTime<Utc>,
    ) -> Result<(), NamedTwice> {
        let mut names = BTreeSet::new();
        for it in &schedules {
            if !names.insert(&it.name) {
                return Err(NamedTwice(it.name.clone()));
            }
        }
        let mut before = std::mem::take(&mut self.entries);
        for schedule in schedules {
            let name = schedule.name.clone();
            let schedule = Arc::new(schedule);
            let entry = match before.remove(&name) {
                Some(old) => old.with(schedule, now),
                None => Entry { schedule, since: now, seen: None, paused: false, went_on: None },
            };
            self.entries.insert(name, entry);
        }
        Ok(())
    }

    /// Those whose last tick the table must be asked for.
    pub(crate) fn unknown(&self) -> Vec<Name> {
        let unknown = self.entries.values().filter(|it| it.seen.is_none());
        unknown.map(|it| it.schedule.name.clone()).collect()
    }

    /// What the table says. A tick of a time to come is a clock's mistake and does not silence the schedule.
    pub(crate) fn recall(&mut self, name: &Name, last: Option<DateTime<Utc>>) {
        if let Some(it) = self.entries.get_mut(name) {
            it.seen = Some(last.map_or(it.since, |last| last.min(it.since)));
        }
    }

    /// All that is due, the oldest first, so that whoever waited longest has the next turn.
    pub(crate) fn due(&self, now: DateTime<Utc>) -> Vec<Due<S>> {
        let mut due: Vec<Due<S>> = self.entries.values().filter_map(|it| it.due(now)).collect();
        due.sort_by(|a, b| (a.tick, &a.schedule.name).cmp(&(b.tick, &b.schedule.name)));
        due
    }

    /// Something became of the tick.
    pub(crate) fn dealt_with(&mut self, name: &Name, tick: DateTime<Utc>) {
        if let Some(it) = self.entries.get_mut(name) {
            it.seen = it.seen.max(Some(tick));
        }
    }

    /// Pauses it, or has it go on. Tells whether that is new; none where there is no such schedule.
    pub(crate) fn pause(&mut self, name: &str, paused: bool, now: DateTime<Utc>) -> Option<bool> {
        let entry = self.entries.get_mut(name)?;
        let (rested, is_new) = (entry.rests(), entry.paused != paused);
        entry.paused = paused;
        entry.note_if_it_goes_on(rested, now);
        Some(is_new)
    }

    /// Exactly these are paused by a person.
    pub(crate) fn pause_only(&mut self, names: &BTreeSet<String>, now: DateTime<Utc>) {
        for (name, entry) in &mut self.entries {
            let rested = entry.rests();
            entry.paused = names.contains(name.as_str());
            entry.note_if_it_goes_on(rested, now);
        }
    }

    pub(crate) fn schedule(&self, name: &str) -> Option<Arc<Schedule<S>>> {
        self.entries.get(name).map(|it| Arc::clone(&it.schedule))
    }

    pub(crate) fn standings(&self, now: DateTime<Utc>) -> Vec<Standing<S>> {
        self.entries.values().map(|it| it.standing(now)).collect()
    }
}

impl<S> Entry<S> {
    fn with(self, schedule: Arc<Schedule<S>>, now: DateTime<Utc>) -> Self {
        let rested = self.rests();
        let mut entry = Self { schedule, ..self };
        entry.note_if_it_goes_on(rested, now);
        entry
    }

    fn rests(&self) -> bool {
        self.paused || self.schedule.paused
    }

    fn note_if_it_goes_on(&mut self, rested: bool, now: DateTime<Utc>) {
        if rested && !self.rests() {
            self.went_on = Some(now);
        }
    }

    fn due(&self, now: DateTime<Utc>) -> Option<Due<S>> {
        let seen = self.seen.filter(|_| !self.rests())?;
        let due = |until, fell| {
            let tick = self.schedule.due(seen, until)?;
            Some(Due { schedule: Arc::clone(&self.schedule), tick, fell })
        };
        self.went_on.and_then(|it| due(it, Fell::Pause)).or_else(|| due(now, Fell::Open))
    }

    fn standing(&self, now: DateTime<Utc>) -> Standing<S> {
        let schedule = Arc::clone(&self.schedule);
        let waiting = self.due(now).filter(|it| it.fell == Fell::Open).map(|it| it.tick);
        let next = waiting.or_else(|| schedule.next_after(self.seen.max(Some(now)).unwrap_or(now)));
        let next = next.filter(|_| !self.rests()).map(|it| schedule.jittered(it));
        Standing { schedule, paused: self.rests(), next }
    }
}
