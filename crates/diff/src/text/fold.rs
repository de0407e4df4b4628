//! A plan by kind of change, with identical changes as one entry.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Action, Change, FieldChange, Kind};
use crate::ids::RoleName;
use crate::plan::Plan;

use super::facts::{Context, roles, values};
use super::style::Style;
use super::values::common_line;

/// The changes of one kind.
pub(super) struct Section<'a> {
    pub(super) kind: Kind,
    /// How many people they concern.
    pub(super) people: usize,
    /// What is true of all of them, and is therefore said once.
    pub(super) shared: Vec<String>,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) all: bool,
}

/// One change, or several that are one to a reviewer.
pub(super) struct Entry<'a> {
    /// In plan order; never empty.
    pub(super) changes: Vec<&'a Change>,
    /// What is true of these and not of the whole section.
    pub(super) facts: Vec<String>,
    /// Whether an admin role is given or taken.
    pub(super) admin: bool,
}

/// From so many on, changes that do one thing with different values are one entry; fewer are shown
/// with their values.
const MANY: usize = 6;

/// The sections in the order in which a plan is applied. Nothing is folded where `all` is wanted.
pub(super) fn sections<'a>(plan: &'a Plan, admin: &'a BTreeSet<RoleName>, all: bool) -> Vec<Section<'a>> {
    let context = Context::of(plan, admin, all);
    let mut by_kind: BTreeMap<Kind, Vec<&Change>> = BTreeMap::new();
    for change in plan.changes() {
        by_kind.entry(change.kind()).or_default().push(change);
    }
    Kind::ALL.into_iter().filter_map(|it| Some(section(it, &by_kind.remove(&it)?, &context))).collect()
}

fn section<'a>(kind: Kind, changes: &[&'a Change], context: &Context<'a>) -> Section<'a> {
    let mut singles: Vec<Entry<'a>> = changes
        .iter()
        .map(|it| Entry { changes: vec![*it], facts: context.facts(it), admin: context.is_about_admin(it) })
        .collect();
    let shared = take_shared(&mut singles);
    let people: BTreeSet<_> = changes.iter().map(|it| &it.employee).collect();
    let entries = if context.all { singles } else { fold(singles) };
    Section { kind, people: people.len(), shared, entries, all: context.all }
}

/// Moves what every entry says to the section.
fn take_shared(entries: &mut [Entry<'_>]) -> Vec<String> {
    let mut shared = entries.first().map(|it| it.facts.clone()).unwrap_or_default();
    shared.retain(|fact| entries.iter().all(|it| it.facts.contains(fact)));
    for entry in entries {
        entry.facts.retain(|it| !shared.contains(it));
    }
    shared
}

/// First what must be looked at one by one, then what concerns many, then the rest.
fn fold(singles: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let (mut entries, others): (Vec<_>, Vec<_>) = singles.into_iter().partition(Entry::stands_alone);
    let mut few = Vec::new();
    for group in grouped(others, Entry::common_key) {
        if group.len() >= MANY {
            entries.push(Entry::of(group));
            continue;
        }
        for same in grouped(group, Entry::exact_key) {
            if same.len() > 1 {
                entries.push(Entry::of(same));
            } else {
                few.extend(same);
            }
        }
    }
    entries.extend(few);
    entries
}

/// Groups by key, in the order of their first entries.
fn grouped<'a>(entries: Vec<Entry<'a>>, key: impl Fn(&Entry<'a>) -> String) -> Vec<Vec<Entry<'a>>> {
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Entry<'a>>> = Vec::new();
    for entry in entries {
        let at = *place.entry(key(&entry)).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(entry);
    }
    groups
}

impl<'a> Entry<'a> {
    /// The entries of one group as one. Their facts are equal, as the key says them.
    fn of(group: Vec<Self>) -> Self {
        let mut group = group.into_iter();
        let mut whole = group.next().expect("a group has a first entry");
        whole.changes.extend(group.flat_map(|it| it.changes));
        whole
    }

    fn first(&self) -> &'a Change {
        self.changes[0]
    }

    /// Whoever loses access, an account that changes hands, and admin roles are never folded.
    fn stands_alone(&self) -> bool {
        self.admin || matches!(self.first().kind(), Kind::Block | Kind::Relink)
    }

    /// Entries with this key in common do one thing, if perhaps with each person's own values.
    fn common_key(&self) -> String {
        let change = self.first();
        let what = match &change.action {
            Action::Create { fields, .. } => values(change, fields),
            Action::Update { fields, .. } => {
                lines(fields, |it| common_line(Style::new(false), change, it).unwrap_or_else(|| exact(it)))
            }
            Action::GrantRoles { .. } | Action::RevokeRoles { .. } => roles(change),
            Action::Link { .. }
            | Action::Unlink { .. }
            | Action::Unblock { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => String::new(),
            Action::Block { .. } | Action::Relink { .. } => change.id.to_string(),
        };
        format!("{what}\n{}", self.facts.join("\n"))
    }

    /// Entries with this key in common are the same to the letter.
    fn exact_key(&self) -> String {
        let change = self.first();
        let what = match &change.action {
            Action::Update { fields, .. } => lines(fields, exact),
            Action::GrantRoles { .. } | Action::RevokeRoles { .. } => roles(change),
            Action::Create { .. }
            | Action::Link { .. }
            | Action::Relink { .. }
            | Action::Unlink { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => change.id.to_string(),
        };
        format!("{what}\n{}", self.facts.join("\n"))
    }
}

/// The values themselves: what is shown of long ones may be the same where they are not.
fn exact(it: &FieldChange) -> String {
    serde_json::to_string(it).expect("a field change has string keys and finite numbers")
}

fn lines(fields: &[FieldChange], line: impl Fn(&FieldChange) -> String) -> String {
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}
