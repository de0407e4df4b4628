//! Rollcall's schema, up and down, on SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! There are two halves, because there are two databases:
//!
//! * [`Migrator`] makes the **store**: our own tables, all prefixed `rollcall_`. What was applied is
//!   recorded in [`TABLE`], so that it does not get into the way of a host's own migrations.
//! * [`source`] prepares the **source**: it makes the default `employees` table where none exists,
//!   and gives an existing one the three write-back columns. It never records anything there, since
//!   the table is somebody else's; the store remembers what was added, and takes back only that.
//!
//! This crate never reads a row and never decides whether the source may be touched: `store` does.
//!
//! What looks odd: every table of ours is compared byte by byte (`utf8mb4_bin` on MySQL/MariaDB),
//! because user ids and employee ids that differ in case are different ones; and documents are text,
//! not JSON columns, because a digest is of the bytes.

mod columns;
mod dialect;
mod m0001_links;
mod m0002_plans;
mod m0003_runs;
mod m0004_audit;
mod m0005_safety;
mod m0006_seen;
mod m0007_ticks;
mod m0008_keys;
mod m0009_notices;
pub mod source;

pub use sea_orm_migration::MigratorTrait;

pub use dialect::Dialect;
use sea_orm_migration::prelude::*;

/// The table that remembers which migrations were applied.
pub const TABLE: &str = "rollcall_migrations";

/// The store's migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_links::Migration),
            Box::new(m0002_plans::Migration),
            Box::new(m0003_runs::Migration),
            Box::new(m0004_audit::Migration),
            Box::new(m0005_safety::Migration),
            Box::new(m0006_seen::Migration),
            Box::new(m0007_ticks::Migration),
            Box::new(m0008_keys::Migration),
            Box::new(m0009_notices::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        TABLE.into_iden()
    }
}
