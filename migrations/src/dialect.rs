//! The three databases.

use sea_orm_migration::prelude::ConnectionTrait;
use sea_orm_migration::sea_orm::DbBackend;

/// Which SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

impl Dialect {
    /// That of a connection. Its driver knows no others: they are not compiled in.
    pub fn of(db: &impl ConnectionTrait) -> Self {
        match db.get_database_backend() {
            DbBackend::Postgres => Self::Postgres,
            DbBackend::MySql => Self::MySql,
            DbBackend::Sqlite | _ => Self::Sqlite,
        }
    }
}
