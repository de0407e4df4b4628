//! API tokens: who holds one is who its name says. The store knows a token's hash, and never the token.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use diff::Approver;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::entities::tokens;
use crate::error::Error;
use crate::open::Store;
use crate::words::{ms, words};

/// How exactly it is known when a token was last shown.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

words! {
    /// What the holder of a token may do.
    TokenRole as "the role of a token" {
        /// Look at everything.
        Viewer = "viewer",
        /// And decide about plans, and have them applied.
        Approver = "approver",
        /// And hand out tokens.
        Operator = "operator",
    }
}

/// What somebody is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To look at anything.
    Look,
    /// To say yes or no to a plan, to apply one, or to decide about a person by hand.
    Decide,
    /// To hand out tokens, or to take them away.
    Administer,
}

/// Whose token it is: the name by which its holder approves. At most [`Self::MAX_CHARS`] letters, digits
/// and `.`, `_`, `-`, `@`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenName(String);

/// Why a text is no name for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenNameError {
    /// Nothing, too much, or what a list could not show.
    #[error("{0:?} is no name for a token: write up to {max} letters, digits and . _ - @", max = TokenName::MAX_CHARS)]
    Malformed(String),
    /// The policy's own.
    #[error("{0:?} is the name by which the policy itself approves: choose another")]
    Reserved(String),
}

/// A token to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Whose it is.
    pub name: TokenName,
    /// What the holder may do.
    pub role: TokenRole,
    /// Until when; for ever where nothing is said.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// Whose it is. Several tokens may have had the name, of which one at most is in use.
    pub name: String,
    /// What the holder may do.
    pub role: TokenRole,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// Until when; for ever where nothing is said.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is worth nothing.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last shown to us.
    pub used_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Stores a token by its hash.
    ///
    /// # Errors
    /// A token of that name is in use: two holders of one name could not be told apart.
    pub async fn create_token(
        &self,
        token: &NewToken,
        hash: &str,
        by: &Approver,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let NewToken { name, role, expires_at } = token;
        let doing = Error::doing("store the token");
        let transaction = self.begin().await?;
        if in_use(&transaction, name.as_str()).await?.is_some_and(|it| !is_over(it.expires_at, now)) {
            return Err(Error::TokenInUse(name.to_string()));
        }
        // One that has expired makes room.
        revoke(&transaction, name.as_str(), now).await?;
        let row = tokens::ActiveModel {
            id: NotSet,
            name: Set(name.to_string()),
            role: Set(role.word().to_owned()),
            hash: Set(hash.to_owned()),
            created_at: Set(ms(now)),
            created_by: Set(by.to_string()),
            expires_at: Set(expires_at.map(ms)),
            revoked_at: Set(None),
            used_at: Set(None),
        };
        tokens::Entity::insert(row).exec_without_returning(&transaction).await.map_err(&doing)?;
        transaction.commit().await.map_err(doing)
    }

    /// Makes the token of that name worth nothing, and tells which it was.
    ///
    /// # Errors
    /// No token of that name is in use.
    pub async fn revoke_token(&self, name: &str, now: DateTime<Utc>) -> Result<StoredToken, Error> {
        let transaction = self.begin().await?;
        let Some(row) = in_use(&transaction, name).await? else {
            return Err(Error::NoToken(name.to_owned()));
        };
        revoke(&transaction, name, now).await?;
        transaction.commit().await.map_err(Error::doing("revoke the token"))?;
        stored(row)
    }

    /// The token with this hash, in use or not. That it was shown is noted, once a minute at most: whoever reads a
    /// thousand times a second writes nothing.
    pub async fn show_token(&self, hash: &str, now: DateTime<Utc>) -> Result<Option<StoredToken>, Error> {
        let doing = Error::doing("look the token up");
        let found = tokens::Entity::find().filter(tokens::Column::Hash.eq(hash)).one(&self.db).await;
        let Some(row) = found.map_err(&doing)? else { return Ok(None) };
        if row.used_at.is_some_and(|it| it <= now && now - it < NOTED_EVERY) {
            return stored(row).map(Some);
        }
        tokens::Entity::update_many()
            .col_expr(tokens::Column::UsedAt, Expr::value(ms(now)))
            .filter(tokens::Column::Id.eq(row.id))
            .exec(&self.db)
            .await
            .map_err(doing)?;
        stored(row).map(Some)
    }

    /// All tokens there ever were, by name, the newest of a name first.
    pub async fn tokens(&self) -> Result<Vec<StoredToken>, Error> {
        let rows = tokens::Entity::find()
            .order_by_asc(tokens::Column::Name)
            .order_by_desc(tokens::Column::Id)
            .all(&self.db)
            .await;
        rows.map_err(Error::doing("list the tokens"))?.into_iter().map(stored).collect()
    }
}

async fn in_use(db: &impl ConnectionTrait, name: &str) -> Result<Option<tokens::Model>, Error> {
    tokens::Entity::find()
        .filter(tokens::Column::Name.eq(name))
        .filter(tokens::Column::RevokedAt.is_null())
        .one(db)
        .await
        .map_err(Error::doing("look the token up"))
}

async fn revoke(db: &impl ConnectionTrait, name: &str, now: DateTime<Utc>) -> Result<(), Error> {
    tokens::Entity::update_many()
        .col_expr(tokens::Column::RevokedAt, Expr::value(ms(now)))
        .filter(tokens::Column::Name.eq(name))
        .filter(tokens::Column::RevokedAt.is_null())
        .exec(db)
        .await
        .map(drop)
        .map_err(Error::doing("revoke the token"))
}

fn is_over(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    expires_at.is_some_and(|it| it <= now)
}

fn stored(row: tokens::Model) -> Result<StoredToken, Error> {
    let tokens::Model { id: _, name, role, hash: _, created_at, created_by, expires_at, revoked_at, used_at } =
        row;
    let role = TokenRole::read(&role)?;
    Ok(StoredToken { name, role, created_at, created_by, expires_at, revoked_at, used_at })
}

impl StoredToken {
    /// Whether it still is worth anything.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && !self.is_expired(now)
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        is_over(self.expires_at, now)
    }
}

impl TokenRole {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Approver, Self::Operator];

    /// Whether the holder may do it.
    pub fn may(self, act: Act) -> bool {
        match (self, act) {
            (Self::Viewer, Act::Decide | Act::Administer) | (Self::Approver, Act::Administer) => false,
            (Self::Viewer | Self::Approver | Self::Operator, Act::Look)
            | (Self::Approver | Self::Operator, Act::Decide)
            | (Self::Operator, Act::Administer) => true,
        }
    }
}

impl Act {
    /// Which roles may do it, as a sentence has it.
    pub fn roles(self) -> &'static str {
        match self {
            Self::Look => "viewer, approver or operator",
            Self::Decide => "approver or operator",
            Self::Administer => "operator",
        }
    }
}

impl TokenName {
    /// What people still read in a list.
    pub const MAX_CHARS: usize = 60;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenName {
    type Err = TokenNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_fine = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '@');
        if text.is_empty() || text.chars().count() > Self::MAX_CHARS || !text.chars().all(is_fine) {
            return Err(TokenNameError::Malformed(text.to_owned()));
        }
        if text == Approver::POLICY {
            return Err(TokenNameError::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
