//! A database of its own for each story, and the things that stories are about.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use diff::{
    Action, Approval, Approver, Cause, Change, ChangeId, Digest, Draft, EmployeeId, Forecast, Leaving, Link,
    Matched, PLAN_VERSION, Plan, Scope, SourceSummary, Tenant, UserId, UsersSummary,
};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use store::{Options, SourceOptions, Store, Tie};

/// Which database a story runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
    MySql,
}

/// A database of its own.
pub(crate) struct World {
    pub(crate) on: On,
    pub(crate) url: String,
    /// For what only a stranger does: foreign tables, rows put in by hand.
    pub(crate) raw: DatabaseConnection,
    /// Where an SQLite story may put further files.
    pub(crate) directory: std::path::PathBuf,
}

/// Runs the story on every database that there is.
pub(crate) async fn everywhere<F, T>(story: F)
where
    F: Fn(World) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("rollcall.db").display());
    let raw = Database::connect(format!("{url}?mode=rwc")).await.unwrap();
    let world = World { on: On::Sqlite, url, raw, directory: directory.path().to_owned() };
    tokio::spawn(story(world)).await.unwrap();
    for (on, variable) in
        [(On::Postgres, "ROLLCALL_TEST_POSTGRES_URL"), (On::MySql, "ROLLCALL_TEST_MYSQL_URL")]
    {
        match std::env::var(variable) {
            Ok(server) => on_server(on, &server, directory.path(), &story).await,
            Err(_) => say_skipped(variable),
        }
    }
}

async fn on_server<F, T>(on: On, server: &str, directory: &std::path::Path, story: &F)
where
    F: Fn(World) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rollcall_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(server).await.unwrap();
    admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let raw = Database::connect(&url).await.unwrap();
    let world = World { on, url, raw, directory: directory.to_owned() };
    // A story that fails still leaves nothing behind.
    let told = tokio::spawn(story(world)).await;
    let force = if on == On::Postgres { " WITH (FORCE)" } else { "" };
    admin.execute_unprepared(&format!("DROP DATABASE {name}{force}")).await.unwrap();
    told.unwrap();
}

#[expect(clippy::print_stderr, reason = "whoever runs the stories must know which were not told")]
fn say_skipped(variable: &'static str) {
    static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap().insert(variable) {
        eprintln!("{variable} is not set: these stories are not told on that database");
    }
}

impl World {
    /// A store with the default options and its tables made.
    pub(crate) async fn store(&self) -> Store {
        let store = self.open(SourceOptions::default()).await;
        store.migrate().await.unwrap();
        store
    }

    /// A store as it is opened, without its tables.
    pub(crate) async fn open(&self, source: SourceOptions) -> Store {
        Store::open(Options { source, ..Options::one(self.url.clone()) }).await.unwrap()
    }

    /// What a stranger does.
    pub(crate) async fn sql(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap();
    }

    /// The one cell that a query gives, as text.
    pub(crate) async fn text(&self, sql: &str) -> Option<String> {
        let cast = if self.on == On::MySql { "char" } else { "text" };
        let sql = format!("SELECT CAST(({sql}) AS {cast})");
        let statement = sea_orm::Statement::from_string(self.raw.get_database_backend(), sql);
        self.raw.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }
}

/// A time on the day of all stories.
pub(crate) fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

pub(crate) fn tenant() -> Tenant {
    Tenant::new("colore.eu.auth0.com")
}

pub(crate) fn id(text: &str) -> EmployeeId {
    text.parse().unwrap()
}

pub(crate) fn user(text: &str) -> UserId {
    UserId::new(format!("auth0|{text}"))
}

/// The employee has the user, whom somebody else made.
pub(crate) fn tie(employee: &str, of: &str) -> Tie {
    Tie {
        employee: id(employee),
        link: Link { user: user(of), created_by_us: false, invited: false },
        created_at: None,
    }
}

/// A plan that blocks these leavers.
pub(crate) fn plan(leavers: &[&str]) -> Plan {
    plan_of(Scope::everybody(), leavers)
}

pub(crate) fn plan_of(scope: Scope, leavers: &[&str]) -> Plan {
    Plan::new(Draft {
        version: PLAN_VERSION,
        tenant: tenant(),
        scope,
        policy: Digest::of(&"policy"),
        today: "2026-11-23".parse().unwrap(),
        first_sync: false,
        source: SourceSummary::default(),
        users: UsersSummary::default(),
        changes: leavers.iter().map(|it| block(it)).collect(),
        notes: Vec::new(),
        forecast: Forecast::default(),
    })
    .unwrap()
}

fn block(employee: &str) -> Change {
    Change {
        id: ChangeId::new(format!("block-{employee}")),
        employee: id(employee),
        name: format!("Zoë 🦊 {employee}"),
        action: Action::Block { user: user(employee), end_sessions: false },
        cause: Cause::Left { leaving: Leaving::Status { status: "terminated".to_owned() } },
        matched: Matched::Link,
        needs: Vec::new(),
    }
}

/// The plan's changes, by id.
pub(crate) fn changes(plan: &Plan) -> Vec<ChangeId> {
    plan.changes().iter().map(|it| it.id.clone()).collect()
}

pub(crate) fn grace() -> Approver {
    Approver::Unverified { name: "grace@host".to_owned() }
}

pub(crate) fn yes(plan: &Plan) -> Approval {
    Approval {
        digest: plan.digest(),
        by: grace(),
        at: "2026-11-23T08:00:00Z".to_owned(),
        reason: None,
        accepts: BTreeSet::new(),
    }
}

pub(crate) fn more(columns: &[&str]) -> BTreeSet<String> {
    columns.iter().map(|it| (*it).to_owned()).collect()
}
