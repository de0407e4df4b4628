//! The employee table: made where none exists, and given the write-back columns where it lacks them.
//!
//! Each function does one statement or two and can be run again; who calls them remembers what was
//! added, so that only that is taken back.

use sea_orm_migration::prelude::*;

use crate::columns::{EMPLOYEE_CHARS, USER_CHARS, moment_null};
use crate::dialect::Dialect;

/// The words of `auth0_sync_status`, the first being the default.
pub const SYNC_STATUS: [&str; 3] = ["pending", "created", "verified"];

/// The type of the key column of a table that we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `bigint`
    Number,
    /// `varchar(190)`, compared byte by byte.
    Text,
}

/// One of the three columns that Rollcall writes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteBackColumn {
    /// `auth0_user_id`: which user the employee has.
    UserId,
    /// `auth0_account_created_at`: when Auth0 made it.
    CreatedAt,
    /// `auth0_sync_status`: how far the account is.
    Status,
}

impl WriteBackColumn {
    /// All three.
    pub const ALL: [Self; 3] = [Self::UserId, Self::CreatedAt, Self::Status];

    /// Its name in the default table.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserId => "auth0_user_id",
            Self::CreatedAt => "auth0_account_created_at",
            Self::Status => "auth0_sync_status",
        }
    }
}

/// Makes the default table, with the write-back columns.
pub async fn create_table(db: &impl ConnectionTrait, name: &TableName, key: KeyType) -> Result<(), DbErr> {
    let dialect = Dialect::of(db);
    let mut table = Table::create();
    table.table(TableRef::Table(name.clone(), None)).col(key_column(dialect, key));
    for cell in ["email", "full_name", "given_name", "family_name", "department", "role_code", "status"] {
        table.col(ColumnDef::new(cell).text().null());
    }
    table.col(ColumnDef::new("starts_on").date().null()).col(ColumnDef::new("ends_on").date().null());
    table.col(moment_null(dialect, "updated_at"));
    if dialect == Dialect::MySql {
        table.engine("InnoDB").character_set("utf8mb4");
    }
    db.execute(&table).await?;
    for it in WriteBackColumn::ALL {
        add_column(db, name, it, it.name()).await?;
    }
    Ok(())
}

/// Drops the table that [`create_table`] made.
pub async fn drop_table(db: &impl ConnectionTrait, name: &TableName) -> Result<(), DbErr> {
    db.execute(Table::drop().table(TableRef::Table(name.clone(), None)).if_exists()).await.map(drop)
}

/// Adds a write-back column, `theirs` being its name in this table. Rows that exist are `pending`.
pub async fn add_column(
    db: &impl ConnectionTrait,
    name: &TableName,
    column: WriteBackColumn,
    theirs: &str,
) -> Result<(), DbErr> {
    let dialect = Dialect::of(db);
    let mut alter = Table::alter();
    alter.table(TableRef::Table(name.clone(), None)).add_column(definition(dialect, column, theirs));
    db.execute(&alter).await?;
    if column == WriteBackColumn::UserId {
        db.execute(&unique_index(name, theirs)).await?;
    }
    Ok(())
}

/// Drops a write-back column that [`add_column`] added.
pub async fn drop_column(
    db: &impl ConnectionTrait,
    name: &TableName,
    column: WriteBackColumn,
    theirs: &str,
) -> Result<(), DbErr> {
    if column == WriteBackColumn::UserId && Dialect::of(db) == Dialect::Sqlite {
        // SQLite refuses to drop a column that an index names; the others drop the index with it.
        db.execute(Index::drop().name(index_name(name, theirs)).if_exists()).await?;
    }
    let mut alter = Table::alter();
    alter.table(TableRef::Table(name.clone(), None)).drop_column(theirs.to_owned());
    db.execute(&alter).await.map(drop)
}

fn key_column(dialect: Dialect, key: KeyType) -> ColumnDef {
    let mut column = ColumnDef::new("id");
    match key {
        KeyType::Number => column.big_integer(),
        KeyType::Text => exact_text(&mut column, dialect, EMPLOYEE_CHARS),
    };
    column.not_null().primary_key().take()
}

/// A text that is compared byte by byte: on MySQL and MariaDB the default would take `A` for `a`.
fn exact_text(column: &mut ColumnDef, dialect: Dialect, chars: u32) -> &mut ColumnDef {
    match dialect {
        Dialect::MySql => {
            column.custom(format!("varchar({chars}) character set utf8mb4 collate utf8mb4_bin"))
        }
        Dialect::Sqlite | Dialect::Postgres => column.string_len(chars),
    }
}

fn definition(dialect: Dialect, column: WriteBackColumn, theirs: &str) -> ColumnDef {
    let mut definition = match column {
        WriteBackColumn::CreatedAt => return moment_null(dialect, theirs.to_owned()),
        WriteBackColumn::UserId | WriteBackColumn::Status => ColumnDef::new(theirs.to_owned()),
    };
    match (column, dialect) {
        (WriteBackColumn::Status, Dialect::MySql) => {
            let words = SYNC_STATUS.map(|it| format!("'{it}'")).join(", ");
            definition.custom(format!("enum({words})")).not_null().default(SYNC_STATUS[0])
        }
        (WriteBackColumn::Status, Dialect::Sqlite | Dialect::Postgres) => definition
            .string_len(20)
            .not_null()
            .default(SYNC_STATUS[0])
            .check(Expr::col(theirs.to_owned()).is_in(SYNC_STATUS)),
        (WriteBackColumn::UserId | WriteBackColumn::CreatedAt, _) => {
            exact_text(&mut definition, dialect, USER_CHARS).null()
        }
    };
    definition
}

fn unique_index(name: &TableName, theirs: &str) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(index_name(name, theirs))
        .table(TableRef::Table(name.clone(), None))
        .col(theirs.to_owned())
        .unique();
    index.take()
}

fn index_name(name: &TableName, theirs: &str) -> String {
    let TableName(_, table) = name;
    // MySQL takes names of 64 characters at most.
    let table: String = table.to_string().chars().take(30).collect();
    let theirs: String = theirs.chars().take(20).collect();
    format!("rollcall_{table}_{theirs}")
}
