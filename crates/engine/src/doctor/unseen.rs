//! What could not be looked at, by why.

use super::check::{Check, Subject};

/// What to do about what could not be looked at because of something that was.
pub(super) const MEND_FIRST: &str = "mend what failed, then run rollcall doctor again";

/// What could not be looked at, in the order in which it would have been.
#[derive(Debug, Default)]
pub(super) struct Unseen(Vec<Reason>);

#[derive(Debug)]
struct Reason {
    why: String,
    remedy: String,
    things: Vec<&'static str>,
}

impl Unseen {
    pub(super) fn add(&mut self, thing: &'static str, why: impl Into<String>, remedy: impl Into<String>) {
        let why = why.into();
        match self.0.iter_mut().find(|it| it.why == why) {
            Some(reason) => reason.things.push(thing),
            None => self.0.push(Reason { why, remedy: remedy.into(), things: vec![thing] }),
        }
    }

    /// A line for each reason.
    pub(super) fn checks(self, subject: Subject) -> impl Iterator<Item = Check> {
        self.0.into_iter().map(move |Reason { why, remedy, things }| {
            subject.warning("not looked at", format!("{}: {why}", things.join(", ")), remedy)
        })
    }
}
