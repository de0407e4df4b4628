//! Opening the two databases, and making their tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diff::IdType;
use migrations::{Dialect, Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use tokio::net::TcpStream;

use crate::address::Address;
use crate::audit::AuditKeys;
use crate::error::{Error, Fault, Place};
use crate::pool::Pool;
use crate::source::Source;

/// How long a writer waits for another one to finish, before it gives up.
const BUSY: Duration = Duration::from_secs(10);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// Connections to a server; SQLite has one, because it has one writer.
const POOL: u32 = 10;

/// Which databases, and what the employee table is like.
#[derive(Clone)]
pub struct Options {
    /// Where our own tables are. May hold a password, and is never printed.
    pub store_url: String,
    /// Where the employee table is, if not in the store.
    pub source_url: Option<String>,
    /// What it is like.
    pub source: SourceOptions,
    /// What the audit record is chained with.
    pub audit_keys: AuditKeys,
}

/// What the employee table is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOptions {
    /// Its name, or `schema.name`.
    pub table: String,
    /// Our name of a column → the table's. What is not named has the same name; `""` says that the
    /// table has no such column.
    pub columns: BTreeMap<String, String>,
    /// Further columns that the policy names.
    pub more: BTreeSet<String>,
    /// Whether the three write-back columns are kept, where the table can be written.
    pub write_back: bool,
    /// The type of the key in a table that we make.
    pub id_type: IdType,
}

impl Default for SourceOptions {
    /// The design's table, written back to.
    fn default() -> Self {
        Self {
            table: Self::DEFAULT_TABLE.to_owned(),
            columns: BTreeMap::new(),
            more: BTreeSet::new(),
            write_back: true,
            id_type: IdType::Number,
        }
    }
}

impl SourceOptions {
    /// The table that is made where none exists.
    pub const DEFAULT_TABLE: &'static str = "employees";
}

impl Options {
    /// One database for both, with the default table and without a key for the audit record.
    pub fn one(store_url: impl Into<String>) -> Self {
        Self {
            store_url: store_url.into(),
            source_url: None,
            source: SourceOptions::default(),
            audit_keys: AuditKeys::none(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store_url: _, source_url: _, source, audit_keys: _ } = self;
        f.debug_struct("Options").field("source", source).finish_non_exhaustive()
    }
}

/// The two databases, open. Cheap to clone: the clones share their connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: DatabaseConnection,
    pub(crate) place: Place,
    pub(crate) source: Source,
    pub(crate) audit_keys: AuditKeys,
}

