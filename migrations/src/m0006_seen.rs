//! What quick runs need to remember: what was seen of each row, and when all were looked at.

use sea_orm_migration::prelude::*;

use crate::columns::{EMPLOYEE_CHARS, TENANT_CHARS, drop_tables, moment_null, table, text};
use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_connection());
        manager
            .create_table(
                table(dialect, "rollcall_seen")
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("employee", EMPLOYEE_CHARS))
                    .col(text("fingerprint", 64))
                    .col(text("row_left", 20))
                    .primary_key(Index::create().col("tenant").col("employee"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table(dialect, "rollcall_looks")
                    .col(text("tenant", TENANT_CHARS).primary_key().take())
                    .col(moment_null(dialect, "quick_at"))
                    .col(moment_null(dialect, "whole_at"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_looks", "rollcall_seen"]).await
    }
}
