//! Whose turn it is: one piece of work at a time in one process.

use std::sync::Arc;

use tokio::sync::watch;

use crate::schedule::{Extent, Schedule};
use crate::work::Going;

/// Who has the turn, if anybody, and the news when it ends.
pub(crate) type Turns = Arc<watch::Sender<Option<Going>>>;

/// The proof that it is ours. It ends when this is dropped, also where the work panics.
#[derive(Debug)]
pub(crate) struct Turn(Turns);

impl Turn {
    /// Takes the turn, unless somebody has it.
    pub(crate) fn take(turns: &Turns, going: Going) -> Result<Self, Going> {
        let mut in_the_way = None;
        turns.send_if_modified(|it| {
            in_the_way.clone_from(it);
            it.get_or_insert(going);
            in_the_way.is_none()
        });
        match in_the_way {
            None => Ok(Self(Arc::clone(turns))),
            Some(other) => Err(other),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

/// What a tick does that finds work under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// That work does the same or more: the tick is skipped, and recorded.
    Yield,
    /// That work does something else: the tick has the next turn, if no newer one comes meanwhile.
    Wait,
}

/// A nightly run is not lost to a quick one that happens to be going, nor a quick one to another's; what is
/// skipped is a tick that finds its own schedule at work, and a quick one that finds a full run.
pub(crate) fn manners<S>(schedule: &Schedule<S>, going: &Going) -> Manners {
    match (schedule.work, going.work) {
        (_, _) if schedule.name == going.schedule => Manners::Yield,
        (Extent::Quick, Extent::Full) => Manners::Yield,
        (Extent::Full, _) | (Extent::Quick, Extent::Quick) => Manners::Wait,
    }
}
