//! What could not be looked at, by why.

use std::collections::BTreeSet;

use super::check::{Check, Subject};
use super::scopes::WHERE;

/// What to do about what could not be looked at because of something that was.
const MEND_FIRST: &str = "mend what failed, then run rollcall doctor again";

/// What could not be looked at, in the order in which it would have been.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    reasons: Vec<(&'static str, Vec<&'static str>)>,
    /// What takes a scope that there is not.
    scopes: Vec<(&'static str, &'static str)>,
}

impl Unseen {
    pub(super) fn add(&mut self, thing: &'static str, why: &'static str) {
        match self.reasons.iter_mut().find(|(it, _)| *it == why) {
            Some((_, things)) => things.push(thing),
            None => self.reasons.push((why, vec![thing])),
        }
    }

    pub(super) fn for_want_of(&mut self, scope: &'static str, thing: &'static str) {
        self.scopes.push((scope, thing));
    }

    /// A line for each reason, and one for all scopes.
    pub(super) fn checks(self, subject: Subject) -> impl Iterator<Item = Check> {
        let Self { reasons, scopes } = self;
        let line = move |found, remedy: String| subject.warning("not looked at", found, remedy);
        let of_scopes = (!scopes.is_empty()).then(|| {
            let named: BTreeSet<&str> = scopes.iter().map(|(scope, _)| *scope).collect();
            let named = named.into_iter().collect::<Vec<_>>().join(" ");
            let things: Vec<&str> = scopes.iter().map(|(_, thing)| *thing).collect();
            let found = format!("{}: the application lacks {named}", things.join(", "));
            line(found, format!("grant them {WHERE}: all of them only read"))
        });
        let of_reasons = reasons
            .into_iter()
            .map(move |(why, things)| line(format!("{}: {why}", things.join(", ")), MEND_FIRST.to_owned()));
        of_reasons.chain(of_scopes)
    }
}
