//! The five lines that a plan leads with, and the line above them that says which plan it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Action, Change, Kind};
use crate::ids::{EmployeeId, RoleName};
use crate::plan::{Plan, RolesRead};
use crate::scope::Scope;

use super::page::{Page, pieces};
use super::reasons::label;
use super::safe::{person, safe};
use super::style::Tone;
use super::words::{Person, count, handful, listed, names, nouns, number, people};

/// One of the leading lines: what it is about, and its pieces.
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) tone: Option<Tone>,
    pub(super) pieces: Vec<String>,
}

/// How wide the labels are, with the space behind them.
const LABEL: usize = 18;

/// Writes the head of a plan.
pub(super) fn write(page: &mut Page, plan: &Plan, admin: &BTreeSet<RoleName>) {
    let style = page.style();
    let title = style.paint(Tone::Heading, &format!("Plan for {}", safe(plan.tenant().as_str())));
    page.labelled("", 0, &pieces(&format!("{title} · {}", about(plan))));
    page.gap();
    for Row { label, tone, pieces } in rows(plan, admin) {
        let label = match tone {
            Some(tone) => style.paint(tone, label),
            None => style.paint(Tone::Heading, label),
        };
        page.labelled(&label, LABEL, &pieces);
    }
}

/// The day and whom the plan is about.
pub(super) fn about(plan: &Plan) -> String {
    let document = plan.document();
    let first = if document.first_sync { " · first sync" } else { "" };
    format!("{} · {}{first}", document.today, scope(&document.scope))
}

/// Always the same five; a sixth where somebody who left can still log in.
pub(super) fn rows(plan: &Plan, admin: &BTreeSet<RoleName>) -> Vec<Row> {
    let mut rows = vec![
        losers(plan),
        admins(plan, admin),
        mails(plan),
        Row { label: "changes", tone: None, pieces: counts(plan) },
        held(plan),
    ];
    rows.extend(open_access(plan));
    rows
}

fn losers(plan: &Plan) -> Row {
    let people = people_of(plan, |it| it.kind() == Kind::Block);
    let tone = (!people.is_empty()).then_some(Tone::Less);
    Row { label: "loses access", tone, pieces: who(&people) }
}

fn admins(plan: &Plan, admin: &BTreeSet<RoleName>) -> Row {
    let mut items = Vec::new();
    for change in plan.changes() {
        if let Action::GrantRoles { roles, .. } = &change.action {
            let gained: Vec<_> = roles.intersection(admin).map(|it| safe(it.as_str())).collect();
            if !gained.is_empty() {
                items.push(format!("{} ({})", person(&change.employee, &change.name), gained.join(", ")));
            }
        }
    }
    let total = items.len();
    let tone = (total > 0).then_some(Tone::Loud);
    let pieces = match (plan.document().users.roles, total) {
        (RolesRead::NotRead, 0) => pieces("nobody; roles were not read"),
        (RolesRead::Read, 0) => pieces("nobody"),
        (RolesRead::Read | RolesRead::NotRead, _) => led(&people(total), handful(items, total)),
    };
    Row { label: "gains admin role", tone, pieces }
}

fn mails(plan: &Plan) -> Row {
    let (mut invitations, mut verifications) = (0, 0);
    for change in plan.changes() {
        match change.kind() {
            Kind::SendInvitation => invitations += change.action.mails(),
            Kind::Create | Kind::Update | Kind::SendVerification => verifications += change.action.mails(),
            Kind::Block
            | Kind::RevokeRoles
            | Kind::Link
            | Kind::Relink
            | Kind::Unlink
            | Kind::Unblock
            | Kind::GrantRoles => {}
        }
    }
    let told = people_of(plan, |it| it.action.mails() > 0);
    let mut kinds = Vec::new();
    for (mails, kind) in [(invitations, Kind::SendInvitation), (verifications, Kind::SendVerification)] {
        let (one, many) = nouns(kind);
        kinds.extend((mails > 0).then(|| count(mails, one, many)));
    }
    let pieces = match told.len() {
        0 => pieces("nobody"),
        some => led(&format!("{} ({})", people(some), kinds.join(", ")), names(&told)),
    };
    Row { label: "gets mail", tone: None, pieces }
}