impl Store {
    /// Opens both databases. The store's SQLite file is made where there is none; the source's
    /// never is, so that a mistyped path is not an empty company.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let Options { store_url, source_url, source, audit_keys } = options;
        let address = Address::parse(&store_url)?;
        let db = connect(&address, Use::Store).await?;
        let (rows, rows_place) = match source_url.as_deref().filter(|it| *it != store_url) {
            None => (db.clone(), address.place.clone()),
            Some(url) => {
                let address = Address::parse(url)?;
                (connect(&address, Use::Source).await?, address.place)
            }
        };
        let source = Source::new(rows, rows_place, source);
        Ok(Self { db, place: address.place, source, audit_keys })
    }

    /// The same databases for something short: what the employee table looks like is asked once, and not before each
    /// of its queries. It asks a database's catalogue, which takes longer than all else that an act on one row does.
    #[must_use]
    pub fn for_an_act(&self) -> Self {
        let source = Source { seen: Some(Arc::default()), ..self.source.clone() };
        Self { source, ..self.clone() }
    }

    /// The connections to each database; the same ones twice where source and store are one.
    pub fn pools(&self) -> [(&'static str, Pool); 2] {
        [("store", Pool::of(&self.db)), ("source", Pool::of(&self.source.db))]
    }

    /// Makes or completes all tables, the employee table among them where that is ours to do, and
    /// tells what it did. Running it again does nothing.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        let doing = Error::doing("make the store's tables");
        let mut applied = self.pending_in_store().await?;
        Migrator::up(&self.db, None).await.map_err(doing)?;
        applied.extend(self.prepare_source().await?);
        Ok(applied)
    }

    /// What [`Self::migrate`] would do to the store and must do before anything else works.
    pub async fn pending(&self) -> Result<Vec<String>, Error> {
        let mut pending = self.pending_in_store().await?;
        if self.makes_employee_table().await? {
            pending.push(self.source.table_added());
        }
        Ok(pending)
    }

    /// Our own tables alone: what is missing of them.
    pub async fn pending_in_store(&self) -> Result<Vec<String>, Error> {
        let doing = Error::doing("read which tables there are");
        let pending = Migrator::get_pending_migrations_read_only(&self.db).await.map_err(doing)?;
        Ok(pending.iter().map(|it| it.name().to_owned()).collect())
    }

    /// Takes back so many migrations, the last first. The first step is the source: what we added
    /// to it is dropped, and nothing else.
    pub async fn migrate_down(&self, steps: u32) -> Result<Vec<String>, Error> {
        let mut dropped = Vec::new();
        let mut steps = steps;
        if steps > 0 && self.pending_in_store().await?.is_empty() {
            dropped = self.unprepare_source().await?;
            steps -= u32::from(!dropped.is_empty());
        }
        let doing = Error::doing("take the store's tables back");
        let applied = Migrator::get_applied_migrations(&self.db).await.map_err(&doing)?;
        dropped.extend(applied.iter().rev().take(steps as usize).map(|it| it.name().to_owned()));
        Migrator::down(&self.db, Some(steps)).await.map_err(doing)?;
        Ok(dropped)
    }

    /// Where the store is, as people may see it.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Where the employee table is, as people may see it.
    pub fn source_place(&self) -> &Place {
        &self.source.place
    }

    /// Lets go of the connections.
    pub async fn close(self) -> Result<(), Error> {
        let doing = Error::doing("close the database");
        self.db.close().await.map_err(&doing)?;
        self.source.db.close().await.map_err(doing)
    }

    /// A transaction of the store.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        begin(&self.db).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { db: _, place, source, audit_keys: _ } = self;
        f.debug_struct("Store").field("place", place).field("source", &source.place).finish_non_exhaustive()
    }
}

/// A transaction that sees what was committed, as conditional updates need it. On SQLite it takes the
/// write lock at once: one that turns into a writer halfway fails instead of waiting.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, Error> {
    let options = match Dialect::of(db) {
        Dialect::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        },
        Dialect::Postgres | Dialect::MySql => {
            TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..Default::default() }
        }
    };
    db.begin_with_options(options).await.map_err(Error::doing("begin a transaction"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Ours: an SQLite file is made where there is none.
    Store,
    /// Somebody else's, or only looked at: what is not there is not made.
    Source,
}

pub(crate) async fn connect(address: &Address, used_as: Use) -> Result<DatabaseConnection, Error> {
    address.check_file()?;
    if used_as == Use::Source {
        address.check_exists()?;
    }
    if let Some(server) = &address.server {
        knock(server).await.map_err(|why| unreachable(address, Fault::from(why)))?;
    }
    let mut options = ConnectOptions::new(&address.url);
    options.connect_timeout(CONNECT).acquire_timeout(CONNECT).sqlx_logging(false).record_stmt_in_spans(false);
    options.max_connections(POOL);
    if address.url.starts_with("sqlite:") {
        // A single connection, which stays: SQLite has one writer, and one in memory would be lost.
        options.max_connections(1).idle_timeout(None).max_lifetime(None);
        options.map_sqlx_sqlite_opts(move |it| {
            let it = it.busy_timeout(BUSY).foreign_keys(true);
            match used_as {
                Use::Store => it.create_if_missing(true).pragma("journal_mode", "wal"),
                Use::Source => it,
            }
        });
    }
    Database::connect(options).await.map_err(|cause| unreachable(address, Fault::from(cause)))
}

/// Asks whether anybody listens. The pool would go on trying until its time is up, and then only say
/// that it is up.
async fn knock(server: &(String, u16)) -> Result<(), std::io::Error> {
    let (host, port) = server;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    tokio::time::timeout(CONNECT, TcpStream::connect((host, *port))).await??;
    Ok(())
}

fn unreachable(address: &Address, cause: Fault) -> Error {
    Error::Unreachable { place: address.place.clone(), cause }
}
