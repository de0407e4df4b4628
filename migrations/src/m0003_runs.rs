//! Runs, the journal of calls, outcomes, the lease, and blocks that are not whole yet.

use sea_orm_migration::prelude::*;

use crate::columns::{
    EMPLOYEE_CHARS, TENANT_CHARS, USER_CHARS, WORD_CHARS, auto_id, document, document_null, drop_tables,
    index, moment, moment_null, number, number_null, table, text, text_null,
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
                table(dialect, "rollcall_leases")
                    .col(text("tenant", TENANT_CHARS).primary_key().take())
                    .col(text("holder", WORD_CHARS))
                    .col(number("fence"))
                    .col(moment(dialect, "expires_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table(dialect, "rollcall_runs")
                    .col(auto_id("id"))
                    .col(number("plan"))
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("state", 20))
                    .col(text("holder", WORD_CHARS))
                    .col(number("fence"))
                    .col(moment(dialect, "started_at"))
                    .col(moment_null(dialect, "ended_at"))
                    .col(document_null(dialect, "report"))
                    .take(),
            )
            .await?;
        manager.create_index(index("rollcall_runs_plan", "rollcall_runs", &["plan"])).await?;
        manager.create_index(index("rollcall_runs_state", "rollcall_runs", &["tenant", "state"])).await?;
        manager
            .create_table(
                table(dialect, "rollcall_calls")
                    .col(number("run"))
                    .col(number("seq"))
                    .col(text("tenant", TENANT_CHARS))
                    .col(document(dialect, "request"))
                    .col(document(dialect, "carries"))
                    .col(text("correlation_id", WORD_CHARS))
                    .col(text("state", 20))
                    .col(moment(dialect, "intended_at"))
                    .col(moment_null(dialect, "ended_at"))
                    .col(number_null("status"))
                    .col(document_null(dialect, "answer"))
                    .col(text_null("made_user", USER_CHARS))
                    .col(text_null("auth0_request_id", WORD_CHARS))
                    .primary_key(Index::create().col("run").col("seq"))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("rollcall_calls_time", "rollcall_calls", &["tenant", "intended_at"]))
            .await?;
        manager
            .create_table(
                table(dialect, "rollcall_outcomes")
                    .col(auto_id("id"))
                    .col(number("run"))
                    .col(number_null("seq"))
                    .col(text("change_id", USER_CHARS))
                    .col(document(dialect, "outcome"))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("rollcall_outcomes_run", "rollcall_outcomes", &["run", "change_id"]))
            .await?;
        // Blocks that were begun, until all of their calls are known to be done.
        manager
            .create_table(
                table(dialect, "rollcall_blocks_due")
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("employee", EMPLOYEE_CHARS))
                    .primary_key(Index::create().col("tenant").col("employee"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "rollcall_blocks_due",
                "rollcall_outcomes",
                "rollcall_calls",
                "rollcall_runs",
                "rollcall_leases",
            ],
        )
        .await
    }
}
