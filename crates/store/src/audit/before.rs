//! What was written before there was a chain: the first entry covers it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diff::Tenant;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use sha2::{Digest as _, Sha256};

use super::chain::{hex, moment, sha256, sha256_json};
use crate::entities::audit;
use crate::error::Error;
use crate::words::{BATCH, to_json};

/// A tenant's entries without a number.
pub(super) struct Before {
    /// How many there are.
    pub(super) count: u64,
    /// The first entry's `previous`.
    pub(super) genesis: String,
    /// The erased ones by id, with when they were erased.
    pub(super) erased: BTreeMap<i64, DateTime<Utc>>,
}

/// Reads them. Each is a JSON array and a line end, and the digest is of all of them by id; `content` is the hash
/// of the body without a salt, which stays when the body is erased.
pub(super) async fn before(db: &impl ConnectionTrait, tenant: &Tenant) -> Result<Before, Error> {
    let (mut count, mut last) = (0, i64::MIN);
    let mut digest = Sha256::new();
    let mut erased = BTreeMap::new();
    loop {
        let rows = audit::Entity::find()
            .filter(audit::Column::Tenant.eq(tenant.as_str()))
            .filter(audit::Column::Seq.is_null())
            .filter(audit::Column::Id.gt(last))
            .order_by_asc(audit::Column::Id)
            .limit(BATCH as u64)
            .all(db)
            .await
            .map_err(Error::doing("read the audit record"))?;
        let Some(end) = rows.last() else { break };
        last = end.id;
        for row in &rows {
            count += 1;
            digest.update(line(row));
            if let (Some(at), "") = (row.erased_at, row.body.as_str()) {
                erased.insert(row.id, at);
            }
        }
    }
    let digest = hex(&digest.finalize());
    let genesis = sha256_json(&("rollcall audit genesis 1", tenant.as_str(), count, digest));
    Ok(Before { count, genesis, erased })
}

fn line(row: &audit::Model) -> String {
    let content = content(row);
    let audit::Model { id, at, tenant, actor, verified, event, employee, user_id, plan, run, .. } = row;
    let at = moment(*at);
    to_json(&(id, at, tenant, actor, verified, event, employee, user_id, plan, run, content)) + "\n"
}

/// The hash of a body that has no salt.
pub(super) fn content(row: &audit::Model) -> String {
    match (&row.content, row.body.as_str()) {
        (Some(content), "") => content.clone(),
        (_, body) => sha256(&[body]),
    }
}
