//! A schedule, and when it ticks.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;
use sha2::{Digest as _, Sha256};

use crate::cron::{Cron, Hours};
use crate::freeze::{Allowed, Freeze};
use crate::name::Name;
use crate::zone;

/// No zone has ever set its clock back by more at once, but to change sides of the date line.
const LONGEST_SET_BACK: TimeDelta = TimeDelta::hours(3);

/// What is done when, and for whom. `S` is the caller's scope, which is only carried.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule<S> {
    /// What it is called, and known by when the configuration is read again.
    pub name: Name,
    /// When it ticks, by the clock of its zone.
    pub cron: Cron,
    /// Whose clock: a place, so that summer time is followed.
    pub zone: Tz,
    /// How much is looked at.
    pub work: Extent,
    /// What becomes of the plan.
    pub plan: Handling,
    /// For whom.
    pub scope: S,
    /// When nothing is given.
    pub freeze: Vec<Freeze>,
    /// It begins up to so much later than it ticks, so that many tenants do not begin at once. It never
    /// reaches into the next tick.
    pub jitter: Duration,
    /// Whether the configuration has it rest.
    pub paused: bool,
}

/// How much a tick looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// At all employees in the scope.
    Full,
    /// At those whose row has changed.
    Quick,
}

/// What becomes of the plan that a tick makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Handling {
    /// It waits for a person.
    #[default]
    Review,
    /// What the policy lets through without a person is applied at once, and the rest waits.
    AutoApprove,
}

impl<S> Schedule<S> {
    /// The first tick later than this.
    ///
    /// A cron that names hours means what the clock on the wall shows. A time that is left out in spring comes
    /// once all the same, at the end of the gap, together with whatever else falls on that moment; a time
    /// that comes twice in autumn counts when it comes first.
    ///
    /// A cron with every hour in it (`*/2` is not) means time that passes: it ticks in both of autumn's hours, and what
    /// spring leaves out is not made up for, since the next tick is as near as ever.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = after.trunc_subsecs(0);
        let shown = zone::local(self.zone, after);
        match self.cron.hours() {
            Hours::Named => self.find(shown, after, |it| Some(zone::reached(self.zone, it))),
            Hours::Every => {
                let first = self.find(shown, after, |it| zone::first(self.zone, it));
                if !zone::comes_twice(self.zone, shown) {
                    return first;
                }
                // Times that the clock has shown already may come a second time, and sooner.
                let again = self.find(shown - LONGEST_SET_BACK, after, |it| zone::last(self.zone, it));
                [first, again].into_iter().flatten().min()
            }
        }
    }

    /// The first of the wall's times from there on whose moment is later. The moments rise with the times.
    fn find(
        &self,
        from: NaiveDateTime,
        after: DateTime<Utc>,
        moment: impl Fn(NaiveDateTime) -> Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let mut shown = from;
        loop {
            shown = self.cron.next(shown)?;
            if let Some(found) = moment(shown).filter(|it| *it > after) {
                return Some(found);
            }
        }
    }

    /// The tick that is due now, after the one that was dealt with last: the newest whose jitter is over. Any
    /// before it are passed over, so that whoever was down catches up once.
    pub fn due(&self, after: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let newest = self.newest(after, now)?;
        if self.jittered(newest) <= now {
            return Some(newest);
        }
        // The jitter of the one before ended before this one ticked.
        self.newest(after, newest - TimeDelta::seconds(1))
    }

    /// What is to be caught up after having been down: the newest tick since the last one that anybody took.
    /// A schedule that never was taken has missed nothing.
    pub fn missed(&self, last_taken: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.due(last_taken?, now)
    }

    /// The last tick that is later than `after`, and not later than `until`, by halving.
    fn newest(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut until = until;
        let tick_after = |moment, until| self.next_after(moment).filter(|it| *it <= until);
        let mut newest = tick_after(after, until)?;
        while let Some(next) = tick_after(newest, until) {
            let middle = newest + (until - newest) / 2;
            if let Some(later) = tick_after(middle, until) {
                newest = later;
            } else {
                (newest, until) = (next, middle);
            }
        }
        Some(newest)
    }

    /// When the work of a tick begins. Everybody who computes it comes to the same, and it is before the
    /// next tick.
    pub fn jittered(&self, tick: DateTime<Utc>) -> DateTime<Utc> {
        if self.jitter.is_zero() {
            return tick;
        }
        let room = self.next_after(tick).map_or(u64::MAX, |next| (next - tick).num_seconds().unsigned_abs());
        let bound = self.jitter.as_secs().min(room).max(1);
        let late = i64::try_from(self.lot(tick) % bound).unwrap_or_default();
        tick + TimeDelta::seconds(late)
    }

    /// A number that only the name and the tick decide.
    fn lot(&self, tick: DateTime<Utc>) -> u64 {
        let hash = Sha256::digest(format!("{} {}", self.name, tick.timestamp()));
        hash.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    /// Until when a freeze holds, where one does: the longest, where several do.
    pub fn frozen_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.freeze.iter().filter_map(|it| it.holds_at(now, self.zone)).max()
    }

    /// What may be done now.
    pub fn allowed(&self, now: DateTime<Utc>) -> Allowed {
        match self.frozen_at(now) {
            Some(until) => Allowed::OnlyTakingAway { until },
            None => Allowed::Everything,
        }
    }
}

impl Extent {
    /// The word of the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Quick => "quick",
        }
    }
}

impl Handling {
    /// The word of the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::AutoApprove => "auto",
        }
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
