//! Links, what is to be left alone, the tenant, and what was added to the source.

use sea_orm_migration::prelude::*;

use crate::columns::{
    EMPLOYEE_CHARS, TENANT_CHARS, USER_CHARS, WORD_CHARS, auto_id, document, drop_tables, flag, index,
    moment, moment_null, number, table, text,
};
use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_connection());
        manager
            .create_table(
                table(dialect, "rollcall_links")
                    .col(auto_id("id"))
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("employee", EMPLOYEE_CHARS))
                    .col(text("user_id", USER_CHARS))
                    .col(flag("created_by_us"))
                    .col(moment_null(dialect, "created_at"))
                    .col(moment(dialect, "linked_at"))
                    .col(moment_null(dialect, "invited_at"))
                    .col(moment_null(dialect, "last_seen_at"))
                    .take(),
            )
            .await?;
        let unique = |name, column| index(name, "rollcall_links", &["tenant", column]).unique().take();
        manager.create_index(unique("rollcall_links_employee", "employee")).await?;
        manager.create_index(unique("rollcall_links_user", "user_id")).await?;
        manager
            .create_table(
                table(dialect, "rollcall_ignored")
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("kind", 10))
                    .col(text("subject", USER_CHARS))
                    .col(document(dialect, "reason"))
                    .col(moment(dialect, "at"))
                    .primary_key(Index::create().col("tenant").col("kind").col("subject"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table(dialect, "rollcall_tenant")
                    .col(number("id").primary_key().take())
                    .col(text("tenant", TENANT_CHARS))
                    .col(moment(dialect, "bound_at"))
                    .take(),
            )
            .await?;
        // The digest of the source's address, without its password, and of the table stands for the place.
        manager
            .create_table(
                table(dialect, "rollcall_source")
                    .col(text("place", WORD_CHARS))
                    .col(text("added", WORD_CHARS))
                    .primary_key(Index::create().col("place").col("added"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_source", "rollcall_tenant", "rollcall_ignored", "rollcall_links"])
            .await
    }
}
