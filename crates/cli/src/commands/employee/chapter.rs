//! One thing that was done to a person, as an auditor reads it.

use std::collections::BTreeSet;

use diff::{Approval, Details, details};
use engine::{AuditedChange, CallIds, Chapter};
use serde_json::Value;
use store::{AuditEntry, AuditRow};

use crate::show;
use crate::table::{lines, safe};

/// When and what; before and after; why; on whose word; and by what it is found again.
pub(super) fn text(chapter: &Chapter) -> String {
    let Chapter { record, change } = chapter;
    let AuditRow { id: _, at, entry, erased_at, link } = record;
    let mut told = Vec::new();
    let head = match change {
        Some(change) => {
            told.extend(facts(change, &entry.event));
            change.outcome.to_string()
        }
        None => {
            told.extend(entry.body.get("reason").and_then(Value::as_str).map(|it| fact("why", it)));
            format!("by {}", entry.by)
        }
    };
    if change.is_none() {
        told.extend(entry.user.as_ref().map(|it| fact("user", it.as_str())));
        told.extend(entry.plan.map(|it| fact("plan", &it.to_string())));
        told.extend(entry.run.map(|it| fact("run", &it.to_string())));
    }
    if let Some(AuditedChange { digest, approvals, call, .. }) = change {
        told.extend(plan(entry, digest.as_ref()));
        told.extend(approvals.iter().map(approval));
        told.extend(run(entry, call.as_ref()));
    }
    told.extend(
        erased_at.map(|it| fact("erased", &format!("what it said was erased on {}", show::second(it)))),
    );
    told.extend(link.as_ref().map(|it| fact("record", &format!("entry {}", it.seq))));
    let head = format!("{}  {} · {}", show::second(*at), words(&entry.event), safe(&head));
    lines(std::iter::once(head).chain(told))
}

fn facts(audited: &AuditedChange, event: &str) -> Vec<String> {
    let Details { before_after, why } = details(&audited.change);
    // A block is several calls, and each is told; what it changes is told with the first.
    let is_side = ["auth0_sessions_ended", "auth0_refresh_tokens_revoked"].contains(&event);
    let before_after = before_after.into_iter().filter(|_| !is_side).map(|it| format!("    {it}"));
    before_after.chain(why.iter().map(|it| fact("why", it))).collect()
}

fn plan(entry: &AuditEntry, digest: Option<&diff::Digest>) -> Option<String> {
    let plan = entry.plan?;
    let digest = digest.map(|it| format!(", digest {it}")).unwrap_or_default();
    Some(fact("plan", &format!("{plan}{digest}")))
}

/// `2026-11-23 08:00:00 UTC by grace: the joiners of the week`
fn approval(approval: &Approval) -> String {
    let Approval { digest: _, by, at, reason, accepts } = approval;
    let at = at.parse().map_or_else(|_| at.clone(), show::second);
    let mut text = format!("{at} by {by}");
    if !accepts.is_empty() {
        text.push_str(&format!(", accepting {}", accepting(accepts)));
    }
    if let Some(reason) = reason {
        text.push_str(&format!(": {reason}"));
    }
    fact("approved", &text)
}

fn accepting(limits: &BTreeSet<String>) -> String {
    limits.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn run(entry: &AuditEntry, call: Option<&CallIds>) -> Option<String> {
    let mut text = entry.run?.to_string();
    if let Some(CallIds { correlation_id, auth0_request_id }) = call {
        text.push_str(&format!(", X-Correlation-ID {correlation_id}"));
        if let Some(id) = auth0_request_id {
            text.push_str(&format!(", Auth0's request {id}"));
        }
    }
    Some(fact("run", &text))
}

/// `auth0_roles_assigned` → `roles assigned`
fn words(event: &str) -> String {
    safe(event.strip_prefix("auth0_").unwrap_or(event)).replace('_', " ")
}

fn fact(key: &str, value: &str) -> String {
    format!("    {key:8}  {}", safe(value))
}
