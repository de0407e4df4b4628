//! What is hashed, and how. The recipe is in the documentation of the folder.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use diff::{EmployeeId, UserId};
use sea_orm::ActiveValue::{NotSet, Set};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{AuditEntry, AuditKeys};
use crate::entities::audit;
use crate::words::to_json;

/// Names the recipe in every hash: another one would have another name.
const VERSION: &str = "rollcall audit 1";

/// A chain as far as it has come.
pub(super) struct Chain<'a> {
    pub(super) keys: &'a AuditKeys,
    pub(super) seq: i64,
    pub(super) hash: String,
}

impl Chain<'_> {
    /// The next entry, as it is stored.
    pub(super) fn add(&mut self, entry: &AuditEntry, at: DateTime<Utc>, salt: String) -> audit::ActiveModel {
        let AuditEntry { tenant, by, event, employee, user, plan, run, body } = entry;
        let (actor, verified) = (by.name(), by.is_verified());
        let body = to_json(body);
        let content = content(&salt, &body);
        let covered = Covered {
            previous: &self.hash,
            seq: self.seq.saturating_add(1),
            at,
            tenant: tenant.as_str(),
            actor,
            verified,
            event,
            employee: employee.as_ref().map(EmployeeId::as_str),
            user: user.as_ref().map(UserId::as_str),
            plan: plan.map(|it| it.0),
            run: run.map(|it| it.0),
            content: &content,
            key_id: self.keys.id(),
        };
        let (seq, hash) = (covered.seq, covered.hash(self.keys, 0));
        let row = audit::ActiveModel {
            id: NotSet,
            at: Set(at),
            tenant: Set(covered.tenant.to_owned()),
            actor: Set(actor.to_owned()),
            verified: Set(verified),
            event: Set(event.clone()),
            employee: Set(covered.employee.map(str::to_owned)),
            user_id: Set(covered.user.map(str::to_owned)),
            plan: Set(covered.plan),
            run: Set(covered.run),
            body: Set(body),
            previous: Set(Some(self.hash.clone())),
            hash: Set(Some(hash.clone())),
            seq: Set(Some(covered.seq)),
            salt: Set(Some(salt)),
            content: Set(Some(content.clone())),
            key_id: Set(self.keys.id().map(str::to_owned)),
            erased_at: Set(None),
        };
        self.seq = seq;
        self.hash = hash;
        row
    }
}

/// What the hash of an entry covers.
#[derive(Clone, Copy)]
pub(super) struct Covered<'a> {
    pub(super) previous: &'a str,
    pub(super) seq: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) tenant: &'a str,
    pub(super) actor: &'a str,
    pub(super) verified: bool,
    pub(super) event: &'a str,
    pub(super) employee: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) plan: Option<i64>,
    pub(super) run: Option<i64>,
    pub(super) content: &'a str,
    pub(super) key_id: Option<&'a str>,
}

impl<'a> Covered<'a> {
    pub(super) fn of(row: &'a audit::Model) -> Self {
        Self {
            previous: row.previous.as_deref().unwrap_or_default(),
            seq: row.seq.unwrap_or_default(),
            at: row.at,
            tenant: &row.tenant,
            actor: &row.actor,
            verified: row.verified,
            event: &row.event,
            employee: row.employee.as_deref(),
            user: row.user_id.as_deref(),
            plan: row.plan,
            run: row.run,
            content: row.content.as_deref().unwrap_or_default(),
            key_id: row.key_id.as_deref(),
        }
    }

    /// Under the key of that age.
    pub(super) fn hash(&self, keys: &AuditKeys, age: usize) -> String {
        let Self {
            previous,
            seq,
            at,
            tenant,
            actor,
            verified,
            event,
            employee,
            user,
            plan,
            run,
            content,
            key_id,
        } = *self;
        let at = moment(at);
        let message = to_json(&(
            VERSION, previous, seq, at, tenant, actor, verified, event, employee, user, plan, run, content,
            key_id,
        ));
        keys.code(age, message.as_bytes())
    }
}

/// The hash of a body, which stays when body and salt are erased.
pub(super) fn content(salt: &str, body: &str) -> String {
    sha256(&[salt, body])
}

/// Random, so that nobody can find out what an erased body was by trying.
pub(super) fn salt() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// A moment as it is hashed.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The digest of texts one after the other.
pub(super) fn sha256(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for it in texts {
        digest.update(it.as_bytes());
    }
    hex(&digest.finalize())
}

pub(super) fn sha256_json(document: &impl Serialize) -> String {
    sha256(&[&to_json(document)])
}

/// In lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
    }
    hex
}

#[cfg(test)]
mod tests {
    use diff::{Approver, EmployeeId, RunId, Tenant};
    use serde_json::json;

    use super::*;

    /// What twelve lines of another language make of the recipe: whoever has an export relies on it.
    #[test]
    fn the_hashes_are_those_of_the_recipe() {
        let entry = AuditEntry {
            tenant: Tenant::new("colore.eu.auth0.com"),
            by: Approver::Verified { name: "grace".to_owned() },
            event: "employee_ignored".to_owned(),
            employee: Some(EmployeeId::from(42)),
            user: None,
            plan: None,
            run: Some(RunId(3)),
            body: json!({ "reason": "größer 🦊", "before": null }),
        };
        let at = "2026-11-23T07:00:00.001Z".parse().unwrap();
        for (keys, hash) in [
            (
                AuditKeys::parse("0123456789abcdef0123456789abcdef").unwrap(),
                "8547bf0d198d9f5d88888f21ecfa48a8a622354c9aa8f6c3b507de14fbb51300",
            ),
            (AuditKeys::none(), "e699ad45e9a0d50aae4e618947152467e9666e9cf340caa78e4a022fa7c0e8ba"),
        ] {
            let mut chain = Chain { keys: &keys, seq: 6, hash: "a".repeat(64) };
            let row = chain.add(&entry, at, "00".repeat(32));
            assert_eq!(
                row.content,
                Set(Some("5896b5bd688d565b0816c176db3ad19385c1162ebaee91b8f64682cc12a187e3".to_owned()))
            );
            assert_eq!((chain.seq, chain.hash.as_str()), (7, hash));
        }
    }

    #[test]
    fn no_two_salts_are_alike() {
        let salts: std::collections::BTreeSet<String> = (0..100).map(|_| salt()).collect();
        assert!(salts.len() == 100 && salts.iter().all(|it| it.len() == 64));
    }
}
