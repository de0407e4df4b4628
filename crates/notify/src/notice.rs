//! What is told of a condition, and what is known of it over time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, Severity, Subject};
use crate::wording;

/// One condition of one subject: what is told once while it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) subject: Subject,
}

/// Whether a condition stands. In JSON: `raised`, `over`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It stands.
    Raised,
    /// It stood, and does not any more.
    Over,
}

/// What is told of a condition. Its texts are clean: no line break in the title, no control character anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    kind: Kind,
    subject: Subject,
    severity: Severity,
    title: String,
    text: String,
    next: String,
}

/// A condition that stands, or whose end is not told everywhere yet. Written down and given back to
/// [`crate::Notifier::restore`], it keeps a restart from telling everything again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// What was told, or is yet to be.
    pub notice: Notice,
    /// Whether it stands.
    pub state: State,
    /// Since when it is so.
    pub at: DateTime<Utc>,
    /// The head of the audit's chain then.
    pub audit_head: Option<String>,
    /// The channels that have told that it stands, and not yet that it is over; of what is over, also those that
    /// may have.
    pub told_by: Vec<String>,
}

/// A notice that a channel had not sent when it was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The channel.
    pub channel: String,
    /// Which condition.
    pub kind: Kind,
    /// Of what.
    pub subject: Subject,
    /// What was to be told of it.
    pub state: State,
}

impl Notice {
    /// `texts` are the title, what happened, and what to do next.
    pub(crate) fn new(kind: Kind, subject: Subject, severity: Severity, texts: [&str; 3]) -> Self {
        let [title, text, next] = texts;
        let (title, text, next) = (wording::title(title), wording::text(text), wording::text(next));
        Self { kind, subject, severity, title, text, next }
    }

    /// Which condition.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it is a condition of.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// How soon somebody must look.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// In a line: `Plan 7 waits for a yes or no`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What happened.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What to do, with the command: ``see `rollcall run show 3` ``.
    pub fn next(&self) -> &str {
        &self.next
    }

    pub(crate) fn key(&self) -> Key {
        Key { kind: self.kind, subject: self.subject.clone() }
    }
}
