//! One message to one channel, as Slack, a mail or JSON has it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::notice::{Announced, State};
use crate::wording;

/// What is sent: a notice, and where and when.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) told: Announced,
    pub(crate) tenant: String,
}

/// What a JSON webhook gets. These names and values stay; others may come.
#[derive(Serialize)]
struct Json<'a> {
    /// `plan_waits`: the condition.
    event: &'a str,
    /// `raised` or `over`.
    state: State,
    /// `plan 7`: what it is a condition of. With `event`, what a notice that is over belongs to.
    subject: &'a str,
    /// `info`, `warning` or `critical`.
    severity: String,
    /// A line.
    title: &'a str,
    /// What happened and what to do.
    text: String,
    /// The tenant's domain.
    tenant: &'a str,
    /// Since when it is so, RFC 3339 in UTC.
    at: String,
    /// The head of the audit's chain then, or null.
    audit_head: Option<&'a str>,
}

impl Message {
    /// What an incoming webhook of Slack, or of whatever takes the same, gets.
    pub(crate) fn slack(&self) -> Vec<u8> {
        let text =
            format!("*{}*\n{}\n{}", escape(&self.headline()), escape(&self.body()), escape(&self.origin()));
        json(&serde_json::json!({ "text": text }))
    }

    /// What a JSON webhook gets.
    pub(crate) fn json(&self) -> Vec<u8> {
        let Announced { notice, state, audit_head, .. } = &self.told;
        json(&Json {
            event: notice.kind().as_str(),
            state: *state,
            subject: notice.subject().as_str(),
            severity: notice.severity().to_string(),
            title: notice.title(),
            text: self.body(),
            tenant: &self.tenant,
            at: rfc3339(self.told.at),
            audit_head: audit_head.as_deref(),
        })
    }

    /// One line, without a line break whatever the notice is about.
    pub(crate) fn mail_subject(&self) -> String {
        // A notice that was restored from somewhere was not made here.
        wording::one_line(&format!("Rollcall: {}", self.headline()))
    }

    /// Plain text.
    pub(crate) fn mail_body(&self) -> String {
        format!("{}\n\n{}\n\n{}\n", self.headline(), self.body(), self.origin())
    }

    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.told.at
    }

    /// How bad it is, and what it is.
    fn headline(&self) -> String {
        let Announced { notice, state, .. } = &self.told;
        match state {
            State::Raised => format!("[{}] {}", notice.severity(), notice.title()),
            State::Over => format!("[over] {}", notice.title()),
        }
    }

    /// What happened, and what to do.
    fn body(&self) -> String {
        let notice = &self.told.notice;
        match self.told.state {
            State::Raised => format!("{}\nNext: {}.", notice.text(), notice.next()),
            State::Over => "This is over.".into(),
        }
    }

    /// Where, when, and what shows later that the audit was not cut off.
    fn origin(&self) -> String {
        let Self { told, tenant } = self;
        let head = told.audit_head.as_deref().unwrap_or("not known");
        format!("Tenant {tenant}, at {}\nAudit head {head}", rfc3339(told.at))
    }
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Slack reads these three; with them it would take `<!channel>` for a call to everybody.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn json(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).expect("texts and names are always JSON")
}
