//! Plans, with their states and decisions.

use sea_orm_migration::prelude::*;

use crate::columns::{
    TENANT_CHARS, WORD_CHARS, auto_id, document, document_null, drop_tables, index, moment, moment_null,
    number_null, table, text, text_null,
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
                table(dialect, "rollcall_plans")
                    .col(auto_id("id"))
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("digest", 64))
                    .col(document(dialect, "scope"))
                    .col(text("scope_digest", 64))
                    .col(document(dialect, "summary"))
                    .col(document(dialect, "breaches"))
                    .col(text("state", 20))
                    // Set while the plan is proposed, so that the database itself keeps one a scope.
                    .col(text_null("open_scope", 64))
                    .col(moment(dialect, "proposed_at"))
                    .col(moment(dialect, "expires_at"))
                    .col(text_null("decided_by", WORD_CHARS))
                    .col(ColumnDef::new("decided_verified").boolean().null())
                    .col(moment_null(dialect, "decided_at"))
                    .col(document_null(dialect, "decision_reason"))
                    .col(document_null(dialect, "approval"))
                    .col(number_null("superseded_by"))
                    .take(),
            )
            .await?;
        let on = |name, columns: &[&'static str]| index(name, "rollcall_plans", columns);
        manager.create_index(on("rollcall_plans_open", &["open_scope"]).unique().take()).await?;
        manager.create_index(on("rollcall_plans_digest", &["digest", "state"])).await?;
        manager.create_index(on("rollcall_plans_state", &["state", "expires_at"])).await?;
        // In pieces: a plan of a hundred thousand changes is larger than the packets that a
        // MySQL server takes.
        manager
            .create_table(
                table(dialect, "rollcall_plan_parts")
                    .col(ColumnDef::new("plan").big_integer().not_null())
                    .col(ColumnDef::new("part").big_integer().not_null())
                    .col(document(dialect, "document"))
                    .primary_key(Index::create().col("plan").col("part"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_plan_parts", "rollcall_plans"]).await
    }
}
