//! How far a run is, and how to ask it to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diff::Phase;
use tokio::sync::Notify;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Calls that ended, well or not.
    pub done: usize,
    /// Calls of the whole run.
    pub total: usize,
}

/// A wish that a run stops: calls on their way end and are recorded, the rest is not tried.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    asked: AtomicBool,
    /// Wakes whoever waits for it.
    woken: Notify,
}

impl Stop {
    /// Not asked for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks. Once asked it stays so.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::Release);
        self.0.woken.notify_waiters();
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Acquire)
    }

    /// Waits until somebody asks.
    pub async fn asked(&self) {
        let woken = self.0.woken.notified(); // before the look, so that no wish between the two is lost
        if !self.is_asked() {
            woken.await;
        }
    }
}
