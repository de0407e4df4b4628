//! `[review]`: who must say yes, and what need not wait for anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use diff::{Automatic, Concern, EmployeeId, ReviewRules};

use super::section::{Either, Section};

/// After how long what was read counts as old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// An older plan's users are read again before they are updated.
    pub verify_after: Duration,
}

/// `[review]`, and the rules laid into the policy.
pub(super) fn read(top: &Section<'_>, rules: &mut ReviewRules) -> Review {
    let section = top.section("review");
    let minutes = section.number("verify_after_minutes", 0..=1440).map_or(10, |it| it.value);
    let concerns: Vec<(&str, Concern)> = Concern::all().map(|it| (it.word(), it)).collect();
    rules.two_approvers = words(&section, "two_approvers", &concerns);
    let automatic = Automatic::ALL.map(|it| (it.kind().word(), it));
    rules.auto_approve = words(&section, "auto_approve", &automatic);
    contradictions(&section, rules);
    rules.accounts = accounts(&section);
    section.close();
    Review { verify_after: Duration::from_secs(minutes * 60) }
}

/// A list of known words.
fn words<T: Ord + Copy>(
    section: &Section<'_>,
    key: &'static str,
    known: &[(&'static str, T)],
) -> BTreeSet<T> {
    let written = section.words(key).unwrap_or_default();
    written.iter().filter_map(|it| it.one_of(known, section.found())).collect()
}

/// What two people must look at cannot be approved by nobody.
fn contradictions(section: &Section<'_>, rules: &ReviewRules) {
    let both = |it: &&Automatic| {
        let two = &rules.two_approvers;
        two.contains(&Concern::Kind(it.kind())) || two.contains(&Concern::Everything)
    };
    for it in rules.auto_approve.iter().filter(both) {
        let word = it.kind().word();
        let what = format!("two_approvers and auto_approve both cover {word}");
        section.found().add(section.place().problem(what, "take it out of one of the lists"));
    }
}

/// `[review.accounts]`: `name = "EMPLOYEE ID"`.
fn accounts(section: &Section<'_>) -> BTreeMap<String, EmployeeId> {
    let mut accounts = BTreeMap::new();
    for entry in section.section("accounts").entries() {
        let id = match &entry.value {
            Either::Text(text) => EmployeeId::parse(&text.value).map_err(|error| error.to_string()),
            Either::Section(_) => Err("must be the id of an employee".to_owned()),
        };
        match id {
            Ok(id) => {
                accounts.insert(entry.name, id);
            }
            Err(what) => {
                let fix = format!("write {:?} = \"the employee's id\"", entry.name);
                section.found().add(entry.at.problem(what, fix));
            }
        }
    }
    accounts
}
