//! One notice on its way by one channel.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt as _;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::notice::{Key, State};

/// What an attempt leaves for the next one.
#[derive(Debug)]
pub(crate) struct Errand {
    /// What it is about.
    pub(crate) key: Key,
    /// Since when it has been due.
    pub(crate) since: Instant,
    /// How many attempts failed.
    pub(crate) failed: u32,
    /// What is told. Turns round where the condition did while an attempt was under way.
    pub(crate) state: State,
    /// The same for each attempt, so that mail programs show once what came twice.
    pub(crate) id: String,
    /// Which of several recipients have it.
    pub(crate) reached: BTreeSet<usize>,
    /// Which of them cannot get it, and why.
    pub(crate) refused: BTreeMap<usize, Failure>,
}

impl Errand {
    pub(crate) fn new(key: Key, state: State, since: Instant) -> Self {
        let (reached, refused) = (BTreeSet::new(), BTreeMap::new());
        Self { key, since, failed: 0, state, id: draw(), reached, refused }
    }

    /// Begins anew where something else is to be told now.
    pub(crate) fn turn(&mut self, state: State) {
        if self.state != state {
            *self = Self { failed: self.failed, ..Self::new(self.key.clone(), state, self.since) };
        }
    }
}

fn draw() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}
