//! `rollcall_ticks`

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait, EnumIter,
    PrimaryKeyTrait,
};

/// A tick of a schedule, and who took it. The key is the claim.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollcall_ticks")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) schedule: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) at: DateTime<Utc>,
    pub(crate) taken_by: String,
    pub(crate) taken_at: DateTime<Utc>,
    pub(crate) state: String,
    pub(crate) note: Option<String>,
    pub(crate) run: Option<i64>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
