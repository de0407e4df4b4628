//! The database goes away in the middle, and comes back.

use engine::{ApplyError, Stop};
use insta::assert_snapshot;
use sea_orm::{ConnectionTrait as _, Database};
use simulator::{Fault, Trouble};

use crate::world::{Company, Server, World, fault, person, until};

/// Without these nothing can be journalled, nor a run be closed.
const TABLES: [&str; 3] = ["rollcall_calls", "rollcall_runs", "rollcall_leases"];

fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Eva Berg", "Packing", "associate")
        .row(4, "Cem Aydin", "Packing", "associate")
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "status", "terminated")
        .cell(3, "role_code", "manager")
}

async fn goes_away(world: &World) {
    for it in TABLES {
        world.sql(&format!("ALTER TABLE {it} RENAME TO gone_{it}")).await;
    }
}

async fn comes_back(world: &World) {
    for it in TABLES {
        world.sql(&format!("ALTER TABLE gone_{it} RENAME TO {it}")).await;
    }
}

/// Applies; the database goes away while a request of this kind is under way.
async fn lost_during(world: &World, method: &'static str, path: &'static str) -> ApplyError {
    world.simulator.clear_journal();
    world.faults(vec![Fault { ms: 300, ..fault(method, path, 1, 1, Trouble::Delay) }]);
    let (by, stop) = (person("op"), Stop::new());
    let loses = async {
        let asked = || world.simulator.journal();
        until(|| {
            asked().iter().any(|it| it.method == method && it.status.is_none() && it.path != "/oauth/token")
        })
        .await;
        goes_away(world).await;
    };
    let (ended, ()) = tokio::join!(world.engine.apply(world.latest(), &by, "host:1", &stop, &|_| ()), loses);
    ended.unwrap_err()
}

#[tokio::test]
async fn a_database_that_goes_away_stops_the_calls_and_the_next_run_finds_out_what_was_done() {
    for (method, path) in [
        ("PATCH", "/api/v2/users/{id}"),
        ("DELETE", "/api/v2/users/{user_id}/sessions"),
        ("POST", "/api/v2/users"),
        ("POST", "/api/v2/users/{id}/roles"),
    ] {
        let mut world = World::with(company()).await;
        world.plan().await;
        world.approve_as("grace").await;
        let error = lost_during(&world, method, path).await;
        assert!(matches!(error, ApplyError::Store(_)), "{method} {path}: {error}");
        let asked = world.simulator.stats().total;
        comes_back(&world).await;
        assert_eq!(world.simulator.stats().total, asked, "nothing more was called");
        world.clock("2026-11-23T08:01:00Z");
        let report = world.try_apply().await.unwrap();
        assert!(report.is_complete(), "{method} {path}: {}", world.said(&report));
        assert!(!world.journal().contains("→ 409"), "{method} {path}: {}", world.journal());
        assert_eq!(world.users_with("cem.aydin@example.com").len(), 1, "{method} {path}");
        world.assert_settled().await;
    }
}

#[tokio::test]
async fn what_is_said_when_the_database_goes_away() {
    let world = World::with(company()).await;
    world.plan().await;
    world.approve_as("grace").await;
    let error = lost_during(&world, "POST", "/api/v2/users").await;
    assert_snapshot!(world.chain(&error), @"could not record the run: read the run: Query Error: error returned from database: (code: 1) no such table: rollcall_runs");
    comes_back(&world).await;
}

#[tokio::test]
async fn a_database_that_goes_away_while_a_crash_is_settled_leaves_it_to_the_next() {
    let mut world = World::with(company()).await;
    world.plan().await;
    world.approve_as("grace").await;
    let died = world.die_when(|it| it.method == "POST" && it.path == "/api/v2/users").await;
    assert!(died);
    world.clock("2026-11-23T08:01:00Z");
    // The look-up is under way when the database goes.
    let error = lost_during(&world, "GET", "/api/v2/users-by-email").await;
    assert!(matches!(error, ApplyError::Store(_)), "{error}");
    comes_back(&world).await;
    world.clock("2026-11-23T08:02:00Z");
    let report = world.try_apply().await.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    assert_eq!(world.users_with("cem.aydin@example.com").len(), 1);
    world.assert_settled().await;
}

/// A server that lets nobody in and throws everybody out, as when it is restarted.
#[tokio::test]
async fn a_server_that_is_restarted_in_the_middle_loses_nothing() {
    let Some(own) = Server::Postgres.database().await else { return };
    let name = own.url.rsplit('/').next().unwrap().to_owned();
    let server = Database::connect(std::env::var("ROLLCALL_TEST_POSTGRES_URL").unwrap()).await.unwrap();
    let mut world = World::at_server(company(), own).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.simulator.clear_journal();
    world.faults(vec![Fault { ms: 500, ..fault("POST", "/api/v2/users", 1, 1, Trouble::Delay) }]);
    let (by, stop) = (person("op"), Stop::new());
    let stops = async {
        until(|| {
            world.simulator.journal().iter().any(|it| it.path == "/api/v2/users" && it.status.is_none())
        })
        .await;
        for sql in [
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        ] {
            server.execute_unprepared(&sql).await.unwrap();
        }
    };
    let (ended, ()) = tokio::join!(world.engine.apply(world.latest(), &by, "host:1", &stop, &|_| ()), stops);
    assert!(matches!(ended, Err(ApplyError::Store(_))), "{ended:?}");
    let asked = world.simulator.stats().total;
    server.execute_unprepared(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await.unwrap();
    assert_eq!(world.simulator.stats().total, asked, "nothing more was called");
    world.clock("2026-11-23T08:01:00Z");
    world.apply().await;
    assert_eq!(world.users_with("cem.aydin@example.com").len(), 1);
    assert!(!world.journal().contains("→ 409"), "{}", world.journal());
    world.assert_settled().await;
    server.close().await.unwrap();
}
