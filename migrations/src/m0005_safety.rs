//! What safety needs to remember: the audit chain, approvals, tokens, the quarantine, what was read
//! last, claims of single employees, and what the tenant's plan lacks.

use sea_orm_migration::prelude::*;

use crate::columns::{
    EMPLOYEE_CHARS, TENANT_CHARS, USER_CHARS, WORD_CHARS, auto_id, document, document_null, drop_tables,
    flag, index, moment, moment_null, number, number_null, table, text, text_null,
};
use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        audit_chain(manager).await?;
        review(manager).await?;
        quarantine(manager).await?;
        readings(manager).await?;
        claims(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        one_approval(manager).await?;
        drop_tables(
            manager,
            &[
                "rollcall_lacks",
                "rollcall_claims",
                "rollcall_absent",
                "rollcall_baselines",
                "rollcall_quarantine",
                "rollcall_tokens",
                "rollcall_approvals",
                "rollcall_audit_heads",
            ],
        )
        .await?;
        drop_columns(manager, "rollcall_runs", &["employee"]).await?;
        manager
            .drop_index(Index::drop().name("rollcall_audit_seq").table("rollcall_audit").to_owned())
            .await?;
        drop_columns(manager, "rollcall_audit", &["erased_at", "key_id", "content", "salt", "seq"]).await
    }
}

/// `seq` numbers a tenant's entries without a gap; `content` is the hash of the salted body, which
/// stays when body and salt are erased.
async fn audit_chain(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let dialect = Dialect::of(manager.get_connection());
    add_column(manager, "rollcall_audit", number_null("seq")).await?;
    add_column(manager, "rollcall_audit", text_null("salt", 64)).await?;
    add_column(manager, "rollcall_audit", text_null("content", 64)).await?;
    add_column(manager, "rollcall_audit", text_null("key_id", 64)).await?;
    add_column(manager, "rollcall_audit", moment_null(dialect, "erased_at")).await?;
    // Entries from before the chain have no number, and null is not equal to null.
    let seq = index("rollcall_audit_seq", "rollcall_audit", &["tenant", "seq"]).unique().take();
    manager.create_index(seq).await?;
    manager
        .create_table(
            table(dialect, "rollcall_audit_heads")
                .col(text("tenant", TENANT_CHARS).primary_key().take())
                .col(number("seq"))
                .col(text("hash", 64))
                .take(),
        )
        .await
}

/// Every yes to a plan, the client that read the tenant for it, and the tokens that make a name a
/// verified one. A plan had one approval, in a column; it moves.
async fn review(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let dialect = Dialect::of(manager.get_connection());
    manager
        .create_table(
            table(dialect, "rollcall_approvals")
                .col(number("plan"))
                .col(text("name", WORD_CHARS))
                .col(flag("verified"))
                .col(moment(dialect, "at"))
                .col(document(dialect, "approval"))
                .primary_key(Index::create().col("plan").col("name").col("verified"))
                .take(),
        )
        .await?;
    let moved = "INSERT INTO rollcall_approvals (plan, name, verified, at, approval) \
                 SELECT id, decided_by, decided_verified, decided_at, approval FROM rollcall_plans \
                 WHERE approval IS NOT NULL";
    manager.get_connection().execute_unprepared(moved).await?;
    drop_columns(manager, "rollcall_plans", &["approval"]).await?;
    // MySQL would look for the plan that a decision is about in this index first and in the table then, and
    // change it in the other order: two decisions at once would be a deadlock.
    let state = Index::drop().name("rollcall_plans_state").table("rollcall_plans").to_owned();
    manager.drop_index(state).await?;
    add_column(manager, "rollcall_plans", text_null("client", USER_CHARS)).await?;
    manager
        .create_table(
            table(dialect, "rollcall_tokens")
                .col(auto_id("id"))
                .col(text("name", WORD_CHARS))
                .col(text("role", 20))
                .col(text("hash", 64))
                .col(moment(dialect, "created_at"))
                .col(text("created_by", WORD_CHARS))
                .col(moment_null(dialect, "expires_at"))
                .col(moment_null(dialect, "revoked_at"))
                .col(moment_null(dialect, "used_at"))
                .take(),
        )
        .await?;
    let hash = index("rollcall_tokens_hash", "rollcall_tokens", &["hash"]).unique().take();
    manager.create_index(hash).await
}

