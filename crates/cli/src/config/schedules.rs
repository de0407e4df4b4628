//! `[[schedules]]`: what the service does when.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use ::server::Planned;
use chrono_tz::Tz;
use diff::{Kind, Scope};
use schedule::{Extent, Freeze, Handling};

use super::at::At;
use super::columns::Columns;
use super::policy::zone;
use super::problems::Found;
use super::section::{Either, Section};

/// More would run into the next tick.
const LONGEST_JITTER: u64 = 3_600;

/// All of them; by the policy's clock where they name none.
pub(super) fn read(top: &Section<'_>, time_zone: Tz, columns: &mut Columns) -> Vec<Planned> {
    let mut planned: Vec<Planned> = Vec::new();
    for section in top.sections("schedules") {
        let place = section.place();
        let Some(schedule) = schedule(section, time_zone, columns, top.found()) else { continue };
        if planned.iter().any(|it| it.name == schedule.name) {
            let what = format!("two schedules are called {:?}", schedule.name.as_str());
            top.found().add(place.problem(what, "give each a name of its own"));
            continue;
        }
        planned.push(schedule);
    }
    planned
}

fn schedule(section: Section<'_>, time_zone: Tz, columns: &mut Columns, found: &Found) -> Option<Planned> {
    let name = needed(&section, "name", "write name = \"nightly\"").and_then(|it| parsed(&it, found));
    let cron = needed(&section, "cron", "write cron = \"30 2 * * *\", for half past two every night");
    let cron = cron.and_then(|it| parsed(&it, found));
    let zone = section.text("time_zone").map_or(Some(time_zone), |it| zone(&it, found));
    let work = word(&section, "work", &[("full", Extent::Full), ("quick", Extent::Quick)], Extent::Full);
    let plan = word(
        &section,
        "plan",
        &[("review", Handling::Review), ("auto", Handling::AutoApprove)],
        Handling::Review,
    );
    let scope = scope(&section, columns);
    if work == Extent::Quick && scope != Scope::everybody() {
        let what = "a quick schedule is about those whose row has changed, and can be about nobody else";
        found.add(section.place().problem(what, "take only, limit, employees and where away"));
    }
    let written = section.words("freeze").unwrap_or_default();
    let freeze: Vec<Freeze> = written.iter().filter_map(|it| parsed(it, found)).collect();
    let jitter = section.number("jitter_seconds", 0..=LONGEST_JITTER).map_or(0, |it| it.value);
    let paused = section.flag("paused").is_some_and(|it| it.value);
    section.close();
    Some(Planned {
        name: name?,
        cron: cron?,
        zone: zone?,
        work,
        plan,
        scope,
        freeze,
        jitter: Duration::from_secs(jitter),
        paused,
    })
}

fn needed(section: &Section<'_>, key: &'static str, fix: &str) -> Option<At<String>> {
    let text = section.text(key);
    if text.is_none() {
        section.found().add(section.place().problem(format!("has no `{key}`"), fix));
    }
    text
}

/// For whom, in the words of `rollcall plan`.
fn scope(section: &Section<'_>, columns: &mut Columns) -> Scope {
    let found = section.found();
    let kinds: Vec<(&str, Kind)> = Kind::ALL.map(|it| (it.word(), it)).into();
    let only = section.words("only").unwrap_or_default();
    let employees = section.words("employees").unwrap_or_default();
    let id = |it: &At<String>| {
        let id = diff::EmployeeId::parse(&it.value);
        id.map_err(|error| found.add(it.problem(error.to_string(), "write the id as the table has it"))).ok()
    };
    let limit = section.number("limit", 1..=1_000_000);
    Scope {
        employees: employees.iter().filter_map(id).collect::<BTreeSet<_>>(),
        columns: wanted(section, columns),
        only: only.iter().filter_map(|it| it.one_of(&kinds, found)).collect::<BTreeSet<_>>(),
        limit: limit.and_then(|it| usize::try_from(it.value).ok()),
        ..Scope::everybody()
    }
}

/// `[schedules.where]`: only rows that have these values.
fn wanted(section: &Section<'_>, columns: &mut Columns) -> BTreeMap<String, String> {
    let mut wanted = BTreeMap::new();
    for entry in section.section("where").entries() {
        match entry.value {
            Either::Text(value) => {
                columns.check(&entry.name, &value, section.found());
                wanted.insert(entry.name, value.value);
            }
            Either::Section(_) => {
                section
                    .found()
                    .add(entry.at.problem("must be the value of a column", "write department = \"IT\""));
            }
        }
    }
    wanted
}

fn word<T: Copy>(section: &Section<'_>, key: &'static str, words: &[(&'static str, T)], default: T) -> T {
    section.text(key).and_then(|it| it.one_of(words, section.found())).unwrap_or(default)
}

/// What the text says; its error tells what to write instead.
fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(text: &At<String>, found: &Found) -> Option<T> {
    let value = text.value.parse::<T>();
    value.map_err(|error| found.add(text.problem(format!("{:#}", anyhow::Error::new(error)), ""))).ok()
}
