//! The journal's part of erasing a person: calls keep who was asked for what, and lose every value.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{ChangeId, EmployeeId, Kind, Request, Tenant, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::entities::{calls, runs};
use crate::error::Error;
use crate::runs::RunState;
use crate::words::{BATCH, from_json, to_json};

/// What a call wrote is compared with Auth0's listing for half an hour, because that lags behind.
const NEW: TimeDelta = TimeDelta::hours(1);

/// What was done about the calls.
pub(super) struct Scrubbed {
    pub(super) calls: usize,
    pub(super) kept: usize,
}

/// Takes the values out of a person's calls. Those of a run that is under way, and new ones, keep them:
/// settling looks for what they asked for, and reading compares it with what the tenant shows.
pub(super) async fn scrub(
    transaction: &DatabaseTransaction,
    tenant: &Tenant,
    employee: &EmployeeId,
    now: DateTime<Utc>,
) -> Result<Scrubbed, Error> {
    let doing = Error::doing("erase from the journal");
    let going_on = going_on(transaction, tenant).await?;
    let mut scrubbed = Scrubbed { calls: 0, kept: 0 };
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let rows = page(transaction, tenant, employee, after).await?;
        let Some(last) = rows.last() else { return Ok(scrubbed) };
        after = (last.run, last.seq);
        for row in &rows {
            let carries: Vec<ChangeId> = from_json("a journalled call's changes", &row.carries)?;
            let request: Request<UserId> = from_json("a journalled request", &row.request)?;
            if !carries.iter().any(|it| is_of(it, employee)) {
                continue;
            }
            let Some(bare) = without_values(&request) else { continue };
            let bare = to_json(&bare);
            if bare == row.request && row.answer.is_none() {
                continue;
            }
            if going_on.contains(&row.run) || row.intended_at > now - NEW {
                scrubbed.kept += 1;
                continue;
            }
            calls::Entity::update_many()
                .col_expr(calls::Column::Request, Expr::value(bare))
                .col_expr(calls::Column::Answer, Expr::value(None::<String>))
                .filter(calls::Column::Run.eq(row.run))
                .filter(calls::Column::Seq.eq(row.seq))
                .exec(transaction)
                .await
                .map_err(&doing)?;
            scrubbed.calls += 1;
        }
    }
}

async fn going_on(transaction: &DatabaseTransaction, tenant: &Tenant) -> Result<BTreeSet<i64>, Error> {
    let running = runs::Entity::find()
        .select_only()
        .column(runs::Column::Id)
        .filter(runs::Column::Tenant.eq(tenant.as_str()))
        .filter(runs::Column::State.eq(RunState::Running.word()));
    let running: Vec<i64> =
        running.into_tuple().all(transaction).await.map_err(Error::doing("read which runs are under way"))?;
    Ok(running.into_iter().collect())
}

/// Calls that may carry a change of the person: their ids end with the person's.
async fn page(
    transaction: &DatabaseTransaction,
    tenant: &Tenant,
    employee: &EmployeeId,
    (run, seq): (i64, i64),
) -> Result<Vec<calls::Model>, Error> {
    let later = Condition::any()
        .add(calls::Column::Run.gt(run))
        .add(Condition::all().add(calls::Column::Run.eq(run)).add(calls::Column::Seq.gt(seq)));
    let mut rows = calls::Entity::find()
        .filter(calls::Column::Tenant.eq(tenant.as_str()))
        .filter(later)
        .order_by_asc(calls::Column::Run)
        .order_by_asc(calls::Column::Seq)
        .limit(BATCH as u64);
    // Another id may be written otherwise in JSON, or mean something to LIKE.
    if employee.as_str().chars().all(|it| it.is_ascii_alphanumeric() || it == '-') {
        rows = rows.filter(calls::Column::Carries.contains(employee.as_str()));
    }
    rows.all(transaction).await.map_err(Error::doing("read the journal"))
}

fn is_of(change: &ChangeId, employee: &EmployeeId) -> bool {
    Kind::ALL.into_iter().any(|it| diff::Change::id_of(it, employee) == *change)
}

/// The request as it may still be read, by whoever asks what was done to whom. None where it has no values.
fn without_values(request: &Request<UserId>) -> Option<Request<UserId>> {
    match request {
        Request::Create { employee, email, .. } => {
            Some(Request::Create { employee: employee.clone(), fields: [].into(), email: *email })
        }
        Request::Patch { user, email, access, .. } => {
            Some(Request::Patch { user: user.clone(), fields: Vec::new(), email: *email, access: *access })
        }
        Request::Invite { user, client_id, .. } => {
            Some(Request::Invite { user: user.clone(), email: String::new(), client_id: client_id.clone() })
        }
        Request::EndSessions { .. }
        | Request::RevokeRefreshTokens { .. }
        | Request::RevokeRoles { .. }
        | Request::GrantToUsers { .. }
        | Request::GrantToUser { .. }
        | Request::Verify { .. } => None,
    }
}
