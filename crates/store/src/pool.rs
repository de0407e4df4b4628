//! How many connections there are to a database.

use sea_orm::{DatabaseBackend, DatabaseConnection};

/// The connections of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// All of them.
    pub open: usize,
    /// Those that nobody uses right now.
    pub idle: usize,
}

impl Pool {
    pub(crate) fn of(db: &DatabaseConnection) -> Self {
        let (open, idle) = match db.get_database_backend() {
            DatabaseBackend::MySql => {
                let pool = db.get_mysql_connection_pool();
                (pool.size(), pool.num_idle())
            }
            DatabaseBackend::Postgres => {
                let pool = db.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            DatabaseBackend::Sqlite => {
                let pool = db.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
            other => unreachable!("no URL of ours is for {other:?}"),
        };
        Self { open: usize::try_from(open).unwrap_or(usize::MAX), idle }
    }
}
