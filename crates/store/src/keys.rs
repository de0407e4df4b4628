//! Idempotency keys: who sends a request again gets the first one's answer, from whichever process answers.

use chrono::{DateTime, TimeDelta, Utc};
use diff::Tenant;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, sea_query::Expr,
};

use crate::entities::keys;
use crate::error::{Error, stands_already};
use crate::open::Store;
use crate::words::ms;

/// How long an answer is kept.
pub const KEY_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// A request that has not been answered after so long will not be: its process died.
const LONGEST_REQUEST: TimeDelta = TimeDelta::minutes(10);

/// Whose key it is. The same key of another caller is another key.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Who sends it, by name.
    pub caller: &'a str,
    /// The key itself.
    pub name: &'a str,
}

/// An answer, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its HTTP status.
    pub status: u16,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its body.
    pub body: String,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyBegun {
    /// Nothing: it is taken now, and the request is to be done.
    Now,
    /// The request was answered.
    Answered(KeptAnswer),
    /// The request is being done.
    UnderWay,
    /// It was used for something else.
    OtherRequest,
}

impl Store {
    /// Takes the key for a request, of which `asked` is a fingerprint of at most 190 characters.
    pub async fn begin_key(&self, key: Key<'_>, asked: &str, now: DateTime<Utc>) -> Result<KeyBegun, Error> {
        self.forget_old_keys(now).await?;
        let row = keys::ActiveModel {
            tenant: Set(key.tenant.as_str().to_owned()),
            caller: Set(key.caller.to_owned()),
            name: Set(key.name.to_owned()),
            asked: Set(asked.to_owned()),
            begun_at: Set(ms(now)),
            status: Set(None),
            content_type: Set(None),
            location: Set(None),
            body: Set(None),
        };
        match keys::Entity::insert(row).exec_without_returning(&self.db).await {
            Ok(_) => return Ok(KeyBegun::Now),
            Err(error) if stands_already(&error) => {}
            Err(error) => return Err(Error::doing("take an idempotency key")(error)),
        }
        let row = keys::Entity::find().filter(of(key)).one(&self.db).await;
        Ok(match row.map_err(Error::doing("read an idempotency key"))? {
            None => KeyBegun::UnderWay, // given back at this very moment: the next try has it
            Some(row) if row.asked != asked => KeyBegun::OtherRequest,
            Some(row) => answer(row).map_or(KeyBegun::UnderWay, KeyBegun::Answered),
        })
    }

    /// Keeps the answer to the key's request.
    pub async fn end_key(&self, key: Key<'_>, answer: &KeptAnswer) -> Result<(), Error> {
        let KeptAnswer { status, content_type, location, body } = answer;
        keys::Entity::update_many()
            .col_expr(keys::Column::Status, Expr::value(i64::from(*status)))
            .col_expr(keys::Column::ContentType, Expr::value(content_type.clone()))
            .col_expr(keys::Column::Location, Expr::value(location.clone()))
            .col_expr(keys::Column::Body, Expr::value(body.clone()))
            .filter(of(key))
            .exec(&self.db)
            .await
            .map(drop)
            .map_err(Error::doing("keep the answer to an idempotency key"))
    }

    /// Gives the key back: its request may be done again.
    pub async fn forget_key(&self, key: Key<'_>) -> Result<(), Error> {
        let gone = keys::Entity::delete_many().filter(of(key)).exec(&self.db).await;
        gone.map(drop).map_err(Error::doing("give an idempotency key back"))
    }

    async fn forget_old_keys(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let died = Condition::all()
            .add(keys::Column::Status.is_null())
            .add(keys::Column::BegunAt.lt(ms(now - LONGEST_REQUEST)));
        let over = Condition::any().add(keys::Column::BegunAt.lt(ms(now - KEY_LIFETIME))).add(died);
        let gone = keys::Entity::delete_many().filter(over).exec(&self.db).await;
        gone.map(drop).map_err(Error::doing("forget old idempotency keys"))
    }
}

fn of(key: Key<'_>) -> Condition {
    Condition::all()
        .add(keys::Column::Tenant.eq(key.tenant.as_str()))
        .add(keys::Column::Caller.eq(key.caller))
        .add(keys::Column::Name.eq(key.name))
}

fn answer(row: keys::Model) -> Option<KeptAnswer> {
    let keys::Model { status, content_type, location, body, .. } = row;
    let status = u16::try_from(status?).ok()?;
    Some(KeptAnswer { status, content_type, location, body: body.unwrap_or_default() })
}
