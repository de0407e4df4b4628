//! Trouble that goes on is said once, and not at every look.

/// Whether something was said already.
#[derive(Default)]
pub(super) struct Once(bool);

impl Once {
    /// Says it, unless that was done since the last time that all was well.
    pub(super) fn say(&mut self, say: impl FnOnce()) {
        if !self.0 {
            self.0 = true;
            say();
        }
    }
}
