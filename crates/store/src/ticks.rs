//! Ticks of schedules: each is taken by one process at most, and what became of it is kept for a while.
//!
//! There is no lock: a tick is a row, its key is the tenant, the schedule and the moment, and of all who
//! insert it the database lets one.

use chrono::{DateTime, Utc};
use diff::{RunId, Tenant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::again::again;
use crate::entities::ticks;
use crate::error::{Error, stands_already};
use crate::open::Store;
use crate::words::{ms, words};

/// So many ticks of a schedule are kept: weeks of quick runs, years of nightly ones.
pub const TICKS_KEPT: u64 = 1_000;

words! {
    /// What became of a tick.
    TickState as "the state of a tick" {
        /// Somebody has taken it, and works, or their process died.
        Running = "running",
        /// The work was done. The plan that it made may wait for a person.
        Done = "done",
        /// There was nothing to be started, and the note says why.
        Skipped = "skipped",
        /// The work could not be done, and the note says why.
        Failed = "failed",
        /// The process that took it died.
        Abandoned = "abandoned",
    }
}

/// A tick that somebody took or skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTick {
    /// Of which schedule.
    pub schedule: String,
    /// When it was due; when it was asked for, where a person ran the schedule by hand.
    pub at: DateTime<Utc>,
    /// The process.
    pub taken_by: String,
    /// When it was taken: later than it was due, where it was caught up.
    pub taken_at: DateTime<Utc>,
    /// What became of it.
    pub state: TickState,
    /// Why it was skipped or failed, or what else there is to say.
    pub note: Option<String>,
    /// The run that came of it, where something was applied.
    pub run: Option<RunId>,
    /// Until when.
    pub ended_at: Option<DateTime<Utc>>,
}

/// How a tick ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickEnd {
    /// What became of it.
    pub state: TickState,
    /// For people: why it failed, or what came of it.
    pub note: Option<String>,
    /// The run that came of it, where something was applied.
    pub run: Option<RunId>,
}

/// Which ticks are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickPage {
    /// Of one schedule; of all of them where none is named.
    pub schedule: Option<String>,
    /// So many of the newest are left out.
    pub skip: u64,
    /// So many at most.
    pub limit: u64,
}

impl Store {
    /// Takes the tick, unless somebody else has. Of all who ask one is told that it is theirs.
    ///
    /// Whoever asks a second time, because the answer to the first was lost on its way, is told the same
    /// again until the tick has ended: so `holder` must name one process, as it does for a [`crate::Lease`].
    pub async fn take_tick(
        &self,
        tenant: &Tenant,
        schedule: &str,
        at: DateTime<Utc>,
        holder: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let row = fresh(tenant, schedule, at, holder, now);
        if self.insert_tick(&row).await? {
            return Ok(true);
        }
        let stands = ticks::Entity::find().filter(tick(tenant, schedule, at)).one(&self.db).await;
        let stands = stands.map_err(Error::doing("read who took the tick"))?;
        Ok(stands.is_some_and(|it| it.taken_by == holder && it.state == TickState::Running.word()))
    }

    /// Records a tick that was not worked on, unless somebody else has taken it.
    pub async fn skip_tick(
        &self,
        tenant: &Tenant,
        schedule: &str,
        at: DateTime<Utc>,
        holder: &str,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let row = ticks::ActiveModel {
            state: Set(TickState::Skipped.word().to_owned()),
            note: Set(Some(why.to_owned())),
            ended_at: Set(Some(ms(now))),
            ..fresh(tenant, schedule, at, holder, now)
        };
        let skipped = self.insert_tick(&row).await?;
        self.forget_old_ticks(tenant, schedule).await?;
        Ok(skipped)
    }

    /// Records how a tick ended. Tells whether it was under way: one that was given up as abandoned stays so.
    pub async fn end_tick(
        &self,
        tenant: &Tenant,
        schedule: &str,
        at: DateTime<Utc>,
        end: &TickEnd,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let TickEnd { state, note, run } = end;
        // First, so that an error means that nothing was recorded.
        self.forget_old_ticks(tenant, schedule).await?;
        let ended = ticks::Entity::update_many()
            .col_expr(ticks::Column::State, Expr::value(state.word()))
            .col_expr(ticks::Column::Note, Expr::value(note.as_deref()))
            .col_expr(ticks::Column::Run, Expr::value(run.map(|it| it.0)))
            .col_expr(ticks::Column::EndedAt, Expr::value(ms(now)))
            .filter(tick(tenant, schedule, at))
            .filter(ticks::Column::State.eq(TickState::Running.word()))
            .exec(&self.db)
            .await
            .map_err(Error::doing("store how a tick ended"))?;
        Ok(ended.rows_affected > 0)
    }

