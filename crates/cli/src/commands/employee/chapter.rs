//! One thing that was done to a person, as an auditor reads it.

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
    let (what, mut told) = match change {
        Some(change) => (change.outcome.to_string(), of_change(entry, change)),
        None => (format!("by {}", entry.by), of_other(entry)),
    };
    told.extend(
        erased_at.map(|it| fact("erased", &format!("what it said was erased on {}", show::second(it)))),
    );
    told.extend(link.as_ref().map(|it| fact("record", &format!("entry {}", it.seq))));
    let head = format!("{}  {} · {}", show::second(*at), words(&entry.event), safe(&what));
    lines(std::iter::once(head).chain(told))
}

fn of_change(entry: &AuditEntry, change: &AuditedChange) -> Vec<String> {
    let AuditedChange { digest, approvals, call, .. } = change;
    let mut told = facts(change, &entry.event);
    told.extend(plan(entry, digest.as_ref()));
    told.extend(approvals.iter().map(approval));
    told.extend(run(entry, call.as_ref()));
    told
}

/// What is no change of a plan, or was erased.
fn of_other(entry: &AuditEntry) -> Vec<String> {
    let told = [
        entry.body.get("reason").and_then(Value::as_str).map(|it| fact("why", it)),
        entry.user.as_ref().map(|it| fact("user", it.as_str())),
        entry.plan.map(|it| fact("plan", &it.to_string())),
        entry.run.map(|it| fact("run", &it.to_string())),
    ];
    told.into_iter().flatten().collect()
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
    let accepts: Vec<&str> = accepts.iter().map(String::as_str).collect();
    let accepting =
        if accepts.is_empty() { String::new() } else { format!(", accepting {}", accepts.join(", ")) };
    let reason = reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    fact("approved", &format!("{at} by {by}{accepting}{reason}"))
}

fn run(entry: &AuditEntry, call: Option<&CallIds>) -> Option<String> {
    let run = entry.run?;
    let Some(CallIds { correlation_id, auth0_request_id }) = call else {
        return Some(fact("run", &run.to_string()));
    };
    let request = auth0_request_id.as_ref().map(|it| format!(", Auth0's request {it}")).unwrap_or_default();
    Some(fact("run", &format!("{run}, X-Correlation-ID {correlation_id}{request}")))
}

/// `auth0_roles_assigned` → `roles assigned`
fn words(event: &str) -> String {
    safe(event.strip_prefix("auth0_").unwrap_or(event)).replace('_', " ")
}

fn fact(key: &str, value: &str) -> String {
    format!("    {key:8}  {}", safe(value))
}
