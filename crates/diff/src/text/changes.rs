//! The changes of one kind: a heading, what is true of all, and an entry for each that differs.

use crate::account::Field;
use crate::change::{Action, Change, FieldChange, Kind};
use crate::ids::UserId;

use super::facts::{all_values, roles, values};
use super::fold::{Entry, Section};
use super::page::{Page, pieces};
use super::safe::{person, safe};
use super::style::{Style, Tone, columns};
use super::values::{common_line, field_line, value};
use super::words::{Person, names, people};

/// How wide the columns of names and of users get before they stop lining up.
const NAME_MAX: usize = 28;
const USER_MAX: usize = 40;

/// The widths at which the single changes of a section line up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns {
    name: usize,
    user: usize,
}

/// Writes a section.
pub(super) fn write(page: &mut Page, section: &Section<'_>) {
    page.heading(Tone::Heading, section.kind.word(), &people(section.people));
    if !section.shared.is_empty() {
        page.aside(&section.shared.join(" · "));
    }
    let columns = Columns::of(section);
    for it in &section.entries {
        entry(page, section, it, columns);
    }
}

/// Writes one entry of a section.
pub(super) fn entry(page: &mut Page, section: &Section<'_>, entry: &Entry<'_>, columns: Columns) {
    match entry.changes.as_slice() {
        [change] => one(page, section, entry, change, columns),
        several => folded(page, entry, several),
    }
}

/// One change: who, which user, and what.
fn one(page: &mut Page, section: &Section<'_>, entry: &Entry<'_>, change: &Change, columns: Columns) {
    let style = page.style();
    let mark = mark(style, change.kind());
    if let Action::Update { fields, .. } = &change.action {
        page.entry(&mark, &[columns.lead(style, change)]);
        for it in fields {
            page.below(&pieces(&field_line(style, it)));
        }
        if !entry.facts.is_empty() {
            page.below(&pieces(&entry.facts.join(" · ")));
        }
        return;
    }
    page.columns(&mark, &columns.lead(style, change), &told(style, entry, change, section.all));
}

/// Several that are one thing: what, how many, and a handful of names.
fn folded(page: &mut Page, entry: &Entry<'_>, several: &[&Change]) {
    let style = page.style();
    let mark = mark(style, several[0].kind());
    let who: Vec<Person<'_>> = several.iter().map(|it| (&it.employee, it.name.as_str())).collect();
    let figure = style.paint(Tone::Heading, &people(who.len()));
    let fields = fields(several[0]).len();
    let mut lines: Vec<String> = (0..fields).map(|at| common_field(style, several, at)).collect();
    let mut last: Vec<String> = common_what(several[0]).into_iter().collect();
    last.extend(entry.facts.iter().cloned());
    lines.extend((!last.is_empty()).then(|| last.join(" · ")));
    let last = lines.pop().map_or_else(|| figure.clone(), |it| format!("{it} · {figure}"));
    lines.push(last);
    for (at, line) in lines.iter().enumerate() {
        if at == 0 {
            page.entry(&mark, &pieces(line));
        } else {
            page.more(line);
        }
    }
    page.below(&names(&who));
}

/// The field at this place of each change: the values where all agree, else what they have in common.
fn common_field(style: Style, several: &[&Change], at: usize) -> String {
    let first = &fields(several[0])[at];
    let agree = several.iter().all(|it| fields(it).get(at) == Some(first));
    let common = common_line(style, several[0], first).filter(|_| !agree);
    common.unwrap_or_else(|| field_line(style, first))
}

/// The fields of an update; none of anything else.
fn fields(change: &Change) -> &[FieldChange] {
    if let Action::Update { fields, .. } = &change.action { fields } else { &[] }
}

/// What a change of one line does, and the facts about it.
fn told(style: Style, entry: &Entry<'_>, change: &Change, all: bool) -> String {
    let mut told: Vec<String> = Vec::new();
    if entry.admin {
        told.push(style.paint(Tone::Loud, "ADMIN ROLE"));
    }
    told.extend(what(change, all));
    told.extend(entry.facts.iter().cloned());
    told.join(" · ")
}

/// What one change does, beside what its kind says; fields of an update have lines of their own.
fn what(change: &Change, all: bool) -> Option<String> {
    match &change.action {
        Action::Create { fields, .. } if all => Some(all_values(fields)),
        Action::Relink { from, .. } => Some(format!("was the account of employee {}", safe(from.as_str()))),
        Action::SendInvitation { email, .. } => Some(safe(email).into_owned()),
        Action::Create { .. }
        | Action::Link { .. }
        | Action::Unlink { .. }
        | Action::Update { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::GrantRoles { .. }
        | Action::RevokeRoles { .. }
        | Action::SendVerification { .. } => common_what(change),
    }
}

/// What folded changes have in common.
fn common_what(change: &Change) -> Option<String> {
    let what = match &change.action {
        Action::Create { fields, .. } => values(change, fields),
        Action::GrantRoles { .. } | Action::RevokeRoles { .. } => roles(change),
        Action::Link { .. }
        | Action::Relink { .. }
        | Action::Unlink { .. }
        | Action::Update { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => return None,
    };
    Some(what).filter(|it| !it.is_empty())
}

/// `-` takes away, `+` gives, `~` makes otherwise, `=` ties, `@` is a mail.
fn mark(style: Style, kind: Kind) -> String {
    match kind {
        Kind::Block | Kind::RevokeRoles => style.paint(Tone::Less, "-"),
        Kind::Create | Kind::Unblock | Kind::GrantRoles => style.paint(Tone::More, "+"),
        Kind::Update => style.paint(Tone::Other, "~"),
        Kind::Link | Kind::Relink | Kind::Unlink => style.paint(Tone::Command, "="),
        Kind::SendInvitation | Kind::SendVerification => style.paint(Tone::Command, "@"),
    }
}

/// The user of a change: its id, or the address that the new account will have.
fn user(change: &Change) -> String {
    if let Action::Create { fields, .. } = &change.action {
        return fields.get(&Field::Email).map(value).unwrap_or_default();
    }
    let user = change.action.user().map(UserId::as_str);
    user.map_or_else(|| "new account".to_owned(), |it| safe(it).into_owned())
}

impl Columns {
    pub(super) fn of(section: &Section<'_>) -> Self {
        let mut widest = Self::default();
        for entry in &section.entries {
            if let [change] = entry.changes.as_slice() {
                widest.name = widest.name.max(columns(&person(&change.employee, &change.name)));
                widest.user = widest.user.max(columns(&user(change)));
            }
        }
        Self { name: widest.name.min(NAME_MAX), user: widest.user.min(USER_MAX) }
    }

    /// Name and user of a change, each in its column. One piece: the line does not break between.
    fn lead(self, style: Style, change: &Change) -> String {
        let (name, user) = (person(&change.employee, &change.name), user(change));
        let after_name = " ".repeat(self.name.saturating_sub(columns(&name)));
        let after_user = " ".repeat(self.user.saturating_sub(columns(&user)));
        let user = style.paint(Tone::Quiet, &user);
        format!("{name}{after_name}  {user}{after_user}")
    }
}
