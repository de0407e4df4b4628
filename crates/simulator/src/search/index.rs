//! Users in the order of their creation.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use crate::{clock::Timestamp, search::narrow::Within, users::record::Record};

/// Users by when they were made, and by id where that is the same. Nobody has to be counted one by one but within
/// a time.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeMap<(Timestamp, Arc<str>), Arc<Record>>);

impl Index {
    pub(crate) fn put(&mut self, created: Timestamp, id: Arc<str>, user: Arc<Record>) {
        self.0.insert((created, id), user);
    }

    pub(crate) fn remove(&mut self, created: Timestamp, id: Arc<str>) -> Option<Arc<Record>> {
        self.0.remove(&(created, id))
    }

    pub(crate) fn get(&self, created: Timestamp, id: Arc<str>) -> Option<&Arc<Record>> {
        self.0.get(&(created, id))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Oldest first.
    pub(crate) fn within(&self, within: Within) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        let Within { from, to } = within;
        let start = Bound::Included((from, Arc::from("")));
        // The next millisecond, excluded: whatever ids there are at `to` are inside.
        let end = Bound::Excluded((to.plus_millis(1), Arc::from("")));
        let range = (from <= to).then(|| self.0.range((start, end)));
        range.into_iter().flatten().map(|(_, user)| user)
    }

    pub(crate) fn count(&self, within: Within) -> usize {
        if within == Within::ALWAYS { self.0.len() } else { self.within(within).count() }
    }
}
