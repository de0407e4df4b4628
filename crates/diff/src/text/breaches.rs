//! Limits that the plan exceeds: figures, people, and the ways out.

use std::collections::BTreeMap;

use crate::change::{Change, Kind};
use crate::ids::{EmployeeId, PlanId};
use crate::limits::{Breach, Limit};
use crate::plan::{Draft, Plan};
use crate::remedy::word;

use super::page::{Page, clauses, pieces};
use super::safe::safe;
use super::style::Tone;
use super::words::{Person, all_names, count, names, number};

/// Writes them; nothing where there are none.
pub(super) fn write(page: &mut Page, plan: &Plan, breaches: &[Breach], id: Option<PlanId>, all: bool) {
    if breaches.is_empty() {
        return;
    }
    page.heading(Tone::Loud, heading(breaches), &figures(breaches));
    for it in breaches {
        breach(page, plan, it, id, all);
    }
    accept(page, plan, breaches, id);
}

/// Writes one: its figures, whom it concerns, and the ways out but the last.
pub(super) fn breach(page: &mut Page, plan: &Plan, breach: &Breach, id: Option<PlanId>, all: bool) {
    let style = page.style();
    page.entry(&style.paint(Tone::Loud, "!"), &pieces(&safe(&said(breach))));
    let people = concerned(plan, breach);
    if !people.is_empty() {
        page.below(&if all { all_names(&people) } else { names(&people) });
    }
    for way in ways_out(plan, breach, id) {
        page.remedy(&clauses(&safe(&way)));
    }
}

/// Writes the last way out, which is one for all of them.
pub(super) fn accept(page: &mut Page, plan: &Plan, breaches: &[Breach], id: Option<PlanId>) {
    let right = match breaches {
        some if some.iter().all(Breach::is_suspect) => "if the table is right as it is",
        [_] => "if all are right",
        _ => "if all of this is right",
    };
    let way = format!("{right}, {}", acceptance(plan, breaches, id));
    let way = clauses(&safe(&way));
    if let [_] = breaches { page.remedy(&way) } else { page.shared_remedy(&way) }
}

/// Whether it is the plan that does too much, or the table that looks wrong.
pub(super) fn heading(breaches: &[Breach]) -> &'static str {
    let suspect = breaches.iter().filter(|it| it.is_suspect()).count();
    match suspect {
        0 => "LIMIT EXCEEDED",
        some if some == breaches.len() => "SOURCE SUSPECT",
        _ => "SOURCE SUSPECT, LIMIT EXCEEDED",
    }
}

/// How many, and what follows.
pub(super) fn figures(breaches: &[Breach]) -> String {
    format!("{}, and nothing at all is written", count(breaches.len(), "breach", "breaches"))
}

/// `26 blocks planned, 25 allowed`: the figures in a sentence; the limit's own name is for commands.
fn said(breach: &Breach) -> String {
    let Breach { limit, found, allowed, people } = breach;
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
            let whose = if people.is_empty() { "" } else { "; linked, and without a row now:" };
            let expected = number(*allowed);
            format!("only {rows} read, and after the last good run at least {expected} were expected{whose}")
        }
        Limit::SourceEmployees => {
            let linked = count(*found, "linked employee has", "linked employees have");
            format!("{linked} no row any more, {} allowed: is it the right table?", number(*allowed))
        }
    }
}

/// The people of a breach, with the names that the plan has for them.
fn concerned<'a>(plan: &'a Plan, breach: &'a Breach) -> Vec<Person<'a>> {
    let changes = plan.changes().iter().map(|it| (&it.employee, it.name.as_str()));
    let notes = plan.notes().iter().filter_map(|it| Some((it.employee.as_ref()?, it.name.as_str())));
    let named: BTreeMap<&EmployeeId, &str> =
        notes.chain(changes).filter(|(it, _)| breach.people.contains(*it)).collect();
    breach.people.iter().map(|it| (it, named.get(it).copied().unwrap_or_default())).collect()
}

/// What a person can do about one of a plan's breaches, but for accepting it: correct what is wrong, or do
/// less at once. `ID` stands for the number of a plan that is not stored yet.
pub fn ways_out(plan: &Plan, breach: &Breach, id: Option<PlanId>) -> Vec<String> {
    let Draft { first_sync, scope, .. } = plan.document();
    let undo = scope.undo.is_some();
    let without = format!("rollcall plan without {} {}", number_of(id), example(plan, breach));
    let rows = if undo { "" } else { "correct their rows, or " }; // rows do not ask for an undo
    let drop = format!("if some are wrong, {rows}{without}");
    match &breach.limit {
        Limit::Updates | Limit::Grants | Limit::Creates if !first_sync && !undo => {
            vec![drop, "if this is the first sync, announce it: rollcall plan --first-sync".to_owned()]
        }
        Limit::Mails if !undo && breach.allowed > 0 => {
            vec![format!("plan for fewer people at a time: rollcall plan --limit {}", breach.allowed)]
        }
        Limit::Blocks
        | Limit::Revocations
        | Limit::RevocationsOf(_)
        | Limit::Updates
        | Limit::Grants
        | Limit::Creates
        | Limit::AdminGrants
        | Limit::Mails => vec![drop],
        Limit::AdminsLeft(role) => vec![format!("give {role} to somebody else first, or {without}")],
        Limit::SourceRows => {
            vec!["if rows are missing, mend the table, and plan again".to_owned()]
        }
        Limit::SourceEmployees => {
            let wrong = "if this is another table, correct [source] table of rollcall.toml";
            vec![format!("{wrong}; if rows are missing, mend the table; then plan again")]
        }
    }
}

/// The command by which a person says yes to the plan and accepts the breaches, once, for this very plan.
pub fn acceptance(plan: &Plan, breaches: &[Breach], id: Option<PlanId>) -> String {
    let accepts = breaches.iter().map(|it| format!(" --accept {}", word(&it.limit.to_string())));
    let accepts: String = accepts.collect();
    let digest = if breaches.is_empty() { String::new() } else { format!(" --digest {}", plan.digest()) };
    format!("rollcall plan approve {}{accepts}{digest}", number_of(id))
}

fn number_of(id: Option<PlanId>) -> String {
    id.map_or_else(|| "ID".to_owned(), |it| it.to_string())
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
        Limit::Mails => &[Kind::SendInvitation, Kind::SendVerification, Kind::Create, Kind::Update],
        Limit::SourceRows | Limit::SourceEmployees => &[],
    };
    let counted = |it: &&Change| kinds.contains(&it.kind()) && breach.people.contains(&it.employee);
    let first = plan.changes().iter().find(counted);
    first.map_or_else(|| "CHANGE".to_owned(), |it| word(it.id.as_str()))
}

#[cfg(test)]
mod tests;
