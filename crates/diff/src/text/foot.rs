//! What was read, what the run will cost, and the line that sums a plan up.

use std::collections::BTreeMap;

use crate::forecast::{Forecast, GrantShapes, Reading, ReadingForm, Spent};
use crate::limits::Breach;
use crate::pace::Group;
use crate::plan::{Plan, RolesRead, SourceSummary, UsersSummary};

use super::page::{Page, pieces};
use super::style::Tone;
use super::words::{count, number, time};

/// How wide the labels are, with the space behind them.
const LABEL: usize = 10;

/// Writes the foot of a plan; its last line is [`summary`].
pub(super) fn write(page: &mut Page, plan: &Plan, breaches: &[Breach]) {
    let style = page.style();
    let label = |it: &str| style.paint(Tone::Quiet, it);
    page.gap();
    for (at, line) in read(plan).iter().enumerate() {
        page.labelled(&label(if at == 0 { "read" } else { "" }), LABEL, &pieces(line));
    }
    if !plan.is_empty() {
        page.labelled(&label("forecast"), LABEL, &pieces(&cost(&plan.document().forecast)));
    }
    page.gap();
    page.line(&style.paint(Tone::Heading, &last_line(plan, breaches)));
}

/// `plan eb0e8be0d437: 17 changes · 12 held`; a plan of nothing has no digest that anybody could
/// use, unless the table itself waits for somebody to believe it.
fn last_line(plan: &Plan, breaches: &[Breach]) -> String {
    if plan.is_empty() && breaches.is_empty() {
        summary(plan)
    } else {
        format!("plan {}: {}", plan.digest(), summary(plan))
    }
}

/// `17 changes · 12 held · 3 parked`, or `nothing to do · 12 held`; none held or parked is not said.
pub(super) fn summary(plan: &Plan) -> String {
    let changes = match plan.changes().len() {
        0 => "nothing to do".to_owned(),
        some => count(some, "change", "changes"),
    };
    let told = |figure: usize, what: &str| match figure {
        0 => String::new(),
        some => format!(" · {} {what}", number(some)),
    };
    format!("{changes}{}{}", told(plan.held(), "held"), told(plan.parked(), "parked"))
}

/// What was read from both sides. Users that are nobody's are this one figure.
pub(super) fn read(plan: &Plan) -> [String; 2] {
    let document = plan.document();
    let SourceSummary { rows, in_scope, employed, left, upcoming, held, .. } = &document.source;
    let scope = if in_scope == rows { String::new() } else { format!(", {} in scope", number(*in_scope)) };
    let standings =
        figures([(*employed, "employed"), (*left, "left"), (*upcoming, "not due yet"), (*held, "held")]);
    let UsersSummary { read, managed, unmanaged, roles, open_holders: _, lacks: _ } = &document.users;
    let whose = figures([(*managed, "managed"), (*unmanaged, "nobody's and left alone")]);
    let roles = match roles {
        RolesRead::Read => "",
        RolesRead::NotRead => "; roles were not read, so nothing about them is planned",
    };
    let form = form(&document.forecast.reading);
    [
        format!("{}{scope}{standings}", count(*rows, "row", "rows")),
        format!("{}{form}{whose}{roles}", count(*read, "user", "users")),
    ]
}

fn figures<const N: usize>(parts: [(usize, &str); N]) -> String {
    let told: Vec<String> = parts
        .iter()
        .filter(|it| it.0 > 0)
        .map(|(count, what)| format!("{} {what}", number(*count)))
        .collect();
    if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) }
}

fn form(reading: &Reading) -> String {
    let Reading { form, calls } = reading;
    let form = match form {
        ReadingForm::Files => " from files",
        ReadingForm::Pages => " by pages",
        ReadingForm::Export => " by an export job",
        ReadingForm::Windows => " by windows of created_at",
        ReadingForm::ById => " one by one",
    };
    match sum(calls) {
        0 => form.to_owned(),
        total => format!("{form} in {}", count(total, "call", "calls")),
    }
}

