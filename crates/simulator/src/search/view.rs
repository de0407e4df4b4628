//! The copy of the users that searches read, some time behind the writes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::Bound,
    sync::Arc,
};

use tokio::time::Instant;

use crate::{clock::Timestamp, state::User};

/// Users in the order of their creation, with what is still on its way.
///
/// Users are shared with the primary store, so neither writing nor settling copies one.
#[derive(Debug, Default)]
pub(crate) struct View {
    by_creation: BTreeMap<(Timestamp, Arc<str>), Arc<User>>,
    created: HashMap<Arc<str>, Timestamp>,
    /// By address in lower case, as searches compare addresses.
    by_email: HashMap<String, BTreeSet<Arc<str>>>,
    /// In the order of the writes, which is also the order of becoming visible.
    on_the_way: VecDeque<(Instant, String, Option<Arc<User>>)>,
}

impl View {
    /// Makes a write visible from `at` on; `None` is a deletion.
    pub(crate) fn later(&mut self, at: Instant, user_id: String, user: Option<Arc<User>>) {
        self.on_the_way.push_back((at, user_id, user));
    }

    /// Takes in what has become visible by now.
    pub(crate) fn settle(&mut self, now: Instant) {
        while self.on_the_way.front().is_some_and(|(at, ..)| *at <= now) {
            match self.on_the_way.pop_front() {
                Some((_, _, Some(user))) => self.put(&user),
                Some((_, user_id, None)) => self.remove(&user_id),
                None => {}
            }
        }
    }

    pub(crate) fn put(&mut self, user: &Arc<User>) {
        self.remove(&user.user_id);
        let id: Arc<str> = user.user_id.as_str().into();
        let created = user.created_at.unwrap_or_default();
        self.created.insert(Arc::clone(&id), created);
        if let Some(email) = &user.email {
            self.by_email.entry(email.to_lowercase()).or_default().insert(Arc::clone(&id));
        }
        self.by_creation.insert((created, id), Arc::clone(user));
    }

    fn remove(&mut self, user_id: &str) {
        let Some((id, created)) = self.created.remove_entry(user_id) else { return };
        let Some(user) = self.by_creation.remove(&(created, Arc::clone(&id))) else { return };
        let Some(email) = user.email.as_ref().map(|it| it.to_lowercase()) else { return };
        if let Some(ids) = self.by_email.get_mut(&email) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_email.remove(&email);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_creation.len()
    }

    /// Everybody, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<User>> {
        self.by_creation.values()
    }

    /// Everybody created inside the bounds, both included, oldest first.
    pub(crate) fn created_within(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = &Arc<User>> {
        let start = Bound::Included((from, Arc::from("")));
        // The next millisecond, excluded: whatever ids there are at `to` are inside.
        let end = Bound::Excluded((to.plus_millis(1), Arc::from("")));
        let range = (from <= to).then(|| self.by_creation.range((start, end)));
        range.into_iter().flatten().map(|(_, user)| user)
    }

    pub(crate) fn with_id(&self, user_id: &str) -> Option<&Arc<User>> {
        let (id, created) = self.created.get_key_value(user_id)?;
        self.by_creation.get(&(*created, Arc::clone(id)))
    }

    /// By address, ignoring case.
    pub(crate) fn with_email(&self, email: &str) -> impl Iterator<Item = &Arc<User>> {
        self.by_email.get(&email.to_lowercase()).into_iter().flatten().filter_map(|it| self.with_id(it))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn user(id: &str, created: i64, email: &str) -> Arc<User> {
        Arc::new(User {
            user_id: id.to_owned(),
            created_at: Some(Timestamp::from_millis(created)),
            email: Some(email.to_owned()),
            ..User::default()
        })
    }

    #[test]
    fn a_write_shows_when_its_time_has_come() {
        let mut view = View::default();
        let now = Instant::now();
        let soon = now + Duration::from_millis(500);
        view.later(soon, "a".to_owned(), Some(user("a", 1, "A@x.de")));
        view.settle(now);
        assert_eq!(view.len(), 0);
        view.settle(soon);
        assert_eq!(view.len(), 1);
        assert_eq!(view.with_email("a@x.de").count(), 1);
        view.later(soon, "a".to_owned(), None);
        view.settle(soon);
        assert_eq!((view.len(), view.with_email("a@x.de").count()), (0, 0));
    }

    #[test]
    fn windows_take_both_ends() {
        let mut view = View::default();
        for (id, created) in [("a", 1), ("b", 2), ("c", 2), ("d", 3)] {
            view.put(&user(id, created, "x@x.de"));
        }
        let ids = |from, to| -> Vec<String> {
            let within = view.created_within(Timestamp::from_millis(from), Timestamp::from_millis(to));
            within.map(|it| it.user_id.clone()).collect()
        };
        assert_eq!(ids(2, 2), ["b", "c"]);
        assert_eq!(ids(1, 3).len(), 4);
        assert!(ids(3, 1).is_empty());
    }
}
