//! What failed when it was tried last: how often, when it is tried again, and when it is given up.
//!
//! DESIGN: what fails again and again is parked (6 h, 12 h, 24 h, daily, 28 days; released by hand);
//! blocks, revocations and the ends of sessions never are. They are counted all the same, so that
//! somebody sees them, and tried in every run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::approval::Approver;
use crate::change::{Cause, Change, Kind};
use crate::ids::{EmployeeId, UserId};
use crate::memory::{Memory, NextTry, Parked};
use crate::note::Reason;
use crate::outcome::{Blame, Outcome, Report};
use crate::plan::{Digest, Plan};

/// The wait after the second failure in a row. After the first there is none: the next run tries again.
const SECOND: TimeDelta = TimeDelta::hours(6);
/// The wait after the third.
const THIRD: TimeDelta = TimeDelta::hours(12);
/// The wait after every later one: a day, an hour short of it. A failure is stored when its run ends,
/// and the next night's run begins earlier than that.
const DAILY: TimeDelta = TimeDelta::hours(23);
/// For so long after the first failure it is tried again by itself.
const TRIED_FOR: TimeDelta = TimeDelta::days(28);

/// A change that failed when it was tried last. There is one for an employee and a kind of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Whose change.
    pub employee: EmployeeId,
    /// Which kind of change.
    pub kind: Kind,
    /// The user whom it was tried on, where there was one.
    pub user: Option<UserId>,
    /// What was tried ([`Memory::action_digest`]).
    pub action: Digest,
    /// How often in a row.
    pub failures: u32,
    /// The first time of this row.
    pub first_failed_at: DateTime<Utc>,
    /// The last time.
    pub last_failed_at: DateTime<Utc>,
    /// What was said the last time.
    pub error: String,
    /// When it is tried again. What is never parked is tried in every run, whatever this says.
    pub next: NextTry,
}

/// Quarantined changes by employee and kind.
pub type Quarantine = BTreeMap<(EmployeeId, Kind), Quarantined>;

/// What a run makes of the quarantine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What failed, with this failure counted: it takes the place of what was known.
    pub failed: Vec<Quarantined>,
    /// What is so now: it is forgotten.
    pub over: Vec<(EmployeeId, Kind)>,
}

impl Quarantined {
    /// Whether it is left out of a plan made now.
    pub fn is_parked(&self, now: DateTime<Utc>) -> bool {
        self.kind.can_be_parked()
            && match self.next {
                NextTry::At { at } => now < at,
                NextTry::WhenReleased | NextTry::Dropped { .. } => true,
            }
    }

    /// The next plan has it again. The count stays, so that one more failure parks it for as long as before.
    #[must_use]
    pub fn released(self, now: DateTime<Utc>) -> Self {
        Self { next: NextTry::At { at: now }, ..self }
    }

    /// It is not tried any more until it is released, or until the row asks for something else. None for
    /// what takes access away: nobody keeps access because somebody gave up on a failure.
    pub fn dropped(self, by: &Approver, why: &str) -> Option<Self> {
        let next = NextTry::Dropped { by: by.to_string(), why: why.to_owned() };
        self.kind.can_be_parked().then_some(Self { next, ..self })
    }

    fn first(change: &Change, error: &str, now: DateTime<Utc>) -> Self {
        Self {
            employee: change.employee.clone(),
            kind: change.kind(),
            user: change.action.user().cloned(),
            action: Memory::action_digest(change),
            failures: 1,
            first_failed_at: now,
            last_failed_at: now,
            error: error.to_owned(),
            next: NextTry::At { at: now },
        }
    }

    /// One more failure of the same thing. What somebody dropped, and a person tried by applying an older
    /// plan, stays dropped.
    fn again(&self, change: &Change, error: &str, now: DateTime<Utc>) -> Self {
        let failures = self.failures.saturating_add(1);
        let next = match &self.next {
            NextTry::Dropped { .. } => self.next.clone(),
            NextTry::At { .. } | NextTry::WhenReleased => {
                next_try(self.kind, failures, self.first_failed_at, now)
            }
        };
        let first_failed_at = self.first_failed_at;
        Self { failures, first_failed_at, next, ..Self::first(change, error, now) }
    }
}

