//! The copy of the users that searches read, some time behind the writes.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use tokio::time::Instant;

use crate::{
    clock::Timestamp,
    search::{
        field::{Datum, Field},
        index::Index,
        narrow::{Lookup, Within},
    },
    state::User,
    users::record::Record,
};

/// The users that can be found, by what they are usually looked for with, and what is still on its way.
///
/// Users are shared with the primary store, so neither writing nor settling copies one.
#[derive(Debug, Default)]
pub(crate) struct View {
    everybody: Index,
    by_connection: HashMap<String, Index>,
    created: HashMap<Arc<str>, Timestamp>,
    by_word: HashMap<Word, BTreeSet<Arc<str>>>,
    /// In the order of the writes, which is also the order of becoming visible.
    on_the_way: VecDeque<(Instant, String, Option<Arc<Record>>)>,
}

/// What somebody can be looked up by.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Word {
    /// In lower case, as searches compare addresses.
    Email(String),
    /// A text at the first level of `app_metadata`, under its key.
    Text(String, String),
    /// The same for a number, as its bits.
    Number(String, u64),
}

impl View {
    /// Makes a write visible from `at` on; `None` is a deletion.
    pub(crate) fn later(&mut self, at: Instant, user_id: String, user: Option<Arc<Record>>) {
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

    pub(crate) fn put(&mut self, user: &Arc<Record>) {
        self.remove(&user.user_id);
        let id: Arc<str> = user.user_id.as_str().into();
        let created = user.created_at.unwrap_or_default();
        self.created.insert(Arc::clone(&id), created);
        for word in words(user) {
            self.by_word.entry(word).or_default().insert(Arc::clone(&id));
        }
        for identity in &user.identities {
            let index = match self.by_connection.get_mut(&identity.connection) {
                Some(index) => index,
                None => self.by_connection.entry(identity.connection.clone()).or_default(),
            };
            index.put(created, Arc::clone(&id), Arc::clone(user));
        }
        self.everybody.put(created, id, Arc::clone(user));
    }

    fn remove(&mut self, user_id: &str) {
        let Some((id, created)) = self.created.remove_entry(user_id) else { return };
        let Some(user) = self.everybody.remove(created, Arc::clone(&id)) else { return };
        for identity in &user.identities {
            if let Some(index) = self.by_connection.get_mut(&identity.connection) {
                index.remove(created, Arc::clone(&id));
                if index.is_empty() {
                    self.by_connection.remove(&identity.connection);
                }
            }
        }
        for word in words(&user) {
            if let Some(ids) = self.by_word.get_mut(&word) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_word.remove(&word);
                }
            }
        }
    }

    /// Everybody, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.everybody.within(Within::ALWAYS)
    }

    /// The users of a connection, or everybody; `None` where a connection has nobody.
    pub(crate) fn index(&self, connection: Option<&str>) -> Option<&Index> {
        match connection {
            Some(name) => self.by_connection.get(name),
            None => Some(&self.everybody),
        }
    }

    /// Whom the look-ups find, oldest first, each once.
    pub(crate) fn found(&self, lookups: &[Lookup]) -> Vec<&Arc<Record>> {
        let ids = lookups.iter().flat_map(|it| self.ids(it));
        let mut users: Vec<&Arc<Record>> = ids.filter_map(|it| self.with_id(&it)).collect();
        users.sort_by(|a, b| (a.created_at, &a.user_id).cmp(&(b.created_at, &b.user_id)));
        users.dedup_by(|a, b| a.user_id == b.user_id);
        users
    }

    fn ids(&self, lookup: &Lookup) -> Vec<Arc<str>> {
        let words = match lookup {
            Lookup::Id(id) => return vec![Arc::from(id.as_str())],
            Lookup::Email(email) => vec![Word::Email(email.to_lowercase())],
            Lookup::AppMetadata { key, value } => {
                let number = value.parse::<f64>().ok().map(|it| Word::Number(key.clone(), it.to_bits()));
                number.into_iter().chain([Word::Text(key.clone(), value.clone())]).collect()
            }
        };
        words.iter().filter_map(|it| self.by_word.get(it)).flatten().cloned().collect()
    }

    fn with_id(&self, user_id: &str) -> Option<&Arc<Record>> {
        let (id, created) = self.created.get_key_value(user_id)?;
        self.everybody.get(*created, Arc::clone(id))
    }
}

