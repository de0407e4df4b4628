//! What was asked of Auth0, for putting beside a forecast.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diff::Group;

/// What a client has used since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests of the Management API, repeated and refused ones included.
    pub calls: BTreeMap<Group, u64>,
    /// Requests of the Authentication API: tokens and invitations.
    pub authentication: u64,
    /// Of them, those answered 429, by group.
    pub refused: BTreeMap<Group, u64>,
    /// Of those of the Authentication API, the ones answered 429.
    pub authentication_refused: u64,
    /// Of all these requests, those that have come to an end, well or not.
    pub ended: u64,
    /// Of those, the ones that were not worked on: nobody answered, or with what makes no sense, or Auth0 was in
    /// trouble or did not know us. What it refused for its own reasons is none of them, and neither is a 429.
    pub failed: u64,
    /// How long they took from being sent to their end, all together.
    pub took: Duration,
    /// How long calls waited for the rate limit, all together.
    pub waited: Duration,
    /// How long there was work that the rate limit held up, bucket by bucket; of everybody who shares the pace.
    pub limited: Duration,
    /// How much of that time's tokens were used: `limited` where not one was let pass.
    pub used: Duration,
}

/// A [`Usage`] that many calls add to.
#[derive(Default)]
pub(crate) struct Counted {
    own: Mutex<Usage>,
    /// What counts everything that is counted here, too.
    whole: Option<Arc<Counted>>,
    /// What the pace had metered when this began.
    before: (Duration, Duration),
}

impl Counted {
    /// A part, which counts from now on.
    pub(crate) fn part_of(whole: &Arc<Self>, metered: (Duration, Duration)) -> Self {
        Self { own: Mutex::default(), whole: Some(Arc::clone(whole)), before: metered }
    }

    /// What was counted, with what the pace has metered by now.
    pub(crate) fn read(&self, metered: (Duration, Duration)) -> Usage {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let limited = metered.0.saturating_sub(self.before.0);
        Usage { limited, used: metered.1.saturating_sub(self.before.1), ..own }
    }

    pub(crate) fn waited(&self, time: Duration) {
        self.update(|it| it.waited += time);
    }

    pub(crate) fn sent(&self, group: Option<Group>) {
        self.update(|it| match group {
            Some(group) => *it.calls.entry(group).or_default() += 1,
            None => it.authentication += 1,
        });
    }

    pub(crate) fn refused(&self, group: Option<Group>) {
        self.update(|it| match group {
            Some(group) => *it.refused.entry(group).or_default() += 1,
            None => it.authentication_refused += 1,
        });
    }

    pub(crate) fn ended(&self, took: Duration, failed: bool) {
        self.update(|it| {
            it.ended += 1;
            it.failed += u64::from(failed);
            it.took += took;
        });
    }

    fn update(&self, change: impl Fn(&mut Usage)) {
        change(&mut self.own.lock().unwrap_or_else(PoisonError::into_inner));
        let mut whole = self.whole.as_ref();
        while let Some(it) = whole {
            change(&mut it.own.lock().unwrap_or_else(PoisonError::into_inner));
            whole = it.whole.as_ref();
        }
    }
}
