//! What the service holds: says what stands, and is never held up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::channel::Channel;
use crate::condition::Condition;
use crate::kind::{Kind, Subject};
use crate::notice::{Announced, Key, Notice, Unsent};
use crate::settings::{Origin, Settings};
use crate::shared::Shared;
use crate::stats::ChannelStats;
use crate::worker;

/// Tells what changes. Clones are one; with the last of them its channels stop at once, see
/// [`Notifier::close`].
#[derive(Clone)]
pub struct Notifier {
    owner: Arc<Owner>,
}

struct Owner {
    shared: Arc<Shared>,
    /// A task a channel. They end with this.
    tasks: Mutex<JoinSet<()>>,
}

/// Why there is no notifier.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifierError {
    /// Nobody could tell them apart in the logs and numbers.
    #[error("two channels are called {0:?}")]
    TwoOfOneName(String),
}

impl Notifier {
    /// Starts a task for each channel, so it must be called inside a runtime.
    ///
    /// # Errors
    /// Two channels have one name.
    pub fn new(origin: Origin, settings: Settings, channels: Vec<Channel>) -> Result<Self, NotifierError> {
        let mut names = BTreeSet::new();
        if let Some(twice) = channels.iter().find(|it| !names.insert(&it.name)) {
            return Err(NotifierError::TwoOfOneName(twice.name.clone()));
        }
        let names = channels.iter().map(|it| it.name.clone()).collect();
        let shared = Arc::new(Shared::new(origin, settings, names));
        let mut tasks = JoinSet::new();
        for (lane, channel) in channels.into_iter().enumerate() {
            tasks.spawn(worker::work(lane, channel, Arc::clone(&shared)));
        }
        Ok(Self { owner: Arc::new(Owner { shared, tasks: Mutex::new(tasks) }) })
    }

    /// The condition stands. Told once by each channel, until it is cleared; what is said of it meanwhile is
    /// used where it is yet to be told.
    pub fn raise(&self, condition: &Condition) {
        self.owner.shared.raise(Notice::from(condition));
    }

    /// The condition does not stand. Told once by each channel that has told that it does; whoever has not
    /// told that yet will tell neither.
    pub fn clear(&self, kind: Kind, subject: &Subject) {
        self.owner.shared.clear(&Key { kind, subject: subject.clone() });
    }

    /// For what is looked at again and again: what stands of one subject now, or None.
    pub fn observe(&self, kind: Kind, subject: &Subject, stands: Option<&Condition>) {
        match stands {
            Some(condition) => {
                debug_assert!(
                    condition.kind() == kind && condition.subject() == *subject,
                    "{kind} of {subject} was looked at, and {condition:?} is another"
                );
                self.raise(condition);
            }
            None => self.clear(kind, subject),
        }
    }

    /// The same for all subjects of a kind at once: whatever of the kind is not among these is over.
    pub fn observe_all(&self, kind: Kind, standing: &[Condition]) {
        debug_assert!(
            standing.iter().all(|it| it.kind() == kind),
            "another kind than {kind} is among {standing:?}"
        );
        let subjects: BTreeSet<Subject> = standing.iter().map(Condition::subject).collect();
        for key in self.owner.shared.standing(kind).iter().filter(|it| !subjects.contains(&it.subject)) {
            self.owner.shared.clear(key);
        }
        for it in standing {
            self.raise(it);
        }
    }

    /// What was known when the service stopped, before anything else is said. It is not told again; what had
    /// not been told everywhere is.
    pub fn restore(&self, announced: Vec<Announced>) {
        self.owner.shared.restore(announced);
    }

    /// What is to be known after a restart: everything that stands, and what is over and not told yet.
    pub fn announced(&self) -> Vec<Announced> {
        self.owner.shared.board().announced()
    }

    /// Wakes whoever writes [`Notifier::announced`] down, whenever it is another.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.owner.shared.changes()
    }

    /// Of each channel by its name.
    pub fn stats(&self) -> BTreeMap<String, ChannelStats> {
        self.owner.shared.board().stats()
    }

    /// Sends what waits, as far as that is done within the time, and stops. Tells what was not sent; all of it
    /// is in [`Notifier::announced`] too, so it is sent after a restart. What is said later is only kept.
    pub async fn close(&self, within: Duration) -> Vec<Unsent> {
        self.owner.shared.close();
        let mut tasks = mem::take(&mut *self.owner.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let drained = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(within, drained).await.is_err() {
            tasks.shutdown().await;
        }
        let unsent = self.owner.shared.board().unsent();
        if !unsent.is_empty() {
            tracing::warn!(
                unsent = unsent.len(),
                "notices were not sent before the end; they are kept for the next start"
            );
        }
        unsent
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("channels", &self.stats()).finish_non_exhaustive()
    }
}
