//! `rollcall_audit`

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait, EnumIter,
    PrimaryKeyTrait,
};

/// One entry of the append-only record. Without `seq` it is from before the chain.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollcall_audit")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) tenant: String,
    pub(crate) actor: String,
    pub(crate) verified: bool,
    pub(crate) event: String,
    pub(crate) employee: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) plan: Option<i64>,
    pub(crate) run: Option<i64>,
    pub(crate) body: String,
    pub(crate) previous: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) seq: Option<i64>,
    pub(crate) salt: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) erased_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