/// How many changes of each kind, or that there are none.
pub(super) fn counts(plan: &Plan) -> Vec<String> {
    let counts = plan.counts();
    if counts.is_empty() {
        return pieces("none");
    }
    let each = counts.iter().map(|(kind, number)| {
        let (one, many) = nouns(*kind);
        count(*number, one, many)
    });
    let each = listed(each.collect());
    if counts.len() == 1 { each } else { led(&number(plan.changes().len()), each) }
}

/// How many are held by what, the most frequent first.
fn held(plan: &Plan) -> Row {
    let mut by_reason: BTreeMap<&str, BTreeSet<Option<&EmployeeId>>> = BTreeMap::new();
    for note in plan.notes().iter().filter(|it| it.reason.holds_employee()) {
        let (_, why) = label(&note.reason);
        by_reason.entry(why).or_default().insert(note.employee.as_ref());
    }
    let mut by_reason: Vec<(usize, &str)> = by_reason.iter().map(|(why, it)| (it.len(), *why)).collect();
    by_reason.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let each: Vec<String> =
        by_reason.iter().map(|(count, why)| format!("{} {why}", number(*count))).collect();
    let pieces = match plan.held() {
        0 => pieces("nobody"),
        held => led(&people(held), listed(each)),
    };
    Row { label: "held", tone: None, pieces }
}

fn open_access(plan: &Plan) -> Option<Row> {
    let loud = plan.notes().iter().filter(|it| it.reason.is_loud());
    let open: BTreeMap<&EmployeeId, &str> =
        loud.filter_map(|it| Some((it.employee.as_ref()?, it.name.as_str()))).collect();
    let open: Vec<Person<'_>> = open.into_iter().collect();
    (!open.is_empty()).then(|| Row { label: "OPEN ACCESS", tone: Some(Tone::Loud), pieces: who(&open) })
}

/// `3 people: 17 Jessica Morris, …`
fn who(who: &[Person<'_>]) -> Vec<String> {
    if who.is_empty() { pieces("nobody") } else { led(&people(who.len()), names(who)) }
}

fn led(figure: &str, list: Vec<String>) -> Vec<String> {
    let mut led = pieces(&format!("{figure}:"));
    led.extend(list);
    led
}

/// Whom the changes of some sort are about, each once, in the order of the employees.
fn people_of(plan: &Plan, meant: impl Fn(&Change) -> bool) -> Vec<Person<'_>> {
    let people: BTreeMap<&EmployeeId, &str> =
        plan.changes().iter().filter(|it| meant(it)).map(|it| (&it.employee, it.name.as_str())).collect();
    people.into_iter().collect()
}

fn scope(scope: &Scope) -> String {
    if scope.is_everybody() {
        return "everybody".to_owned();
    }
    let Scope { employees, columns, only, limit, undo } = scope;
    let mut parts: Vec<String> = undo.map(|it| format!("undo of run {it}")).into_iter().collect();
    if !employees.is_empty() {
        let ids: Vec<String> = employees.iter().map(|it| safe(it.as_str()).into_owned()).collect();
        let word = if ids.len() == 1 { "employee" } else { "employees" };
        parts.push(format!("{word} {}", handful(ids, employees.len()).join(" ")));
    }
    parts.extend(columns.iter().map(|(column, value)| format!("{} = {}", safe(column), safe(value))));
    if !only.is_empty() {
        let kinds: Vec<&str> = only.iter().map(|it| it.word()).collect();
        parts.push(format!("only {}", kinds.join(", ")));
    }
    parts.extend(limit.map(|it| format!("at most {}", people(it))));
    parts.join(" · ")
}
