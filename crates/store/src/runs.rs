//! Runs: found, settled, finished, shown.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diff::{ChangeId, EmployeeId, Outcome, PlanId, Report, RunId, Tenant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::again::again;
use crate::entities::{plans, runs};
use crate::error::Error;
use crate::hold::{Hold, going_on, is_ours};
use crate::journal::JournalledCall;
use crate::open::Store;
use crate::plans::{PLAN_LIFETIME, PlanState};
use crate::words::{employee_id, from_json, ms, to_json, words};

words! {
    /// Where a run stands.
    RunState as "the state of a run" {
        /// Under way, or its process died.
        Running = "running",
        /// Every change is so.
        Applied = "applied",
        /// It ended without all of it.
        Incomplete = "incomplete",
        /// Its process died, and another one settled it.
        Abandoned = "abandoned",
    }
}

/// A run whose process died: it says that it is running, and the lease is ours.
#[derive(Clone, Debug, PartialEq)]
pub struct AbandonedRun {
    /// The run.
    pub run: RunId,
    /// The plan.
    pub plan: PlanId,
    /// Who ran it.
    pub holder: String,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// What it journalled, by number. Calls in [`crate::CallState::is_open`] may or may not have been done.
    pub calls: Vec<JournalledCall>,
    /// What it had stored of each change; a change that several calls carry may be half done.
    pub outcomes: BTreeMap<ChangeId, Outcome>,
}

/// A run in a list, or to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// The run.
    pub id: RunId,
    /// The plan.
    pub plan: PlanId,
    /// The tenant.
    pub tenant: Tenant,
    /// The one employee whom it held; none where it held the tenant.
    pub employee: Option<EmployeeId>,
    /// Where it stands.
    pub state: RunState,
    /// Who ran it.
    pub holder: String,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// Until when.
    pub ended_at: Option<DateTime<Utc>>,
    /// What became of it; none while it is running.
    pub report: Option<Report>,
}

impl Store {
    /// The runs that say they are running although what they need is ours: their processes died, or
    /// sleep. Each must be settled before anything is claimed.
    ///
    /// The lease is needed by the tenant's runs, and a claim by the runs of its employee.
    pub async fn abandoned(&self, hold: impl Into<Hold<'_>>) -> Result<Vec<AbandonedRun>, Error> {
        let hold = hold.into();
        let mut abandoned = Vec::new();
        for row in self.running(hold).await? {
            if row.fence == hold.fence() {
                continue;
            }
            let run = RunId(row.id);
            abandoned.push(AbandonedRun {
                run,
                plan: PlanId(row.plan),
                holder: row.holder,
                started_at: row.started_at,
                calls: self.calls(run).await?,
                outcomes: self.outcomes(run).await?,
            });
        }
        Ok(abandoned)
    }

    /// Closes an abandoned run with what was found out about it; its plan is `Incomplete` and can be
    /// claimed again. From now on nothing can be journalled in the run's name. It takes what the run needs.
    pub async fn settle(
        &self,
        report: &Report,
        hold: impl Into<Hold<'_>>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let hold = hold.into();
        again(Error::may_pass, || self.try_settle(report, hold, now)).await
    }

    async fn try_settle(&self, report: &Report, hold: Hold<'_>, now: DateTime<Utc>) -> Result<(), Error> {
        let transaction = self.begin().await?;
        if !is_ours(&transaction, hold).await? {
            return Err(Error::LeaseLost(report.run));
        }
        end(transaction, report, RunState::Abandoned, PlanState::Incomplete, now).await
    }

    /// Closes a run: `Applying → Applied`, or `Incomplete` where the report is not complete. A run whose
    /// lease somebody else has taken is left to them.
    pub async fn finish(&self, report: &Report, now: DateTime<Utc>) -> Result<(), Error> {
        again(Error::may_pass, || self.try_finish(report, now)).await
    }

    async fn try_finish(&self, report: &Report, now: DateTime<Utc>) -> Result<(), Error> {
        let transaction = self.begin().await?;
        going_on(&transaction, report.run).await?;
        if report.is_complete() {
            end(transaction, report, RunState::Applied, PlanState::Applied, now).await
        } else {
            end(transaction, report, RunState::Incomplete, PlanState::Incomplete, now).await
        }
    }

