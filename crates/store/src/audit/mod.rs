//! The append-only record: who did what, when, on whose word.
//!
//! Nothing here changes or removes an entry. The bodies of a person's entries can be erased
//! ([`Store::erase_audit`](crate::Store::erase_audit)); hashes and ids stay, and erasing is an entry itself.
//!
//! # The chain
//!
//! A tenant's entries are numbered from 1 without a gap, and each is tied to the one before it. Whoever has
//! the entries, as `rollcall audit --format jsonl` writes them, and the key can check them without us:
//!
//! ```text
//! content = hex(SHA-256(salt ++ body))
//! hash    = hex(HMAC-SHA-256(key, ["rollcall audit 1", previous, seq, at, tenant, by, verified, event,
//!                                  employee, user, plan, run, content, key_id]))
//! ```
//!
//! * `hex` is in lower case. `salt` is 64 hex digits, random for each entry. `body` is JSON with sorted
//!   keys and without spaces. All texts are UTF-8, and nothing beyond ASCII is escaped.
//! * The array of `hash` is JSON without spaces: what is absent is `null`, `at` is
//!   `"2026-11-23T07:00:00.001Z"`, always with three digits of a second.
//! * `previous` is the `hash` of the entry before. That of the first entry covers what was written before
//!   there was a chain (`hex(SHA-256(["rollcall audit genesis 1", tenant, count, digest]))`, see `before.rs`).
//! * `key_id` is null for entries without a key, and the key is then [`AuditKeys::PUBLISHED`]: everybody
//!   knows it, so that whoever may write to the database can make the whole chain anew. Else it is the first 16
//!   digits of `hex(SHA-256("rollcall audit key " ++ key))`.
//!
//! The newest number and hash stand in a row of their own, the head. Every append locks it, in one
//! transaction with the entries, so that two processes append one after the other.
//!
//! [`Store::verify_audit`](crate::Store::verify_audit) reads all of it and names what does not fit. It
//! cannot know that the end was cut off together with the head: for that, note the head elsewhere.

mod append;
mod before;
mod chain;
mod erase;
mod fault;
mod key;
mod pages;
mod scrub;
mod verify;
mod walk;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diff::{Approver, EmployeeId, PlanId, RunId, Tenant, UserId};
use serde_json::Value;

use crate::entities::audit;
use crate::error::Error;
use crate::plans::approver;
use crate::words::employee_id;

pub use erase::{ERASED, Erased};
pub use fault::{ChainFault, FaultKind};
pub use key::{AuditKeyError, AuditKeys};
pub use pages::AuditPages;
pub use verify::{AuditVerdict, ChainReport, KeySpan, LostHead};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The tenant that it concerns.
    pub tenant: Tenant,
    /// Who.
    pub by: Approver,
    /// What, `plan_approved`.
    pub event: String,
    /// The employee, where one is concerned.
    pub employee: Option<EmployeeId>,
    /// The user, where one is concerned.
    pub user: Option<UserId>,
    /// The plan, where one is concerned.
    pub plan: Option<PlanId>,
    /// The run, where one is concerned.
    pub run: Option<RunId>,
    /// The rest: before, after, reasons, request ids. Never a secret.
    pub body: Value,
}

/// An entry as it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number among all tenants' entries; later entries have higher ones.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What. The body of an erased entry is null.
    pub entry: AuditEntry,
    /// When its body was erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// How it is tied to the entry before; none for what was written before there was a chain.
    pub link: Option<AuditLink>,
}

/// How an entry is tied to the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLink {
    /// Its number in the tenant's chain.
    pub seq: i64,
    /// What the body is hashed with; none once it is erased.
    pub salt: Option<String>,
    /// The hash of the body.
    pub content: String,
    /// The hash of the entry before.
    pub previous: String,
    /// Its own.
    pub hash: String,
    /// The key that it was made with; none where there was none.
    pub key_id: Option<String>,
}

/// The number and hash of an entry, `17:4be0…`: noted elsewhere, it proves later that nothing up to it was
/// rewritten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditHead {
    /// The number in the tenant's chain.
    pub seq: i64,
    /// The hash.
    pub hash: String,
}

/// A text that is no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write SEQ:HASH as `rollcall audit verify` prints it: a number, a colon and 64 hex digits")]
pub struct AuditHeadError;

/// Which entries to read: those to which all that is set applies, the newest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About the employee.
    pub employee: Option<EmployeeId>,
    /// About the user.
    pub user: Option<UserId>,
    /// About the plan.
    pub plan: Option<PlanId>,
    /// About the run.
    pub run: Option<RunId>,
    /// Of this name, `plan_approved`.
    pub event: Option<String>,
    /// At that moment or later.
    pub since: Option<DateTime<Utc>>,
    /// At that moment or earlier.
    pub until: Option<DateTime<Utc>>,
    /// Older than the entry of this id.
    pub before: Option<i64>,
    /// At most so many; all where nothing is said.
    pub limit: Option<u64>,
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for AuditHead {
    type Err = AuditHeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, hash) = text.trim().split_once(':').ok_or(AuditHeadError)?;
        let seq = seq.parse().ok().filter(|it| *it > 0).ok_or(AuditHeadError)?;
        let is_hash = hash.len() == 64 && hash.chars().all(|it| it.is_ascii_hexdigit());
        is_hash.then(|| Self { seq, hash: hash.to_ascii_lowercase() }).ok_or(AuditHeadError)
    }
}

/// What stands in a row. A body that is no document any more, because somebody changed it, is shown as the
/// text that it is: the record must stay readable.
fn audit_row(row: audit::Model) -> Result<AuditRow, Error> {
    let audit::Model {
        id,
        at,
        tenant,
        actor,
        verified,
        event,
        employee,
        user_id,
        plan,
        run,
        body,
        previous,
        hash,
        seq,
        salt,
        content,
        key_id,
        erased_at,
    } = row;
    let entry = AuditEntry {
        tenant: Tenant::new(tenant),
        by: approver(actor, verified),
        event,
        employee: employee.as_deref().map(employee_id).transpose()?,
        user: user_id.map(UserId::new),
        plan: plan.map(PlanId),
        run: run.map(RunId),
        body: match body.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        },
    };
    let link = seq.map(|seq| AuditLink {
        seq,
        salt,
        content: content.unwrap_or_default(),
        previous: previous.unwrap_or_default(),
        hash: hash.unwrap_or_default(),
        key_id,
    });
    Ok(AuditRow { id, at, entry, erased_at, link })
}
