//! What was asked of Auth0, for putting beside a forecast.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
    /// How long calls waited for the rate limit, all together.
    pub waited: Duration,
}

/// A [`Usage`] that many calls add to.
#[derive(Default)]
pub(crate) struct Counted(Mutex<Usage>);

impl Counted {
    pub(crate) fn read(&self) -> Usage {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    fn update(&self, change: impl FnOnce(&mut Usage)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