    /// Gives up the ticks that were taken before that moment and never ended, and tells how many: longer
    /// than any run takes, so that their processes must have died.
    pub async fn abandon_ticks(
        &self,
        tenant: &Tenant,
        taken_before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let given_up = ticks::Entity::update_many()
            .col_expr(ticks::Column::State, Expr::value(TickState::Abandoned.word()))
            .col_expr(ticks::Column::EndedAt, Expr::value(ms(now)))
            .filter(ticks::Column::Tenant.eq(tenant.as_str()))
            .filter(ticks::Column::State.eq(TickState::Running.word()))
            .filter(ticks::Column::TakenAt.lt(ms(taken_before)))
            .exec(&self.db)
            .await
            .map_err(Error::doing("give up ticks whose process died"))?;
        Ok(given_up.rows_affected)
    }

    /// The newest tick that anybody took or skipped: after it a process that was down goes on.
    pub async fn last_tick(&self, tenant: &Tenant, schedule: &str) -> Result<Option<StoredTick>, Error> {
        self.newest_tick(of_schedule(tenant, schedule)).await
    }

    /// The newest tick whose work was done.
    pub async fn last_good_tick(&self, tenant: &Tenant, schedule: &str) -> Result<Option<StoredTick>, Error> {
        let done = ticks::Column::State.eq(TickState::Done.word());
        self.newest_tick(of_schedule(tenant, schedule).add(done)).await
    }

    /// Ticks, the newest first.
    pub async fn ticks(&self, tenant: &Tenant, page: &TickPage) -> Result<Vec<StoredTick>, Error> {
        let TickPage { schedule, skip, limit } = page;
        let which = match schedule {
            Some(name) => of_schedule(tenant, name),
            None => ticks::Column::Tenant.eq(tenant.as_str()).into(),
        };
        let rows = ticks::Entity::find()
            .filter(which)
            .order_by_desc(ticks::Column::At)
            .order_by_asc(ticks::Column::Schedule)
            .offset(*skip)
            .limit(*limit)
            .all(&self.db)
            .await;
        rows.map_err(Error::doing("list the ticks"))?.into_iter().map(stored).collect()
    }

    async fn newest_tick(&self, which: Condition) -> Result<Option<StoredTick>, Error> {
        let row = ticks::Entity::find().filter(which).order_by_desc(ticks::Column::At).one(&self.db).await;
        row.map_err(Error::doing("read the last tick"))?.map(stored).transpose()
    }

    /// Tells whether there was none yet.
    async fn insert_tick(&self, row: &ticks::ActiveModel) -> Result<bool, Error> {
        again(Error::may_pass, || async {
            match ticks::Entity::insert(row.clone()).exec_without_returning(&self.db).await {
                Ok(_) => Ok(true),
                Err(error) if stands_already(&error) => Ok(false),
                Err(error) => Err(Error::doing("take a tick")(error)),
            }
        })
        .await
    }

    /// Keeps the newest [`TICKS_KEPT`] of the schedule, what is under way, and the last one that was done:
    /// how long ago that was is what people ask.
    async fn forget_old_ticks(&self, tenant: &Tenant, schedule: &str) -> Result<(), Error> {
        let doing = Error::doing("forget old ticks");
        let oldest_kept = ticks::Entity::find()
            .filter(of_schedule(tenant, schedule))
            .order_by_desc(ticks::Column::At)
            .offset(TICKS_KEPT - 1)
            .one(&self.db)
            .await
            .map_err(&doing)?;
        let Some(oldest_kept) = oldest_kept else { return Ok(()) };
        let good = self.last_good_tick(tenant, schedule).await?;
        let mut old = of_schedule(tenant, schedule)
            .add(ticks::Column::At.lt(oldest_kept.at))
            .add(ticks::Column::State.ne(TickState::Running.word()));
        if let Some(good) = good {
            old = old.add(ticks::Column::At.ne(good.at));
        }
        again(Error::may_pass, || async {
            let gone = ticks::Entity::delete_many().filter(old.clone()).exec(&self.db).await;
            gone.map(drop).map_err(&doing)
        })
        .await
    }
}

fn of_schedule(tenant: &Tenant, schedule: &str) -> Condition {
    Condition::all().add(ticks::Column::Tenant.eq(tenant.as_str())).add(ticks::Column::Schedule.eq(schedule))
}

fn tick(tenant: &Tenant, schedule: &str, at: DateTime<Utc>) -> Condition {
    of_schedule(tenant, schedule).add(ticks::Column::At.eq(ms(at)))
}

fn fresh(
    tenant: &Tenant,
    schedule: &str,
    at: DateTime<Utc>,
    holder: &str,
    now: DateTime<Utc>,
) -> ticks::ActiveModel {
    ticks::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        schedule: Set(schedule.to_owned()),
        at: Set(ms(at)),
        taken_by: Set(holder.to_owned()),
        taken_at: Set(ms(now)),
        state: Set(TickState::Running.word().to_owned()),
        note: Set(None),
        run: Set(None),
        ended_at: Set(None),
    }
}

fn stored(row: ticks::Model) -> Result<StoredTick, Error> {
    let ticks::Model { tenant: _, schedule, at, taken_by, taken_at, state, note, run, ended_at } = row;
    let state = TickState::read(&state)?;
    Ok(StoredTick { schedule, at, taken_by, taken_at, state, note, run: run.map(RunId), ended_at })
}
