//! Whatever is changed, at random: it is never found whole.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use store::{AuditKeys, Options, Store};

use super::{entry, ten};
use crate::world::{at, grace, id};

const KEY: &str = "a-key-of-more-than-thirty-two-characters";

/// Every column that a hash covers, and those that say whether a body was erased.
const COLUMNS: [&str; 17] = [
    "at",
    "tenant",
    "actor",
    "verified",
    "event",
    "employee",
    "user_id",
    "plan",
    "run",
    "body",
    "previous",
    "hash",
    "seq",
    "salt",
    "content",
    "key_id",
    "erased_at",
];

/// What somebody does to the record.
#[derive(Clone, Debug)]
enum Tampering {
    Set { seq: i64, column: &'static str, value: String },
    Copy { column: &'static str, from: i64, to: i64 },
    Remove { seq: i64 },
    Head { seq: i64 },
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let seq = 1..=12_i64;
    let column = prop::sample::select(&COLUMNS[..]);
    let value = prop_oneof![
        Just("NULL".to_owned()),
        "[a-z0-9 {}\":,é|]{0,40}".prop_map(|it| format!("'{it}'")),
        (0..20_i64).prop_map(|it| it.to_string()),
        Just("'2026-11-23 07:00:01.500'".to_owned()),
    ];
    prop_oneof![
        4 => (seq.clone(), column.clone(), value)
            .prop_map(|(seq, column, value)| Tampering::Set { seq, column, value }),
        3 => (column, seq.clone(), seq.clone()).prop_map(|(column, from, to)| Tampering::Copy { column, from, to }),
        1 => seq.clone().prop_map(|seq| Tampering::Remove { seq }),
        1 => seq.prop_map(|seq| Tampering::Head { seq }),
    ]
}

impl Tampering {
    fn sql(&self) -> String {
        match self {
            Self::Set { seq, column, value } => {
                format!("UPDATE rollcall_audit SET {column} = {value} WHERE seq = {seq}")
            }
            Self::Copy { column, from, to } => format!(
                "UPDATE rollcall_audit SET {column} = (SELECT {column} FROM rollcall_audit WHERE seq = {from}) \
                 WHERE seq = {to}"
            ),
            Self::Remove { seq } => format!("DELETE FROM rollcall_audit WHERE seq = {seq}"),
            Self::Head { seq } => format!("UPDATE rollcall_audit_heads SET seq = {seq}"),
        }
    }
}

/// A record of twelve entries in a file, and a stranger's way to it.
struct Desk {
    store: Store,
    raw: DatabaseConnection,
    kept: Vec<Vec<Option<String>>>,
}

impl Desk {
    async fn new(url: String) -> Self {
        let audit_keys = AuditKeys::parse(KEY).unwrap();
        let store = Store::open(Options { audit_keys, ..Options::one(url.clone()) }).await.unwrap();
        store.migrate().await.unwrap();
        ten(&store).await;
        store.erase_audit(&id("4"), &grace(), "asked for", at("08:00:00")).await.unwrap();
        store.audit(&entry("auth0_user_unblocked", "5"), at("08:30:00")).await.unwrap();
        let raw = Database::connect(url).await.unwrap();
        for table in ["rollcall_audit", "rollcall_audit_heads"] {
            raw.execute_unprepared(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"))
                .await
                .unwrap();
        }
        let mut desk = Self { store, raw, kept: Vec::new() };
        desk.kept = desk.dump().await;
        desk
    }

    /// Every cell that counts, as text.
    async fn dump(&self) -> Vec<Vec<Option<String>>> {
        let columns = COLUMNS.map(|it| format!("CAST({it} AS text)")).join(", ");
        let mut dump = Vec::new();
        for (sql, width) in [
            (format!("SELECT {columns} FROM rollcall_audit ORDER BY id"), COLUMNS.len()),
            ("SELECT CAST(seq AS text), hash FROM rollcall_audit_heads".to_owned(), 2),
        ] {
            let rows = self.raw.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
            dump.extend(
                rows.iter().map(|row| (0..width).map(|at| row.try_get_by_index(at).unwrap()).collect()),
            );
        }
        dump
    }

    /// Does it; tells whether anything is another, and whether it is found whole.
    async fn after(&self, tampering: &Tampering) -> (bool, bool) {
        // What the database itself refuses was not done.
        let _refused = self.raw.execute_unprepared(&tampering.sql()).await;
        let changed = self.dump().await != self.kept;
        // A cell that cannot be read is an error, and no verdict.
        let whole = self.store.verify_audit(&[]).await.is_ok_and(|it| it.is_whole());
        for table in ["rollcall_audit", "rollcall_audit_heads"] {
            self.raw.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
            let back = format!("INSERT INTO {table} SELECT * FROM kept_{table}");
            self.raw.execute_unprepared(&back).await.unwrap();
        }
        (changed, whole)
    }
}

#[test]
fn nothing_that_was_changed_is_found_whole() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("rollcall.db").display());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let desk = runtime.block_on(Desk::new(url));
    let changes = Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&tampering(), |tampering| {
        let (is_another, is_whole) = runtime.block_on(desk.after(&tampering));
        changes.set(changes.get() + u32::from(is_another));
        prop_assert_eq!(is_whole, !is_another, "{}", tampering.sql());
        Ok(())
    });
    ran.unwrap();
    assert!(changes.get() > 100, "most of it changed something: {}", changes.get());
}
