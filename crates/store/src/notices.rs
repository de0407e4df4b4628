//! Who tells what needs somebody, and what was told: of several processes one, and a restart tells nothing twice.
//!
//! As with a [`crate::Lease`], every taking raises the fence, and whoever has the turn renews it. What was told
//! can be written by whoever has it alone, so that a process which slept through its time overwrites nothing.

use chrono::{DateTime, TimeDelta, Utc};
use diff::Tenant;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entities::notices;
use crate::error::Error;
use crate::open::Store;
use crate::term::Term;
use crate::words::{from_json, ms, to_json};

/// The proof that this process tells what needs somebody. [`Store::take_turn`] alone makes one.
#[derive(Debug)]
pub struct Turn {
    tenant: Tenant,
    fence: i64,
    term: Term,
}

impl Store {
    /// Takes the turn for so long. None where somebody has it, by whatever name.
    pub async fn take_turn(
        &self,
        tenant: &Tenant,
        holder: &str,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<Option<Turn>, Error> {
        let fence = match self.notices_row(tenant).await? {
            Some(held) if held.expires_at > ms(now) => return Ok(None),
            Some(held) => held.fence,
            None => {
                self.make_notices_row(tenant).await?;
                0
            }
        };
        let turn = Turn { tenant: tenant.clone(), fence: fence + 1, term: Term::from(now, ttl) };
        // The fence that was read is the condition: of two at once, one finds it raised.
        let taken = notices::Entity::update_many()
            .col_expr(notices::Column::Holder, Expr::value(holder))
            .col_expr(notices::Column::Fence, Expr::value(turn.fence))
            .col_expr(notices::Column::ExpiresAt, Expr::value(turn.term.until()))
            .filter(row_of(tenant, fence))
            .exec(&self.db)
            .await
            .map_err(Error::doing("take the turn to send notices"))?;
        Ok((taken.rows_affected > 0).then_some(turn))
    }

    /// Holds on to the turn for as long again. Tells whether it is still ours.
    pub async fn keep_turn(&self, turn: &Turn, now: DateTime<Utc>) -> Result<bool, Error> {
        let until = turn.term.renewed(now);
        let kept = self.move_turn(turn, until).await?;
        if kept {
            turn.term.set(until);
        }
        Ok(kept)
    }

    /// Gives the turn to whoever asks next. One that was lost is given already.
    pub async fn end_turn(&self, turn: Turn) -> Result<(), Error> {
        self.move_turn(&turn, DateTime::UNIX_EPOCH).await.map(drop)
    }

    /// What was told, as whoever had the turn has kept it; nothing before the first.
    pub async fn told<T: DeserializeOwned>(&self, turn: &Turn) -> Result<Vec<T>, Error> {
        let row = self.notices_row(&turn.tenant).await?;
        row.map_or_else(|| Ok(Vec::new()), |it| from_json("the notices", &it.told))
    }

    /// Keeps what was told, all of it. Tells whether the turn is still ours; else nothing is kept.
    pub async fn keep_told<T: Serialize>(&self, turn: &Turn, told: &[T]) -> Result<bool, Error> {
        let kept = notices::Entity::update_many()
            .col_expr(notices::Column::Told, Expr::value(to_json(&told)))
            .filter(row_of(&turn.tenant, turn.fence))
            .exec(&self.db)
            .await
            .map_err(Error::doing("keep which notices were sent"))?;
        Ok(kept.rows_affected > 0)
    }

    async fn move_turn(&self, turn: &Turn, until: DateTime<Utc>) -> Result<bool, Error> {
        let moved = notices::Entity::update_many()
            .col_expr(notices::Column::ExpiresAt, Expr::value(until))
            .filter(row_of(&turn.tenant, turn.fence))
            .exec(&self.db)
            .await
            .map_err(Error::doing("renew or end the turn to send notices"))?;
        Ok(moved.rows_affected > 0)
    }

    async fn notices_row(&self, tenant: &Tenant) -> Result<Option<notices::Model>, Error> {
        let row = notices::Entity::find_by_id(tenant.as_str()).one(&self.db).await;
        row.map_err(Error::doing("read who sends notices"))
    }

    /// The first to ask for the tenant makes the row, free.
    async fn make_notices_row(&self, tenant: &Tenant) -> Result<(), Error> {
        let row = notices::ActiveModel {
            tenant: Set(tenant.as_str().to_owned()),
            holder: Set(String::new()),
            fence: Set(0),
            expires_at: Set(DateTime::UNIX_EPOCH),
            told: Set("[]".to_owned()),
        };
        notices::Entity::insert(row)
            .on_conflict_do_nothing_on([notices::Column::Tenant])
            .exec_without_returning(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("make the place for notices"))
    }
}

impl Turn {
    /// Until when it is held unless it is renewed.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.term.until()
    }
}

fn row_of(tenant: &Tenant, fence: i64) -> Condition {
    Condition::all().add(notices::Column::Tenant.eq(tenant.as_str())).add(notices::Column::Fence.eq(fence))
}
