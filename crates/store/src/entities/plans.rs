//! `rollcall_plans`

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait, EnumIter,
    PrimaryKeyTrait,
};

/// A plan with its state; the document is in [`super::plan_parts`].
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollcall_plans")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) tenant: String,
    pub(crate) digest: String,
    pub(crate) scope: String,
    pub(crate) scope_digest: String,
    pub(crate) summary: String,
    pub(crate) breaches: String,
    pub(crate) state: String,
    pub(crate) open_scope: Option<String>,
    pub(crate) proposed_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_verified: Option<bool>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
    pub(crate) decision_reason: Option<String>,
    pub(crate) superseded_by: Option<i64>,
    pub(crate) client: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
