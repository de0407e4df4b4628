//! The main job on every database, and on tables that are not ours.

use std::collections::BTreeMap;

use diff::IdType;
use insta::assert_snapshot;
use sea_orm::{ConnectionTrait as _, Database};
use store::SourceOptions;

use crate::world::{Company, Server, World};

/// Somebody comes, leaves, moves, and is linked.
fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novák", "Prägerei", "manager")
        .cell(4, "email", "dora.novak@example.com")
        .cell(4, "starts_on", "2026-11-24")
        .row(5, "Eva Berg", "Packing", "associate")
        .user("auth0|5", serde_json::json!({ "email": "eva.berg@example.com" }))
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "role_code", "team_lead")
        .cell(3, "status", "terminated")
}

#[tokio::test]
async fn the_main_job_on_postgresql() {
    the_main_job_on(Server::Postgres).await;
}

#[tokio::test]
async fn the_main_job_on_mariadb() {
    the_main_job_on(Server::MySql).await;
}

async fn the_main_job_on(server: Server) {
    let Some(own) = server.database().await else { return };
    let reference = World::with(company()).await;
    let world = World::at_server(company(), own).await;
    let plan = world.plan().await;
    assert_eq!(plan.to_string(), reference.plan().await.to_string(), "the same as on SQLite");
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
    world.hr(2, "status", "terminated").await;
    world.sync().await;
    world.assert_settled().await;
    world.hr(2, "status", "active").await;
    world.sync().await;
    assert_eq!(world.user("auth0|2").blocked, Some(false));
    world.assert_settled().await;
}

#[tokio::test]
async fn a_crash_is_settled_on_postgresql() {
    Box::pin(a_crash_is_settled_on(Server::Postgres)).await;
}

#[tokio::test]
async fn a_crash_is_settled_on_mariadb() {
    Box::pin(a_crash_is_settled_on(Server::MySql)).await;
}

async fn a_crash_is_settled_on(server: Server) {
    let Some(own) = server.database().await else { return };
    let mut world = World::at_server(company(), own).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.faults(vec![simulator::Fault {
        ms: 300,
        ..crate::world::fault("POST", "/api/v2/users", 1, 1, simulator::Trouble::Delay)
    }]);
    world.die_when(|it| it.method == "POST" && it.path == "/api/v2/users").await;
    world.clock("2026-11-23T08:01:00Z");
    world.apply().await;
    assert_eq!(world.users_with("dora.novak@example.com").len(), 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn rows_may_be_in_one_database_and_ours_in_another() {
    for server in [Server::Postgres, Server::MySql] {
        let Some(own) = server.database().await else { continue };
        let world = World::with_source(company(), own).await;
        world.carry_on().await;
        world.assert_settled().await;
        let status = world.engine.store().written_back().await.unwrap()[&4.into()].status;
        assert_eq!(status, store::SyncStatus::Created, "{server:?}");
    }
}

/// Somebody else's view: names of its own, a text key, a status of its own, and nothing to write to.
const FOREIGN: [&str; 4] = [
    "CREATE TABLE people (pers_no varchar(20) PRIMARY KEY, mail varchar(200), first varchar(100), last varchar(100), \
     unit varchar(100), grade varchar(20), gone integer, entered date)",
    "INSERT INTO people VALUES ('P-007', 'Ana.Silva@example.com', 'Ana', 'Silva', 'Packing', 'associate', 0, '2020-01-01')",
    "INSERT INTO people VALUES ('P-008', 'ben.okoye@example.com', 'Ben', 'Okoye', 'IT', 'manager', 1, NULL)",
    "CREATE VIEW staff AS SELECT pers_no, mail, CONCAT(first, ' ', last) AS whole_name, unit, grade, \
     CASE gone WHEN 0 THEN 'here' ELSE 'away' END AS state, entered, NULL AS no_end FROM people",
];

fn foreign(company: Company) -> Company {
    let columns = [
        ("id", "pers_no"),
        ("email", "mail"),
        ("full_name", "whole_name"),
        ("given_name", ""),
        ("family_name", ""),
        ("department", "unit"),
        ("role_code", "grade"),
        ("status", "state"),
        ("starts_on", "entered"),
        ("ends_on", ""),
    ];
    let columns: BTreeMap<String, String> =
        columns.into_iter().map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).collect();
    let mut company = company.policy(|it| {
        it.status.employed = ["here".to_owned()].into();
        it.status.left = ["away".to_owned()].into();
    });
    company.source = SourceOptions {
        table: "staff".to_owned(),
        columns,
        id_type: IdType::Text,
        ..SourceOptions::default()
    };
    company
        .user("auth0|8", serde_json::json!({ "email": "ben.okoye@example.com", "name": "Ben Okoye" }))
        .member("manager", "auth0|8")
}

#[tokio::test]
async fn a_view_on_postgresql_with_names_of_its_own_is_a_source_like_any_other() {
    a_view_is_a_source_on(Server::Postgres).await;
}

#[tokio::test]
async fn a_view_on_mariadb_with_names_of_its_own_is_a_source_like_any_other() {
    a_view_is_a_source_on(Server::MySql).await;
}

async fn a_view_is_a_source_on(server: Server) {
    let Some(own) = server.database().await else { return };
    let db = own.connect().await;
    for statement in FOREIGN {
        db.execute_unprepared(statement).await.unwrap();
    }
    let world = World::with_source(foreign(Company::new()), own).await;
    read_and_left_alone(&world).await;
}

#[tokio::test]
async fn a_file_that_can_only_be_read_is_a_source_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hr.db");
    let db = Database::connect(format!("sqlite:{}?mode=rwc", path.display())).await.unwrap();
    for statement in FOREIGN {
        db.execute_unprepared(statement).await.unwrap();
    }
    db.close().await.unwrap();
    let url = format!("sqlite:{}?mode=ro", path.display());
    let world = World::with_source_url(foreign(Company::new()), url).await;
    read_and_left_alone(&world).await;
}

async fn read_and_left_alone(world: &World) {
    let plan = world.plan().await;
    insta::allow_duplicates! {
        assert_snapshot!(plan, @"
        loses access      1 person: P-008 Ben Okoye
        gains admin role  nobody
        gets mail         1 person (1 verification mail): P-007 Ana Silva
        changes           5: 1 block, 1 revocation, 1 link, 1 new account, 1 grant
        held              nobody

        block · 1 person
          status is away · found by address · sessions end, which cannot be undone
          - P-008 Ben Okoye  auth0|8

        revoke · 1 person
          status is away · found by address
          - P-008 Ben Okoye  auth0|8  manager

        link · 1 person
          not linked yet · found by address
          = P-008 Ben Okoye  auth0|8

        create · 1 person
          employed, no account yet · verification mail · sets email, name, user_metadata {department,
          employee_id, full_name}, app_metadata {employee_id, role_code} · cannot be undone, only blocked
          + P-007 Ana Silva  ana.silva@example.com  department: Packing, role_code: associate

        grant · 1 person
          + P-007 Ana Silva  new account  production_associate (role_code = associate)
        ");
    }
    world.approve_as("grace").await;
    world.apply().await;
    let made = &world.users_with("ana.silva@example.com")[0];
    assert_eq!(made.app_metadata.as_ref().unwrap()["employee_id"], "P-007");
    assert_eq!(world.sync().await.written_back, 0);
    world.assert_settled().await;
}
