//! Column types that mean the same on all three databases.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

/// An employee id: `EmployeeId::MAX_CHARS`.
pub(crate) const EMPLOYEE_CHARS: u32 = 190;
/// An Auth0 user id, as Auth0 itself bounds it.
pub(crate) const USER_CHARS: u32 = 255;
/// A domain name is at most 253 characters.
pub(crate) const TENANT_CHARS: u32 = 253;
/// Words of ours, holders, names of people: bounded so that they may stand in an index.
pub(crate) const WORD_CHARS: u32 = 190;

/// A table of ours: compared byte by byte, also where the server's default is not.
pub(crate) fn table(dialect: Dialect, name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).if_not_exists();
    if dialect == Dialect::MySql {
        table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}

/// A number that the database gives out.
pub(crate) fn auto_id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().auto_increment().primary_key().take()
}

/// A bounded text that is always there.
pub(crate) fn text(name: &'static str, chars: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(chars).not_null().take()
}

/// A bounded text that may be absent.
pub(crate) fn text_null(name: &'static str, chars: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(chars).null().take()
}

/// A document of any length. MySQL's `text` ends at 64 KiB.
pub(crate) fn document(dialect: Dialect, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match dialect {
        Dialect::MySql => column.custom("longtext"),
        Dialect::Sqlite | Dialect::Postgres => column.text(),
    };
    column.not_null().take()
}

/// A document that may be absent.
pub(crate) fn document_null(dialect: Dialect, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match dialect {
        Dialect::MySql => column.custom("longtext"),
        Dialect::Sqlite | Dialect::Postgres => column.text(),
    };
    column.null().take()
}

/// A moment in UTC, to the millisecond, that is always there.
pub(crate) fn moment(dialect: Dialect, name: &'static str) -> ColumnDef {
    moment_null(dialect, name).not_null().take()
}

/// A moment in UTC, to the millisecond. MySQL's `timestamp` ends in 2038, so it is a `datetime` there.
pub(crate) fn moment_null(dialect: Dialect, name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match dialect {
        Dialect::MySql => column.custom("datetime(3)"),
        Dialect::Postgres => column.custom("timestamptz(3)"),
        Dialect::Sqlite => column.timestamp_with_time_zone(),
    };
    column.take()
}

/// A number that may be absent.
pub(crate) fn number_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// A number that is always there.
pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// An index over columns of a table of ours.
pub(crate) fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for it in columns {
        index.col(*it);
    }
    index.take()
}

/// Drops tables of ours, the last made first.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).if_exists().take()).await?;
    }
    Ok(())
}