/// From so many people on it is told in which shapes roles are given, and what reading users again costs: of a
/// handful nobody asks.
const TOLD_FROM: usize = 50;

/// The calls by group, and the time in words.
pub fn cost(forecast: &Forecast) -> String {
    let Forecast { reading: _, writes, rate_plan, share, seconds, grants, reads_if_old } = forecast;
    let total = sum(writes);
    if total == 0 {
        return "no calls of the Management API".to_owned();
    }
    let at = if *share > 0.0 {
        format!(" at {:.0} % of the {rate_plan} plan", share * 100.0)
    } else {
        String::new()
    };
    let grants = grants.filter(|it| it.in_batches >= TOLD_FROM).map(shapes).unwrap_or_default();
    let again = if *reads_if_old >= TOLD_FROM {
        format!("; {} more if it is old by then", count(*reads_if_old, "read", "reads"))
    } else {
        String::new()
    };
    format!("{}{}, {}{at}{grants}{again}", count(total, "call", "calls"), by_group(writes), time(*seconds))
}

/// `; roles to 120 in 3 batches and to 4 one by one`
fn shapes(grants: GrantShapes) -> String {
    let GrantShapes { batch: _, batches, in_batches, singly } = grants;
    let others = if singly > 0 { format!(" and to {} one by one", number(singly)) } else { String::new() };
    format!("; roles to {} in {}{others}", number(in_batches), count(batches, "batch", "batches"))
}

/// What a run took, in a line to put below [`cost`].
///
/// `14 calls (7 write users, 7 roles and others), 4 s, no 429, 99 % of the permitted rate`
pub fn spent(spent: &Spent) -> String {
    let Spent { calls, refused, authentication: _, waited_ms: _, took_ms, limited_ms: _, used_ms: _, .. } =
        spent;
    let counts = |it: &BTreeMap<Group, u64>| -> BTreeMap<Group, usize> {
        it.iter().map(|(group, calls)| (*group, usize::try_from(*calls).unwrap_or(usize::MAX))).collect()
    };
    let calls = counts(calls);
    let mut told = match sum(&calls) {
        0 => "no calls of the Management API".to_owned(),
        total => format!("{}{}", count(total, "call", "calls"), by_group(&calls)),
    };
    if spent.from_journal {
        told.push_str(" as journalled, before its process ended");
        return told;
    }
    told = format!("{told}, {} s, ", took_ms / 1_000);
    match sum(&counts(refused)) {
        0 => told.push_str("no 429"),
        some => told = format!("{told}{} answered 429", number(some)),
    }
    if let Some(percent) = spent.utilisation() {
        told = format!("{told}, {percent} % of the permitted rate while there was work");
    }
    told
}

/// The forecast and what became of it, in one line.
///
/// `forecast 120 calls, about 36 seconds · took 121 calls, 36 s, no 429, 99 % of the permitted rate`
pub fn forecast_and_spent(forecast: &Forecast, spent: &Spent) -> String {
    let refused = match spent.total_refused() {
        0 => "no 429".to_owned(),
        some => format!("{some} answered 429"),
    };
    let used = spent.utilisation().map(|it| format!(", {it} % of the permitted rate")).unwrap_or_default();
    let calls = |it: u64| count(usize::try_from(it).unwrap_or(usize::MAX), "call", "calls");
    let (expected, took) = (count(sum(&forecast.writes), "call", "calls"), calls(spent.total()));
    let (expected_time, took_time) = (time(forecast.seconds), spent.took_ms / 1_000);
    format!("forecast {expected}, {expected_time} · took {took}, {took_time} s, {refused}{used}")
}

/// Figures of a document that somebody wrote may be anything.
fn sum(calls: &BTreeMap<Group, usize>) -> usize {
    calls.values().fold(0, |sum, it| sum.saturating_add(*it))
}

fn by_group(calls: &BTreeMap<Group, usize>) -> String {
    let told: Vec<String> = calls
        .iter()
        .filter(|(_, calls)| **calls > 0)
        .map(|(group, calls)| format!("{} {}", number(*calls), group.label()))
        .collect();
    format!(" ({})", told.join(", "))
}
