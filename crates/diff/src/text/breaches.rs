//! Limits that the plan exceeds: figures, people, and the ways out.

use std::collections::BTreeMap;

use crate::ids::EmployeeId;
use crate::limits::{Breach, Limit};
use crate::plan::Plan;

use super::page::{Page, clauses, pieces};
use super::safe::safe;
use super::style::Tone;
use super::words::{Person, all_names, count, names};

/// Writes them; nothing where there are none.
pub(super) fn write(page: &mut Page, plan: &Plan, breaches: &[Breach], all: bool) {
    if breaches.is_empty() {
        return;
    }
    page.heading(Tone::Loud, "LIMIT EXCEEDED", &figures(breaches));
    for it in breaches {
        breach(page, plan, it, all);
    }
}

/// Writes one: its figures, whom it concerns, and the ways out.
pub(super) fn breach(page: &mut Page, plan: &Plan, breach: &Breach, all: bool) {
    let style = page.style();
    page.entry(&style.paint(Tone::Loud, "!"), &pieces(&safe(&breach.to_string())));
    let people = concerned(plan, breach);
    if !people.is_empty() {
        page.below(&if all { all_names(&people) } else { names(&people) });
    }
    for way in ways_out(breach, plan.document().first_sync) {
        page.remedy(&clauses(&safe(&way)));
    }
}

/// How many, and what follows.
pub(super) fn figures(breaches: &[Breach]) -> String {
    format!("{}, and nothing at all is written", count(breaches.len(), "breach", "breaches"))
}

/// The people of a breach, with the names that the plan's changes have for them.
fn concerned<'a>(plan: &'a Plan, breach: &'a Breach) -> Vec<Person<'a>> {
    let changes = plan.changes().iter().filter(|it| breach.people.contains(&it.employee));
    let named: BTreeMap<&EmployeeId, &str> = changes.map(|it| (&it.employee, it.name.as_str())).collect();
    breach.people.iter().map(|it| (it, named.get(it).copied().unwrap_or_default())).collect()
}

/// What a person can do: correct what is wrong, do less at once, or accept it by name.
fn ways_out(breach: &Breach, first_sync: bool) -> Vec<String> {
    let drop = "if some are wrong, correct their rows, or rollcall plan without ID CHANGE".to_owned();
    let accept =
        format!("if all are right, rollcall plan approve ID --override {}", shell(&breach.limit.to_string()));
    let announce = "if this is the first sync, announce it: --first-sync".to_owned();
    match &breach.limit {
        Limit::Updates | Limit::Grants | Limit::Creates if !first_sync => vec![drop, announce, accept],
        Limit::Blocks
        | Limit::Revocations
        | Limit::RevocationsOf(_)
        | Limit::Updates
        | Limit::Grants
        | Limit::Creates
        | Limit::AdminGrants => vec![drop, accept],
        Limit::AdminsLeft(role) => {
            vec![format!("give {role} to somebody else first, or rollcall plan without ID CHANGE"), accept]
        }
        Limit::Mails => vec!["plan for fewer people at a time: --limit N".to_owned(), accept],
    }
}

/// A word for a shell; quoted where it is more than one.
fn shell(word: &str) -> String {
    if word.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.')) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
