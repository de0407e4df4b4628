//! A clock whose hands a story moves while things are under way.

use std::sync::atomic::{AtomicI64, Ordering};

use engine::Clock;

use super::World;

/// The hands of the clock of all engines of a world.
#[derive(Clone, Copy)]
pub(crate) struct Hands(&'static AtomicI64);

impl Hands {
    /// So many seconds pass for everybody.
    pub(crate) fn pass(self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::AcqRel);
    }
}

impl World {
    /// From now on it is as late as it is, as for a service, whose clock nobody moves.
    pub(crate) fn today(&mut self) {
        self.settings.clock = Clock::System;
        self.renew(|_| ());
    }

    /// From now on time passes when the story says so, for engines that are under way as well.
    pub(crate) fn ticking(&mut self) -> Hands {
        let hands: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(self.now().timestamp_millis())));
        self.settings.clock = Clock::Moved(hands);
        self.renew(|_| ());
        Hands(hands)
    }
}