/// Back to one approval a plan, in a column. One of several is as good as the others there.
async fn one_approval(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let dialect = Dialect::of(manager.get_connection());
    drop_columns(manager, "rollcall_plans", &["client"]).await?;
    let state = index("rollcall_plans_state", "rollcall_plans", &["state", "expires_at"]);
    manager.create_index(state).await?;
    add_column(manager, "rollcall_plans", document_null(dialect, "approval")).await?;
    let moved = "UPDATE rollcall_plans SET approval = (SELECT max(approval) FROM rollcall_approvals \
                 WHERE plan = rollcall_plans.id) WHERE state IN ('approved', 'applying', 'applied', 'incomplete')";
    manager.get_connection().execute_unprepared(moved).await.map(drop)
}

/// Changes that failed again and again, by employee and kind. `change` is the digest of what was tried.
async fn quarantine(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let dialect = Dialect::of(manager.get_connection());
    manager
        .create_table(
            table(dialect, "rollcall_quarantine")
                .col(text("tenant", TENANT_CHARS))
                .col(text("employee", EMPLOYEE_CHARS))
                .col(text("kind", 20))
                .col(text_null("user_id", USER_CHARS))
                .col(text("change_digest", 64))
                .col(number("failures"))
                .col(moment(dialect, "first_failed_at"))
                .col(moment(dialect, "last_failed_at"))
                .col(document(dialect, "last_error"))
                .col(moment_null(dialect, "next_try_at"))
                .col(document_null(dialect, "dropped_because"))
                .primary_key(Index::create().col("tenant").col("employee").col("kind"))
                .take(),
        )
        .await
}

/// What the last good run of each scope read, and who has been missing since when.
async fn readings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let dialect = Dialect::of(manager.get_connection());
    manager
        .create_table(
            table(dialect, "rollcall_baselines")
                .col(text("tenant", TENANT_CHARS))
                .col(text("scope_digest", 64))
                .col(number("source_rows"))
                .col(moment(dialect, "read_at"))
                .primary_key(Index::create().col("tenant").col("scope_digest"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table(dialect, "rollcall_absent")
                .col(text("tenant", TENANT_CHARS))
                .col(text("employee", EMPLOYEE_CHARS))
                .col(number("readings"))
                .col(moment(dialect, "since"))
                .col(moment(dialect, "counted_at"))
                .primary_key(Index::create().col("tenant").col("employee"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table(dialect, "rollcall_lacks")
                .col(text("tenant", TENANT_CHARS))
                .col(text("feature", WORD_CHARS))
                .col(document(dialect, "refusal"))
                .col(moment(dialect, "since"))
                .primary_key(Index::create().col("tenant").col("feature"))
                .take(),
        )
        .await
}

/// A single-employee act holds its employee and not the tenant. Its run names the employee.
async fn claims(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let dialect = Dialect::of(manager.get_connection());
    manager
        .create_table(
            table(dialect, "rollcall_claims")
                .col(text("tenant", TENANT_CHARS))
                .col(text("employee", EMPLOYEE_CHARS))
                .col(text("holder", WORD_CHARS))
                .col(number("fence"))
                .col(moment(dialect, "expires_at"))
                .primary_key(Index::create().col("tenant").col("employee"))
                .take(),
        )
        .await?;
    add_column(manager, "rollcall_runs", text_null("employee", EMPLOYEE_CHARS)).await
}

/// One column a statement: SQLite takes no more.
async fn add_column(manager: &SchemaManager<'_>, name: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(name).add_column(column).take()).await
}

async fn drop_columns(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    for it in columns {
        manager.alter_table(Table::alter().table(name).drop_column(*it).take()).await?;
    }
    Ok(())
}
