//! The simulator's own controls, which no Auth0 has; the crate's page lists them.

use axum::{
    body::Bytes,
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    answer::Answer,
    conditions::Conditions,
    error::Refusal,
    gate::{Hub, lock},
    journal::{JournalLine, Stats},
    limits::Limits,
    saving,
    state::{Mail, State},
    switches::Switches,
};

pub(crate) const PREFIX: &str = "/_simulator";

/// What to do with the tokens that were issued.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TokenOrder {
    expire: bool,
    revoke: bool,
}

pub(crate) fn answer(hub: &Hub, parts: &Parts, body: &Bytes) -> Answer {
    let name = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default().trim_matches('/');
    command(hub, parts.method.as_str(), name, body).unwrap_or_else(Answer::from)
}

fn command(hub: &Hub, method: &str, name: &str, body: &Bytes) -> Result<Answer, Refusal> {
    if method == "GET" {
        return show(hub, name);
    }
    change(hub, method, name, body)?;
    Ok(Answer::no_content())
}

fn show(hub: &Hub, name: &str) -> Result<Answer, Refusal> {
    Ok(match name {
        "journal" => Answer::bytes("application/x-ndjson", lines(&journal(hub))),
        "stats" => Answer::ok(&stats(hub)),
        "state" => Answer::ok(&state(hub)),
        "mails" => Answer::ok(&mails(hub)),
        "faults" => Answer::ok(&lock(&hub.faults).list()),
        "switches" => Answer::ok(&lock(&hub.tenant).switches),
        "conditions" => Answer::ok(&*lock(&hub.conditions)),
        _ => return Err(Refusal::no_such_path()),
    })
}

fn change(hub: &Hub, method: &str, name: &str, body: &Bytes) -> Result<(), Refusal> {
    match (method, name) {
        ("DELETE", "journal") => clear_journal(hub),
        ("PUT", "state") => set_state(hub, saving::parse(body).map_err(|error| unreadable(&error))?),
        ("DELETE", "mails") => lock(&hub.tenant).mails.clear(),
        ("PUT", "faults") => lock(&hub.faults).set(read(body)?),
        ("DELETE", "faults") => lock(&hub.faults).set(Vec::new()),
        ("PUT", "conditions") => {
            let conditions: Conditions = read(body)?;
            if let Some(why) = conditions.fault() {
                return Err(Refusal::bare(StatusCode::BAD_REQUEST, why));
            }
            set_conditions(hub, conditions);
        }
        ("PUT", "switches") => set_switches(hub, read(body)?),
        ("PUT", "tokens") => order(hub, &read(body)?),
        _ => return Err(Refusal::no_such_path()),
    }
    Ok(())
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Refusal {
    Refusal::bare(StatusCode::BAD_REQUEST, &error.to_string())
}

fn lines(journal: &[JournalLine]) -> Vec<u8> {
    let mut text = Vec::new();
    for line in journal {
        serde_json::to_writer(&mut text, line)
            .expect("a line has string keys, and a vector takes everything");
        text.push(b'\n');
    }
    text
}

pub(crate) fn journal(hub: &Hub) -> Vec<JournalLine> {
    lock(&hub.journal).lines()
}

pub(crate) fn clear_journal(hub: &Hub) {
    lock(&hub.journal).clear();
}

pub(crate) fn stats(hub: &Hub) -> Stats {
    lock(&hub.journal).stats()
}

pub(crate) fn state(hub: &Hub) -> State {
    let saved = lock(&hub.tenant).save();
    saved.into_state()
}

/// The buckets are left alone: whoever loads a state has not waited for them.
pub(crate) fn set_state(hub: &Hub, state: State) {
    lock(&hub.tenant).load(state, hub.clock.now());
    hub.unsaved.mark();
}

pub(crate) fn mails(hub: &Hub) -> Vec<Mail> {
    lock(&hub.tenant).mails.clone()
}

/// Some switches shape the buckets, so these start again, full.
pub(crate) fn set_switches(hub: &Hub, switches: Switches) {
    let mut tenant = lock(&hub.tenant);
    let now = hub.clock.now();
    let mut limits = Limits::new(tenant.plan, &switches, now.at);
    limits.share(lock(&hub.conditions).background_rps, &switches, now);
    *lock(&hub.limits) = limits;
    tenant.switches = switches;
}

/// The buckets go on as they are.
pub(crate) fn set_conditions(hub: &Hub, conditions: Conditions) {
    let tenant = lock(&hub.tenant);
    *lock(&hub.conditions) = conditions;
    lock(&hub.limits).share(conditions.background_rps, &tenant.switches, hub.clock.now());
}

fn order(hub: &Hub, order: &TokenOrder) {
    let mut tenant = lock(&hub.tenant);
    if order.expire {
        tenant.tokens.expire_all();
    }
    if order.revoke {
        tenant.tokens.revoke_all();
    }
}
