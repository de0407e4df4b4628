//! What schedules need to remember: who took which tick, and which schedule somebody has paused.

use sea_orm_migration::prelude::*;

use crate::columns::{
    TENANT_CHARS, WORD_CHARS, document_null, drop_tables, moment, moment_null, number_null, table, text,
};
use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_connection());
        // The key is the claim: of all who insert a tick one succeeds. In this order it also finds the
        // newest ticks of a schedule.
        manager
            .create_table(
                table(dialect, "rollcall_ticks")
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("schedule", WORD_CHARS))
                    .col(moment(dialect, "at"))
                    .col(text("taken_by", WORD_CHARS))
                    .col(moment(dialect, "taken_at"))
                    .col(text("state", 20))
                    .col(document_null(dialect, "note"))
                    .col(number_null("run"))
                    .col(moment_null(dialect, "ended_at"))
                    .primary_key(Index::create().col("tenant").col("schedule").col("at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table(dialect, "rollcall_schedules")
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("name", WORD_CHARS))
                    .col(text("paused_by", WORD_CHARS))
                    .col(moment(dialect, "paused_at"))
                    .primary_key(Index::create().col("tenant").col("name"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_schedules", "rollcall_ticks"]).await
    }
}
