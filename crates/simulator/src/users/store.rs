//! The users by id and by email, and the trailing copy that searches read.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use crate::{clock::Moment, search::view::View, state::User, users::record::Record};

/// All users. Reading by id or email is exact at once; the view follows after the lag.
#[derive(Debug)]
pub(crate) struct Users {
    by_id: HashMap<String, Arc<Record>>,
    /// Exactly as the address is stored: looking up is case-sensitive, as at Auth0.
    by_email: HashMap<String, BTreeSet<String>>,
    view: View,
    lag: Duration,
}

impl Users {
    pub(crate) fn new(lag_ms: u64) -> Self {
        Self {
            by_id: HashMap::new(),
            by_email: HashMap::new(),
            view: View::default(),
            lag: Duration::from_millis(lag_ms),
        }
    }

    pub(crate) fn get(&self, user_id: &str) -> Option<&Arc<Record>> {
        self.by_id.get(user_id)
    }

    /// The users with exactly this address, oldest first.
    pub(crate) fn with_email(&self, email: &str) -> Vec<&Arc<Record>> {
        let ids = self.by_email.get(email).into_iter().flatten();
        let mut users: Vec<&Arc<Record>> = ids.filter_map(|it| self.by_id.get(it)).collect();
        users.sort_by_key(|it| it.created_at);
        users
    }

    /// The user of this connection who holds the address, if any: there can be one.
    pub(crate) fn holder(&self, connection: &str, email: &str) -> Option<&Arc<Record>> {
        let in_connection = |it: &&Arc<Record>| it.primary().is_some_and(|it| it.connection == connection);
        self.with_email(email).into_iter().find(in_connection)
    }

    /// Everybody, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.by_id.values()
    }

    /// Creates or replaces; searches see it after the lag.
    pub(crate) fn put(&mut self, user: User, now: Moment) -> Arc<Record> {
        let user = self.insert(user);
        self.view.later(now.at + self.lag, user.user_id.clone(), Some(Arc::clone(&user)));
        user
    }

    pub(crate) fn remove(&mut self, user_id: &str, now: Moment) -> Option<Arc<Record>> {
        let user = self.by_id.remove(user_id)?;
        self.unindex(&user);
        self.view.later(now.at + self.lag, user_id.to_owned(), None);
        Some(user)
    }

    /// Part of a loaded document: searchable at once, as it is not news.
    pub(crate) fn load(&mut self, user: User) {
        let user = self.insert(user);
        self.view.put(&user);
    }

    pub(crate) fn clear(&mut self) {
        self.by_id.clear();
        self.by_email.clear();
        self.view = View::default();
    }

    /// The searchable copy as it is at this moment.
    pub(crate) fn searchable(&mut self, now: Moment) -> &View {
        self.view.settle(now.at);
        &self.view
    }

    fn insert(&mut self, user: User) -> Arc<Record> {
        let user = Arc::new(Record::new(user));
        if let Some(old) = self.by_id.insert(user.user_id.clone(), Arc::clone(&user)) {
            self.unindex(&old);
        }
        if let Some(email) = &user.email {
            self.by_email.entry(email.clone()).or_default().insert(user.user_id.clone());
        }
        user
    }

    fn unindex(&mut self, user: &User) {
        let Some(email) = &user.email else { return };
        if let Some(ids) = self.by_email.get_mut(email) {
            ids.remove(&user.user_id);
            if ids.is_empty() {
                self.by_email.remove(email);
            }
        }
    }
}
