//! The append-only record.

use sea_orm_migration::prelude::*;

use crate::columns::{
    EMPLOYEE_CHARS, TENANT_CHARS, USER_CHARS, WORD_CHARS, auto_id, document, drop_tables, flag, index,
    moment, number_null, table, text, text_null,
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
                table(dialect, "rollcall_audit")
                    .col(auto_id("id"))
                    .col(moment(dialect, "at"))
                    .col(text("tenant", TENANT_CHARS))
                    .col(text("actor", WORD_CHARS))
                    .col(flag("verified"))
                    .col(text("event", WORD_CHARS))
                    .col(text_null("employee", EMPLOYEE_CHARS))
                    .col(text_null("user_id", USER_CHARS))
                    .col(number_null("plan"))
                    .col(number_null("run"))
                    .col(document(dialect, "body"))
                    // For the chain: the hash of the entry before, and of this one.
                    .col(text_null("previous", 64))
                    .col(text_null("hash", 64))
                    .take(),
            )
            .await?;
        for (name, column) in [
            ("rollcall_audit_employee", "employee"),
            ("rollcall_audit_user", "user_id"),
            ("rollcall_audit_plan", "plan"),
            ("rollcall_audit_run", "run"),
        ] {
            manager.create_index(index(name, "rollcall_audit", &[column])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rollcall_audit"]).await
    }
}