fn words(user: &User) -> Vec<Word> {
    let email = user.email.as_ref().map(|it| Word::Email(it.to_lowercase()));
    let mut words: Vec<Word> = email.into_iter().collect();
    for key in user.app_metadata.iter().flat_map(serde_json::Map::keys) {
        for datum in Field::AppMetadata(vec![key.clone()]).data(user) {
            words.push(match datum {
                Datum::Text(text) => Word::Text(key.clone(), text),
                Datum::Number(number) => Word::Number(key.clone(), number.to_bits()),
                // JSON has no times.
                Datum::Time(time) => Word::Text(key.clone(), time.to_string()),
            });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn user(value: Value) -> Arc<Record> {
        Arc::new(Record::new(serde_json::from_value(value).unwrap()))
    }

    fn found(view: &View, lookup: Lookup) -> Vec<String> {
        view.found(&[lookup]).into_iter().map(|it| it.user_id.clone()).collect()
    }

    fn email(text: &str) -> Lookup {
        Lookup::Email(text.to_owned())
    }

    #[test]
    fn a_write_shows_when_its_time_has_come() {
        let mut view = View::default();
        let now = Instant::now();
        let soon = now + Duration::from_millis(500);
        view.later(soon, "a".to_owned(), Some(user(json!({"user_id": "a", "email": "A@x.de"}))));
        view.settle(now);
        assert_eq!(view.all().count(), 0);
        view.settle(soon);
        assert_eq!(found(&view, email("a@x.de")), ["a"]);
        view.later(soon, "a".to_owned(), None);
        view.settle(soon);
        assert_eq!((view.all().count(), found(&view, email("a@x.de")).len()), (0, 0));
    }

    #[test]
    fn windows_take_both_ends() {
        let mut view = View::default();
        for (id, millis) in [("a", 1), ("b", 2), ("c", 2), ("d", 3)] {
            let created = Timestamp::from_millis(millis);
            view.put(&user(json!({"user_id": id, "created_at": created})));
        }
        let within = |from, to| Within { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) };
        let index = view.index(None).unwrap();
        let ids = |it: Within| index.within(it).map(|it| it.user_id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(within(2, 2)), ["b", "c"]);
        assert_eq!([within(1, 3), within(3, 1), Within::ALWAYS].map(|it| index.count(it)), [4, 0, 4]);
    }

    #[test]
    fn what_changes_is_found_by_its_new_words_alone() {
        let mut view = View::default();
        let identity =
            |connection: &str| json!([{"connection": connection, "user_id": "1", "provider": "auth0"}]);
        let mark = |value: &str| Lookup::AppMetadata { key: "id".to_owned(), value: value.to_owned() };
        view.put(&user(json!({"user_id": "a", "identities": identity("old"), "app_metadata": {"id": 42}})));
        assert_eq!((found(&view, mark("42")).len(), found(&view, mark("42.0")).len()), (1, 1));
        view.put(&user(json!({"user_id": "a", "identities": identity("new"), "app_metadata": {"id": "43"}})));
        assert_eq!((found(&view, mark("42")).len(), found(&view, mark("43")).len()), (0, 1));
        assert_eq!(found(&view, mark("43.0")).len(), 0, "a text is not a number");
        assert!(view.index(Some("old")).is_none());
        assert_eq!(view.index(Some("new")).unwrap().count(Within::ALWAYS), 1);
    }
}
