//! How far a run is, and how to ask it to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diff::Phase;

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
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Not asked for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks; a signal handler may call it.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
