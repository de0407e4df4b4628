//! What the API needs to remember: which answer an idempotency key was given.

use sea_orm_migration::prelude::*;

use crate::columns::{
    TENANT_CHARS, WORD_CHARS, document_null, drop_tables, moment, number_null, table, text, text_null,
};
use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_connection());
        // The key is the claim: of two requests that bring one, one is done.
        manager
            .create_table(
                table(dialect, "rollcall_keys")
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("caller", WORD_CHARS))
                    .col(text("name", WORD_CHARS))
                    .col(text("asked", WORD_CHARS))
                    .col(moment(dialect, "begun_at"))
                    .col(number_null("status"))
                    .col(text_null("content_type", WORD_CHARS))
                    .col(document_null(dialect, "location"))
                    .col(document_null(dialect, "body"))
                    .primary_key(Index::create().col("tenant").col("caller").col("name"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_keys"]).await
    }
}
