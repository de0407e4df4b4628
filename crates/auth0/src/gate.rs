//! Whose turn it is at a bucket: the calls of runs one after the other, in order, and before all of them whoever
//! has a person waiting.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Notify};

/// Whether a person waits for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Nobody does: a run, which has hundreds of calls to make.
    #[default]
    Run,
    /// Somebody does: a few calls about one employee.
    Interactive,
}

/// The way to a bucket. Runs are not starved by what goes before them as long as that is little, and it is: a few
/// calls per person who sits at a screen.
#[derive(Default)]
pub(crate) struct Gate {
    runs: Mutex<()>,
    interactive: Mutex<()>,
    /// Interactive calls that have no token yet.
    ahead: AtomicUsize,
    /// Told when the last of them has got its own.
    none_ahead: Notify,
}

/// One's turn; given back by being dropped.
pub(crate) struct Turn<'a> {
    gate: &'a Gate,
    ahead: Option<Ahead<'a>>,
    _lock: MutexGuard<'a, ()>,
}

/// One of the interactive calls that go ahead.
struct Ahead<'a>(&'a Gate);

impl Gate {
    /// Waits in one's class, first come, first served.
    pub(crate) async fn enter(&self, urgency: Urgency) -> Turn<'_> {
        match urgency {
            Urgency::Run => Turn { gate: self, ahead: None, _lock: self.runs.lock().await },
            Urgency::Interactive => {
                self.ahead.fetch_add(1, Ordering::SeqCst);
                let ahead = Some(Ahead(self));
                Turn { gate: self, ahead, _lock: self.interactive.lock().await }
            }
        }
    }
}

impl Turn<'_> {
    /// Asks for a token until it is given. `take` gives it, or tells how long until it is worth asking again.
    ///
    /// A run asks only while nobody is ahead, so that whoever comes while it waits gets the next token.
    pub(crate) async fn until(&self, mut take: impl FnMut() -> Result<(), Duration>) {
        loop {
            if self.ahead.is_none() && self.gate.ahead.load(Ordering::SeqCst) > 0 {
                // One run at a time stands here, and a notice that came too early is kept for it.
                self.gate.none_ahead.notified().await;
                continue;
            }
            match take() {
                Ok(()) => return,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        if self.0.ahead.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none_ahead.notify_one();
        }
    }
}
