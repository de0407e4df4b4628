//! What a run knows so far. Locked for a moment at a time and never over an await.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use diff::{
    ChangeId, EmployeeId, ErrorRate, Feature, Outcome, Plan, Request, Resolved, TooMany, User, UserId,
};

/// Outcomes, users made, and whether to go on.
pub(crate) struct State(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    outcomes: BTreeMap<ChangeId, Outcome>,
    made: BTreeMap<EmployeeId, UserId>,
    users: BTreeMap<EmployeeId, User>,
    stopped: Option<String>,
    rate: ErrorRate,
    lacks: BTreeSet<Feature>,
    /// The largest batch that was taken, and the smallest that was refused as a whole.
    batches: (usize, Option<usize>),
    calls: i64,
    done: usize,
    total: usize,
}

impl State {
    /// Starts with what is stale and what earlier runs of the same plan confirmed.
    pub(crate) fn of(
        plan: &Plan,
        stale: &BTreeMap<ChangeId, String>,
        confirmed: &BTreeMap<ChangeId, Outcome>,
    ) -> Self {
        let mut outcomes: BTreeMap<ChangeId, Outcome> =
            stale.iter().map(|(id, why)| (id.clone(), Outcome::Stale { why: why.clone() })).collect();
        let confirmed = confirmed.iter().filter(|(id, it)| it.is_so() && plan.change(id).is_some());
        outcomes.extend(confirmed.map(|(id, it)| (id.clone(), it.clone())));
        Self(Mutex::new(Inner { outcomes, ..Inner::default() }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn outcome(&self, change: &ChangeId) -> Option<Outcome> {
        self.inner().outcomes.get(change).cloned()
    }

    /// Records an outcome; of two calls that carry one change, the worse one counts.
    pub(crate) fn conclude(&self, change: &ChangeId, outcome: Outcome) {
        let mut inner = self.inner();
        let outcome = match inner.outcomes.remove(change) {
            Some(earlier) => earlier.and(outcome),
            None => outcome,
        };
        inner.outcomes.insert(change.clone(), outcome);
    }

    /// The user that was made for an employee.
    pub(crate) fn made(&self, employee: &EmployeeId, user: UserId) {
        self.inner().made.insert(employee.clone(), user);
    }

    /// The users that were made for these employees. Never all: a run asks with each call.
    pub(crate) fn made_for<'a>(
        &self,
        employees: impl Iterator<Item = &'a EmployeeId>,
    ) -> BTreeMap<EmployeeId, UserId> {
        let inner = self.inner();
        employees.filter_map(|it| Some((it.clone(), inner.made.get(it)?.clone()))).collect()
    }

    /// The request with the users that were made by now.
    pub(crate) fn resolve(&self, request: &Request) -> Resolved {
        request.resolve(&self.inner().made)
    }

    /// A batch of so many users was taken.
    pub(crate) fn batch_taken(&self, users: usize) {
        let mut inner = self.inner();
        let (taken, refused) = inner.batches;
        let taken = taken.max(users);
        // A refusal of no more than was taken elsewhere was about one of its users.
        inner.batches = (taken, refused.filter(|it| *it > taken));
    }

    /// A batch of so many users was refused, and not for want of one of them.
    pub(crate) fn batch_refused(&self, users: usize) {
        let mut inner = self.inner();
        let (taken, refused) = inner.batches;
        if users > taken {
            inner.batches.1 = Some(refused.map_or(users, |it| it.min(users)));
        }
    }

    /// A user was refused alone: larger batches may have been refused because of that one.
    pub(crate) fn user_refused(&self) {
        self.inner().batches.1 = None;
    }

    /// How many of so many users are sent in one batch: all, until one was refused. From then on it is
    /// searched between what was taken and what was refused, half-way each time.
    pub(crate) fn batch_of(&self, users: usize) -> usize {
        let (taken, refused) = self.inner().batches;
        match refused {
            Some(refused) if taken > 0 => users.min(usize::midpoint(taken, refused)),
            Some(_) | None => users,
        }
    }

    /// Whether it is known what becomes of a batch of so many users, or of the largest that is sent instead.
    pub(crate) fn knows_batch(&self, users: usize) -> bool {
        let (taken, refused) = self.inner().batches;
        taken >= users || refused == Some(taken + 1)
    }

    /// A user as Auth0 answered last, for the write-back.
    pub(crate) fn saw(&self, employee: &EmployeeId, user: User) {
        self.inner().users.insert(employee.clone(), user);
    }

    pub(crate) fn seen(&self) -> BTreeMap<EmployeeId, User> {
        self.inner().users.clone()
    }

    /// Begins nothing more. The first reason stays.
    pub(crate) fn stop(&self, why: String) {
        self.inner().stopped.get_or_insert(why);
    }

    pub(crate) fn stopped(&self) -> Option<String> {
        self.inner().stopped.clone()
    }

    /// One more call has ended.
    pub(crate) fn note(&self, outcome: &Outcome) {
        self.inner().rate.note(outcome);
    }

    /// Whether so much has failed that nothing more is given to anybody.
    pub(crate) fn too_many(&self) -> Option<TooMany> {
        self.inner().rate.too_many()
    }

    /// The tenant's plan does not have it. Tells whether that is news.
    pub(crate) fn lack(&self, feature: Feature) -> bool {
        self.inner().lacks.insert(feature)
    }

    pub(crate) fn lacks(&self, feature: Feature) -> bool {
        self.inner().lacks.contains(&feature)
    }

    /// The number of the next call.
    pub(crate) fn next_call(&self) -> i64 {
        let mut inner = self.inner();
        inner.calls += 1;
        inner.calls
    }

    pub(crate) fn expect(&self, calls: usize) {
        self.inner().total = calls;
    }

    /// One more call has ended: how many have, and of how many.
    pub(crate) fn step(&self) -> (usize, usize) {
        let mut inner = self.inner();
        inner.done += 1;
        (inner.done, inner.total)
    }
}
