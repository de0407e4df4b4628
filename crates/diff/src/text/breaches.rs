//! Limits that the plan exceeds: figures, people, and the ways out.

use std::collections::BTreeMap;

use crate::change::{Change, Kind};
use crate::ids::EmployeeId;
use crate::limits::{Breach, Limit};
use crate::plan::Plan;
use crate::remedy::word;

use super::page::{Page, clauses, pieces};
use super::safe::safe;
use super::style::Tone;
use super::words::{Person, all_names, count, names, number};

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
    page.entry(&style.paint(Tone::Loud, "!"), &pieces(&safe(&said(breach))));
    let people = concerned(plan, breach);
    if !people.is_empty() {
        page.below(&if all { all_names(&people) } else { names(&people) });
    }
    for way in ways_out(plan, breach) {
        page.remedy(&clauses(&safe(&way)));
    }
}

/// How many, and what follows.
pub(super) fn figures(breaches: &[Breach]) -> String {
    format!("{}, and nothing at all is written", count(breaches.len(), "breach", "breaches"))
}

/// `26 blocks planned, 25 allowed`: the figures in a sentence; the limit's own name is for commands.
fn said(breach: &Breach) -> String {
    let Breach { limit, found, allowed, people: _ } = breach;
    let planned =
        |one: &str, many: &str| format!("{} planned, {} allowed", count(*found, one, many), number(*allowed));
    match limit {
        Limit::Blocks => planned("block", "blocks"),
        Limit::Revocations => planned("revocation", "revocations"),
        Limit::RevocationsOf(role) => {
            planned(&format!("revocation of {role}"), &format!("revocations of {role}"))
        }
        Limit::Updates => planned("update", "updates"),
        Limit::Grants => planned("grant", "grants"),
        Limit::Creates => planned("new account", "new accounts"),
        Limit::AdminGrants => planned("grant of an admin role", "grants of admin roles"),
        Limit::AdminsLeft(role) => {
            let holders = count(*found, "unblocked holder", "unblocked holders");
            format!("only {holders} of {role} would be left, and {} must be", number(*allowed))
        }
        Limit::Mails => planned("mail", "mails"),
        Limit::SourceRows => {
            let rows = count(*found, "row was", "rows were");
            format!(
                "only {rows} read, and after the last good run at least {} were expected",
                number(*allowed)
            )
        }
        Limit::SourceEmployees => {
            let linked = count(*found, "linked employee has", "linked employees have");
            format!("{linked} no row any more, {} allowed: is it the right table?", number(*allowed))
        }
    }
}

/// The people of a breach, with the names that the plan's changes have for them.
fn concerned<'a>(plan: &'a Plan, breach: &'a Breach) -> Vec<Person<'a>> {
    let changes = plan.changes().iter().filter(|it| breach.people.contains(&it.employee));
    let named: BTreeMap<&EmployeeId, &str> = changes.map(|it| (&it.employee, it.name.as_str())).collect();
    breach.people.iter().map(|it| (it, named.get(it).copied().unwrap_or_default())).collect()
}

/// What a person can do: correct what is wrong, do less at once, or accept it by name.
fn ways_out(plan: &Plan, breach: &Breach) -> Vec<String> {
    let first_sync = plan.document().first_sync;
    let without = format!("rollcall plan without ID {}", example(plan, breach));
    let drop = format!("if some are wrong, correct their rows, or {without}");
    let limit = word(&breach.limit.to_string());
    let accept =
        format!("if all are right, rollcall plan approve ID --accept {limit} --digest {}", plan.digest());
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
            vec![format!("give {role} to somebody else first, or {without}"), accept]
        }
        Limit::Mails => vec!["plan for fewer people at a time: --limit N".to_owned(), accept],
        Limit::SourceRows | Limit::SourceEmployees => {
            vec!["if rows are missing, mend the table or [source] table, and plan again".to_owned(), accept]
        }
    }
}

/// A change that the limit counts, as an example of what may be dropped.
fn example(plan: &Plan, breach: &Breach) -> String {
    let kinds: &[Kind] = match &breach.limit {
        Limit::Blocks => &[Kind::Block],
        Limit::Revocations | Limit::RevocationsOf(_) => &[Kind::RevokeRoles],
        Limit::Updates => &[Kind::Update],
        Limit::Grants | Limit::AdminGrants => &[Kind::GrantRoles],
        Limit::Creates => &[Kind::Create],
        Limit::AdminsLeft(_) => &[Kind::Block, Kind::RevokeRoles],
        Limit::Mails | Limit::SourceRows | Limit::SourceEmployees => &[],
    };
    let counted = |it: &&Change| kinds.contains(&it.kind()) && breach.people.contains(&it.employee);
    let first = plan.changes().iter().find(counted);
    first.map_or_else(|| "CHANGE".to_owned(), |it| word(it.id.as_str()))
}