/// Counts what a run's report says. A success forgets; a failure of another action than before begins
/// anew. What is stale or was not tried says nothing, and so does a failure that is not the change's own:
/// a run that stopped did so for everybody's sake, and there only what Auth0 refused counts. An undo is
/// tried again by a person alone, and what became of it says nothing about what rows ask for.
pub fn tally(plan: &Plan, report: &Report, before: &Quarantine, now: DateTime<Utc>) -> Tally {
    let mut tally = Tally::default();
    for change in plan.changes().iter().filter(|it| !matches!(it.cause, Cause::Undo { .. })) {
        let key = (change.employee.clone(), change.kind());
        let known = before.get(&key);
        match report.outcomes.get(&change.id) {
            Some(Outcome::Applied | Outcome::AlreadySo) => tally.over.extend(known.map(|_| key)),
            Some(Outcome::Failed { why, blame }) if counts(*blame, report) => {
                let same = known.filter(|it| Memory::is_same(change, &it.action, it.user.as_ref()));
                tally.failed.push(match same {
                    Some(known) => known.again(change, why, now),
                    None => Quarantined::first(change, why, now),
                });
            }
            Some(Outcome::Failed { .. } | Outcome::Stale { .. } | Outcome::NotTried { .. }) | None => {}
        }
    }
    tally
}

fn counts(blame: Blame, report: &Report) -> bool {
    match blame {
        Blame::Change => true,
        Blame::Trouble => report.stopped.is_none(),
        Blame::Run => false,
    }
}

/// What a plan does not ask for any more, such as an update whose row was changed back: it is forgotten. Only
/// a plan of everybody can tell, and what somebody dropped stays: it was meant for as long as nobody says
/// otherwise.
pub fn moot(plan: &Plan, known: &Quarantine) -> Vec<(EmployeeId, Kind)> {
    if !plan.document().scope.is_everybody() {
        return Vec::new();
    }
    let due = plan.changes().iter().map(|it| (&it.employee, it.kind()));
    let parked = plan.notes().iter().filter_map(|it| {
        let Reason::Parked { kind, .. } = &it.reason else { return None };
        it.employee.as_ref().map(|employee| (employee, *kind))
    });
    let asked: BTreeSet<(&EmployeeId, Kind)> = due.chain(parked).collect();
    let moot = known.values().filter(|it| !asked.contains(&(&it.employee, it.kind)));
    let moot = moot.filter(|it| !matches!(it.next, NextTry::Dropped { .. }));
    moot.map(|it| (it.employee.clone(), it.kind)).collect()
}

impl Memory {
    /// What a plan made now leaves out.
    pub fn parked(known: &Quarantine, now: DateTime<Utc>) -> BTreeMap<(EmployeeId, Kind), Parked> {
        let parked = known.iter().filter(|(_, it)| it.is_parked(now));
        parked
            .map(|(key, it)| {
                let Quarantined { employee: _, kind: _, user, action, failures, error, next, .. } =
                    it.clone();
                (key.clone(), Parked { user, action, failures, error, next })
            })
            .collect()
    }
}

/// When something that has failed so often is tried again.
fn next_try(kind: Kind, failures: u32, first: DateTime<Utc>, last: DateTime<Utc>) -> NextTry {
    let wait = match failures {
        _ if !kind.can_be_parked() => return NextTry::At { at: last },
        0 | 1 => TimeDelta::zero(),
        2 => SECOND,
        3 => THIRD,
        _ => DAILY,
    };
    let at = last + wait;
    if at - first > TRIED_FOR { NextTry::WhenReleased } else { NextTry::At { at } }
}

#[cfg(test)]
mod tests;
