//! How often a search may be split because it finds too many.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::search::{CEILING, Search};
use crate::error::Error;

/// How often a thousand users can be split off from the others before they are alone: all of time has fewer than
/// 2^48 milliseconds, and addresses are told apart by twelve letters.
const DEPTH: usize = 64;

/// A million users, made evenly in time, take half of it.
const MOST: usize = 3_000;

/// Counts the splits of one reading down. A tenant that says "too many" to everything would have us split moments
/// and addresses until the end of time.
pub(super) struct Splits {
    left: AtomicUsize,
}

impl Splits {
    /// As many as it takes for so many users, wherever they are.
    pub(super) fn of(declared: Option<usize>) -> Self {
        let most = declared.map_or(MOST, |it| (it / CEILING + 1).saturating_mul(DEPTH));
        Self { left: AtomicUsize::new(most.min(MOST)) }
    }

    /// One more, for this search.
    ///
    /// # Errors
    /// [`Error::Endless`] where there were too many.
    pub(super) fn one_more(&self, search: &Search) -> Result<(), Error> {
        let counted = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
        counted.map(drop).map_err(|_| Error::Endless { asked: search.page(0).name() })
    }
}
