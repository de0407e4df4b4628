//! The audit record, and tokens.

use serde_json::{Value, json};
use store::{AuditEntry, AuditLink, AuditRow, StoredToken};

use crate::timestamp;

/// An entry of the record, with all that its hash is made of: `store`'s documentation has the recipe.
pub fn audit_entry(row: &AuditRow) -> Value {
    let AuditRow { id, at, entry, erased_at, link } = row;
    let AuditEntry { tenant, by, event, employee, user, plan, run, body } = entry;
    let verified = matches!(by, diff::Approver::Verified { .. });
    let mut document = json!({
        "id": id,
        "seq": null,
        "at": timestamp(*at),
        "tenant": tenant,
        "by": by.name(),
        "verified": verified,
        "event": event,
        "employee": employee,
        "user": user,
        "plan": plan,
        "run": run,
        "body": body,
        "erased_at": erased_at.map(timestamp),
    });
    if let Some(AuditLink { seq, salt, content, previous, hash, key_id }) = link {
        document["seq"] = json!(seq);
        document["salt"] = json!(salt);
        document["content"] = json!(content);
        document["previous"] = json!(previous);
        document["hash"] = json!(hash);
        document["key_id"] = json!(key_id);
    }
    document
}

/// A token, of which nobody has more than the name.
pub fn token(token: &StoredToken) -> Value {
    let StoredToken { name, role, created_at, created_by, expires_at, revoked_at, used_at } = token;
    json!({
        "name": name,
        "role": role,
        "created_at": timestamp(*created_at),
        "created_by": created_by,
        "expires_at": expires_at.map(timestamp),
        "revoked_at": revoked_at.map(timestamp),
        "used_at": used_at.map(timestamp),
    })
}
