//! When so much fails that a run should not go on.

use std::fmt;

use crate::outcome::Outcome;

/// How the calls of a run have ended so far, in the order in which they did.
///
/// Whoever asks decides what to stop: access is taken away to the end, whatever fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorRate {
    tried: usize,
    failed: usize,
    in_a_row: usize,
}

/// Which figure was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMany {
    /// One after the other.
    InARow {
        /// So many.
        failed: usize,
    },
    /// Of all that were tried.
    OfAll {
        /// So many.
        failed: usize,
        /// Of so many.
        tried: usize,
    },
}

impl ErrorRate {
    /// So many failures one after the other are no accident.
    pub const IN_A_ROW: usize = 10;
    /// Such a share of what was tried is no accident either, in percent.
    pub const PERCENT: usize = 20;
    /// A share says something from so many on.
    pub const FROM: usize = 20;

    /// One more call has ended. What was stale or not tried says nothing about Auth0.
    pub fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Applied | Outcome::AlreadySo => {
                self.tried += 1;
                self.in_a_row = 0;
            }
            Outcome::Failed { .. } => {
                self.tried += 1;
                self.failed += 1;
                self.in_a_row += 1;
            }
            Outcome::Stale { .. } | Outcome::NotTried { .. } => {}
        }
    }

    /// Whether it is too much, and why.
    pub fn too_many(&self) -> Option<TooMany> {
        let Self { tried, failed, in_a_row } = *self;
        if in_a_row >= Self::IN_A_ROW {
            return Some(TooMany::InARow { failed: in_a_row });
        }
        let share = tried >= Self::FROM && failed * 100 >= tried * Self::PERCENT;
        share.then_some(TooMany::OfAll { failed, tried })
    }
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InARow { failed } => {
                write!(f, "{failed} calls in a row failed, and {} are too many", ErrorRate::IN_A_ROW)
            }
            Self::OfAll { failed, tried } => {
                write!(f, "{failed} of {tried} calls failed, and {} % are too many", ErrorRate::PERCENT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Blame;

    fn noted(outcomes: &str) -> Option<TooMany> {
        let mut rate = ErrorRate::default();
        for it in outcomes.chars() {
            rate.note(&match it {
                '.' => Outcome::Applied,
                '-' => Outcome::NotTried { why: String::new() },
                _ => Outcome::Failed { why: String::new(), blame: Blame::Change },
            });
        }
        rate.too_many()
    }

    #[test]
    fn ten_in_a_row_are_too_many_whatever_was_before() {
        assert_eq!(noted(&"x".repeat(9)), None);
        assert_eq!(noted(&"x".repeat(10)), Some(TooMany::InARow { failed: 10 }));
        assert_eq!(
            noted(&format!("{}{}", ".".repeat(90), "x".repeat(10))),
            Some(TooMany::InARow { failed: 10 })
        );
        assert_eq!(noted("xxxxxxxxx.xxxxxxxxx"), None, "nineteen are too few for a share");
    }

    #[test]
    fn a_fifth_is_too_much_from_twenty_on() {
        assert_eq!(noted("xxx..............."), None);
        assert_eq!(noted("x....x....x....x..."), None, "nineteen were tried");
        assert_eq!(noted("x....x....x....x...."), Some(TooMany::OfAll { failed: 4, tried: 20 }));
        assert_eq!(noted("x....x....x........."), None, "three of twenty are fewer");
    }

    #[test]
    fn what_was_not_tried_does_not_count() {
        assert_eq!(noted("xxxxx-----xxxxx"), Some(TooMany::InARow { failed: 10 }));
        assert_eq!(noted("xxxx----------------"), None);
    }
}