    /// What earlier runs of the plan made so, by their reports. A run that goes on skips these.
    pub async fn confirmed(&self, plan: PlanId) -> Result<BTreeMap<ChangeId, Outcome>, Error> {
        let rows = runs::Entity::find()
            .filter(runs::Column::Plan.eq(plan.0))
            .filter(runs::Column::Report.is_not_null())
            .order_by_asc(runs::Column::Id);
        let rows = rows.all(&self.db).await.map_err(Error::doing("read the plan's earlier runs"))?;
        let mut confirmed = BTreeMap::new();
        for row in rows {
            let outcomes = stored_run(row)?.report.map(|it| it.outcomes).unwrap_or_default();
            confirmed.extend(outcomes.into_iter().filter(|(_, outcome)| outcome.is_so()));
        }
        Ok(confirmed)
    }

    /// The newest runs, the newest first.
    pub async fn runs(&self, limit: u64) -> Result<Vec<StoredRun>, Error> {
        self.runs_before(None, limit).await
    }

    /// The same, of those that are older than one.
    pub async fn runs_before(&self, before: Option<RunId>, limit: u64) -> Result<Vec<StoredRun>, Error> {
        let mut query = runs::Entity::find().order_by_desc(runs::Column::Id).limit(limit);
        if let Some(before) = before {
            query = query.filter(runs::Column::Id.lt(before.0));
        }
        let rows = query.all(&self.db).await;
        rows.map_err(Error::doing("list the runs"))?.into_iter().map(stored_run).collect()
    }

    /// The newest run of the tenant's that has ended, well or not; acts for one employee are none.
    pub async fn last_ended_run(&self, tenant: &Tenant) -> Result<Option<StoredRun>, Error> {
        let row = runs::Entity::find()
            .filter(runs::Column::Tenant.eq(tenant.as_str()))
            .filter(runs::Column::State.ne(RunState::Running.word()))
            .filter(runs::Column::Employee.is_null())
            .order_by_desc(runs::Column::Id)
            .one(&self.db)
            .await;
        row.map_err(Error::doing("read the last run"))?.map(stored_run).transpose()
    }

    /// One run. Its calls are [`Store::calls`], and its outcomes [`Store::outcomes`].
    pub async fn run(&self, id: RunId) -> Result<StoredRun, Error> {
        let row = runs::Entity::find_by_id(id.0).one(&self.db).await.map_err(Error::doing("read a run"))?;
        stored_run(row.ok_or(Error::NoRun(id))?)
    }

    /// The runs that need what is held and say that they are running.
    pub(crate) async fn running(&self, hold: Hold<'_>) -> Result<Vec<runs::Model>, Error> {
        let of_hold = match hold.employee() {
            Some(employee) => runs::Column::Employee.eq(employee.as_str()),
            None => runs::Column::Employee.is_null(),
        };
        let rows = runs::Entity::find()
            .filter(runs::Column::Tenant.eq(hold.tenant().as_str()))
            .filter(runs::Column::State.eq(RunState::Running.word()))
            .filter(of_hold)
            .order_by_asc(runs::Column::Id);
        rows.all(&self.db).await.map_err(Error::doing("read which runs are under way"))
    }
}

async fn end(
    transaction: DatabaseTransaction,
    report: &Report,
    run: RunState,
    plan: PlanState,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let doing = Error::doing("close the run");
    let ended = runs::Entity::update_many()
        .col_expr(runs::Column::State, Expr::value(run.word()))
        .col_expr(runs::Column::EndedAt, Expr::value(ms(now)))
        .col_expr(runs::Column::Report, Expr::value(to_json(report)))
        .filter(runs::Column::Id.eq(report.run.0))
        .filter(runs::Column::State.eq(RunState::Running.word()))
        .exec(&transaction)
        .await
        .map_err(&doing)?;
    if ended.rows_affected == 0 {
        return Err(Error::RunOver(report.run));
    }
    // What was left undone may be gone on with for a day; later the rows are not what was looked at.
    plans::Entity::update_many()
        .col_expr(plans::Column::State, Expr::value(plan.word()))
        .col_expr(plans::Column::ExpiresAt, Expr::value(ms(now + PLAN_LIFETIME)))
        .filter(plans::Column::Id.eq(report.plan.0))
        .filter(plans::Column::State.eq(PlanState::Applying.word()))
        .exec(&transaction)
        .await
        .map_err(&doing)?;
    transaction.commit().await.map_err(doing)
}

pub(crate) fn stored_run(row: runs::Model) -> Result<StoredRun, Error> {
    let runs::Model { id, plan, tenant, state, holder, fence: _, started_at, ended_at, report, employee } =
        row;
    Ok(StoredRun {
        id: RunId(id),
        plan: PlanId(plan),
        tenant: Tenant::new(tenant),
        employee: employee.as_deref().map(employee_id).transpose()?,
        state: RunState::read(&state)?,
        holder,
        started_at,
        ended_at,
        report: report.map(|it| from_json("a run's report", &it)).transpose()?,
    })
}
