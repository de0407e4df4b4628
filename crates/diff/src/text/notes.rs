//! What was left alone: by reason, the dangerous first, each with what resolves it.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::EmployeeId;
use crate::note::Note;
use crate::plan::Plan;
use crate::remedy::Remedy;

use super::page::{Page, clauses, pieces};
use super::reasons::{Weight, label};
use super::safe::{person, safe};
use super::style::Tone;
use super::words::{Person, all_names, count, names, number, people};

/// The notes of one reason.
pub(super) struct Group<'a> {
    pub(super) heading: String,
    pub(super) loud: bool,
    pub(super) notes: usize,
    /// What resolves all of them, with `ID` where each has its own number.
    pub(super) remedy: Option<Vec<String>>,
    pub(super) items: Vec<Item<'a>>,
    all: bool,
}

/// Notes that say the same, and what resolves them where it is not the group's.
pub(super) struct Item<'a> {
    said: String,
    pub(super) notes: Vec<&'a Note>,
    remedy: Option<Vec<String>>,
}

/// So many items of one reason are shown; the rest is a figure. Nothing is cut of what is loud.
const SHOWN: usize = 10;
/// From so many on, one command with `ID` in it stands for as many commands.
const MANY: usize = 4;

/// The groups: the loud ones, those that hold people, and then those that need nobody; otherwise
/// in the order in which reasons are declared.
pub(super) fn groups(plan: &Plan, all: bool) -> Vec<Group<'_>> {
    let mut notes: Vec<&Note> = plan.notes().iter().collect();
    notes.sort_by_key(|it| (label(&it.reason).0, &it.reason));
    notes.chunk_by(|a, b| label(&a.reason) == label(&b.reason)).map(|it| group(it, all)).collect()
}

fn group<'a>(notes: &[&'a Note], all: bool) -> Group<'a> {
    let mut notes = notes.to_vec();
    notes.sort_by_key(|it| &it.employee);
    let remedy = shared_remedy(&notes);
    let mut items: Vec<Item<'a>> = Vec::new();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for note in &notes {
        let said = note.reason.to_string();
        let own = if remedy.is_some() { None } else { own_remedy(note) };
        match place.get(&said) {
            Some(at) if !all && items[*at].remedy == own => items[*at].notes.push(note),
            Some(_) | None => {
                place.insert(said.clone(), items.len());
                items.push(Item { said, notes: vec![note], remedy: own });
            }
        }
    }
    let (weight, words) = label(&notes[0].reason);
    let heading = match weight {
        Weight::Loud => format!("OPEN ACCESS: {words}"),
        Weight::Held => format!("held: {words}"),
        Weight::Quiet => format!("left alone: {words}"),
    };
    Group { heading, loud: weight == Weight::Loud, notes: notes.len(), remedy, items, all }
}

fn own_remedy(note: &Note) -> Option<Vec<String>> {
    let remedy = note.remedy()?;
    let text = remedy.to_string();
    let text = safe(&text);
    Some(match remedy {
        Remedy::Command(_) => clauses(&text),
        Remedy::Source(_) | Remedy::Config(_) | Remedy::Auth0(_) => pieces(&text),
    })
}

/// One remedy for all: the same to the letter, or the same but for each one's number.
fn shared_remedy(notes: &[&Note]) -> Option<Vec<String>> {
    let same = |remedy: &dyn Fn(&Note) -> Option<Vec<String>>| {
        let first = remedy(notes[0]);
        notes.iter().all(|it| remedy(it) == first).then_some(first)
    };
    if notes.len() > 1
        && let Some(remedy) = same(&own_remedy)
    {
        return Some(remedy.unwrap_or_default());
    }
    let general = |note: &Note| own_remedy(&Note { employee: None, ..note.clone() });
    if notes.len() >= MANY { same(&general).flatten() } else { None }
}

/// Writes a group.
pub(super) fn write(page: &mut Page, group: &Group<'_>) {
    let tone = if group.loud { Tone::Loud } else { Tone::Heading };
    page.heading(tone, &group.heading, &figures(group));
    remedy(page, group);
    let shown = group.shown();
    for it in &group.items[..shown] {
        item(page, it, group);
    }
    let hidden: usize = group.items[shown..].iter().map(|it| it.notes.len()).sum();
    if hidden > 0 {
        page.entry("", &pieces(&format!("and {} more, which --all shows", number(hidden))));
    }
}

/// Writes what resolves the whole group, where one thing does.
pub(super) fn remedy(page: &mut Page, group: &Group<'_>) {
    if let Some(remedy) = group.remedy.as_ref().filter(|it| !it.is_empty()) {
        page.shared_remedy(remedy);
    }
}

/// Writes one item: who, why, and what to do about it.
pub(super) fn item(page: &mut Page, item: &Item<'_>, group: &Group<'_>) {
    let style = page.style();
    match item.notes.as_slice() {
        [note] => page.entry("", &alone(note, &item.said)),
        several => {
            let figure = style.paint(Tone::Heading, &people(several.len()));
            page.entry("", &pieces(&format!("{} · {figure}", item.said)));
            let who: Vec<Person<'_>> = several.iter().filter_map(|it| named(it)).collect();
            page.below(&if group.loud { all_names(&who) } else { names(&who) });
        }
    }
    if let Some(remedy) = &item.remedy {
        page.remedy(remedy);
    }
}

/// One note: the person, where there is one, and the reason.
fn alone(note: &Note, said: &str) -> Vec<String> {
    match named(note) {
        Some((id, name)) => {
            let mut line = vec![format!("{}:", person(id, name))];
            line.extend(pieces(said));
            line
        }
        None => pieces(said),
    }
}

fn named(note: &Note) -> Option<(&EmployeeId, &str)> {
    note.employee.as_ref().map(|it| (it, note.name.as_str()))
}

/// How many people a group is about, each counted once, or notes where they are about nobody in the table.
pub(super) fn figures(group: &Group<'_>) -> String {
    let about = group.items.iter().flat_map(|it| &it.notes).map(|it| it.employee.as_ref());
    match about.collect::<Option<BTreeSet<&EmployeeId>>>() {
        Some(whom) => people(whom.len()),
        None => count(group.notes, "note", "notes"),
    }
}

impl Group<'_> {
    /// How many items are shown.
    fn shown(&self) -> usize {
        let cut = !self.all && !self.loud && self.items.len() > SHOWN + 1;
        if cut { SHOWN } else { self.items.len() }
    }
}
