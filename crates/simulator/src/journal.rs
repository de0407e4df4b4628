//! What was asked of the tenant: a line a request, and counts.

use std::collections::{BTreeMap, VecDeque};

use axum::{body::Bytes, http::HeaderMap};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{call::read_body, clock::Timestamp, faults::Trouble};

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalLine {
    /// When it arrived.
    pub at: Timestamp,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query, as sent.
    pub path: String,
    /// The answer's status; absent while there is no answer, and for ever when the connection was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// From arrival to answer.
    pub ms: u64,
    /// The caller's `X-Correlation-ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The body, without passwords and secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The fault that struck it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Trouble>,
}

/// How many requests there were, and of which kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// By method and path template, e.g. `GET /api/v2/users/{id}`.
    pub requests: BTreeMap<String, Count>,
    /// All of them.
    pub total: u64,
    /// How many were refused for the rate.
    pub too_many_requests: u64,
    /// The most that were being worked on at once.
    pub peak_in_flight: u64,
    /// Of how many the journal has no line any more, because of all that came after them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forgotten: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The requests of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// All of them.
    pub count: u64,
    /// Answered with 4xx or 5xx, or not at all.
    pub failed: u64,
    /// Refused for the rate.
    pub too_many_requests: u64,
}

/// The lines and the counts. Old lines fall off the end so that a long benchmark cannot fill the memory.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    lines: VecDeque<Kept>,
    /// The number of the first line that is kept.
    first: u64,
    stats: Stats,
    in_flight: u64,
}

/// How many lines are kept: a first sync of a large company, in a few hundred bytes each.
const MOST: usize = 250_000;

/// A line as it is kept: the body as text, which takes a tenth of what its tree takes.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Without the body.
    line: JournalLine,
    body: Option<Box<str>>,
}

impl Kept {
    pub(crate) fn of(mut line: JournalLine) -> Self {
        let body = line.body.take().map(|it| it.to_string().into_boxed_str());
        Self { line, body }
    }

    fn line(&self) -> JournalLine {
        let body = self.body.as_deref().map(|it| serde_json::from_str(it).expect("it was written here"));
        JournalLine { body, ..self.line.clone() }
    }
}

/// The place of a request that has arrived and is not answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot(u64);

impl Journal {
    /// Lines stand in the order of arrival.
    pub(crate) fn arrived(&mut self, line: Kept) -> Slot {
        self.in_flight += 1;
        self.stats.peak_in_flight = self.stats.peak_in_flight.max(self.in_flight);
        self.lines.push_back(line);
        let slot = Slot(self.first + self.lines.len() as u64 - 1);
        if self.lines.len() > MOST {
            self.lines.pop_front();
            self.first += 1;
            self.stats.forgotten += 1;
        }
        slot
    }

    /// `status` is `None` when the connection is cut.
    pub(crate) fn answered(
        &mut self,
        slot: Slot,
        template: &str,
        status: Option<u16>,
        fault: Option<Trouble>,
        now: Timestamp,
    ) {
        self.in_flight -= 1;
        let place = slot.0.checked_sub(self.first).and_then(|it| usize::try_from(it).ok());
        let Some(Kept { line, .. }) = place.and_then(|it| self.lines.get_mut(it)) else { return };
        line.status = status;
        line.fault = fault;
        line.ms = u64::try_from(now.millis() - line.at.millis()).unwrap_or(0);
        let refused = u64::from(status == Some(429));
        let count = self.stats.requests.entry(format!("{} {template}", line.method)).or_default();
        count.count += 1;
        count.failed += u64::from(status.is_none_or(|it| it >= 400));
        count.too_many_requests += refused;
        self.stats.total += 1;
        self.stats.too_many_requests += refused;
    }

    pub(crate) fn lines(&self) -> Vec<JournalLine> {
        self.lines.iter().map(Kept::line).collect()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// Forgets lines and counts; requests in flight are then nowhere.
    pub(crate) fn clear(&mut self) {
        self.first += self.lines.len() as u64;
        self.lines.clear();
        self.stats = Stats { peak_in_flight: self.in_flight, ..Stats::default() };
    }
}

/// What may not be written down.
const SECRET: [&str; 3] = ["password", "client_secret", "client_assertion"];

/// The body as it may be written down.
pub(crate) fn redacted(headers: &HeaderMap, body: &Bytes) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    let mut body = read_body(headers, body).ok()?;
    redact(&mut body);
    Some(body)
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if SECRET.contains(&key.as_str()) {
                    *value = Value::from("[redacted]");
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, body: Option<Value>) -> JournalLine {
        JournalLine {
            at: Timestamp::from_millis(0),
            method: "GET".to_owned(),
            path: path.to_owned(),
            status: None,
            ms: 0,
            correlation_id: None,
            body,
            fault: None,
        }
    }

    #[test]
    fn a_line_comes_back_as_it_was_and_old_ones_are_counted_when_they_fall_off() {
        let mut journal = Journal::default();
        let first = line("/first", Some(serde_json::json!({ "a": [1, null, "x"], "b": 1.5 })));
        journal.arrived(Kept::of(first.clone()));
        assert_eq!(journal.lines(), [first]);
        for _ in 0..MOST {
            journal.arrived(Kept::of(line("/more", None)));
        }
        assert_eq!((journal.lines().len(), journal.stats().forgotten), (MOST, 1));
        assert_eq!(journal.lines()[0].path, "/more");
        journal.clear();
        assert_eq!((journal.lines().len(), journal.stats().forgotten), (0, 0));
    }

    #[test]
    fn secrets_are_not_written_down() {
        let body =
            Bytes::from_static(br#"{"email": "a", "password": "p", "deep": [{"client_secret": "s"}]}"#);
        let redacted = redacted(&HeaderMap::new(), &body).unwrap();
        assert_eq!(
            redacted,
            serde_json::json!({"email": "a", "password": "[redacted]", "deep": [{"client_secret": "[redacted]"}]})
        );
    }
}
