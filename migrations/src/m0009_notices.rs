//! What notifications need to remember: who tells, and what was told.

use sea_orm_migration::prelude::*;

use crate::columns::{TENANT_CHARS, WORD_CHARS, document, drop_tables, moment, number, table, text};
use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_connection());
        // What was told stands in the row that says who tells, so that one statement asks for the one and
        // writes the other.
        manager
            .create_table(
                table(dialect, "rollcall_notices")
                    .col(text("tenant", TENANT_CHARS).primary_key().take())
                    .col(text("holder", WORD_CHARS))
                    .col(number("fence"))
                    .col(moment(dialect, "expires_at"))
                    .col(document(dialect, "told"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_notices"]).await
    }
}
