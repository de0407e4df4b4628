//! Texts that no database likes, on both sides, on every database.

use std::fmt::Write as _;

use store::read_csv;

use crate::world::{Company, Server, World};

/// What people, and those who try things, put into names.
const NAMES: [&str; 8] = [
    "Robert'); DROP TABLE employees;--",
    "back\\slash \\' \\\" %s ${x} {id}",
    "🦊 Zoë 裕美子 مريم",
    "right\u{202e}to left",
    "bell\u{7} and escape\u{1b}[2J",
    "two\nlines\tand a tab",
    "NULL",
    "\u{feff}marked\u{200b} \u{a0}",
];

/// What Auth0 may hold that a text column of PostgreSQL does not.
const NUL: &str = "Ana\0Silva";

fn company() -> Company {
    Company::new().settled(1, "Ana Silva", "Packing", "associate").edit("auth0|1", |it| {
        it.name = Some(NUL.to_owned());
        let metadata = it.user_metadata.get_or_insert_default();
        metadata.insert("full_name".to_owned(), NUL.into());
        metadata.insert("note".to_owned(), serde_json::json!({ NUL: [NUL, "\u{1b}[2J"] }));
    })
}

/// The names as an HR system would quote them.
fn csv() -> String {
    let mut csv = "id,email,full_name,department,role_code,status,starts_on,ends_on\n\
                   1,ana.silva@example.com,Ana Silva,Packing,associate,active,,\n"
        .to_owned();
    for (number, name) in (10..).zip(NAMES) {
        let name = name.replace('"', "\"\"");
        let _ = writeln!(csv, "{number},p{number}@example.com,\"{name}\",\"{name}\",,active,,");
    }
    csv
}

#[tokio::test]
async fn odd_texts_settle_on_sqlite() {
    settle(World::with(company()).await).await;
}

#[tokio::test]
async fn odd_texts_settle_on_postgresql() {
    let Some(own) = Server::Postgres.database().await else { return };
    settle(World::at_server(company(), own).await).await;
}

#[tokio::test]
async fn odd_texts_settle_on_mariadb() {
    let Some(own) = Server::MySql.database().await else { return };
    settle(World::at_server(company(), own).await).await;
}

async fn settle(world: World) {
    let csv = csv();
    let report = world.import(csv.as_bytes()).await;
    assert_eq!((report.added, report.unchanged), (NAMES.len(), 1));
    let stored = world.engine.store().employees().await.unwrap();
    for row in read_csv(csv.as_bytes()).unwrap().rows {
        let found = stored.iter().find(|it| it.id == row.id).unwrap();
        assert_eq!((&found.full_name, &found.department), (&row.full_name, &row.department));
    }
    assert_eq!(world.import(csv.as_bytes()).await.unchanged, NAMES.len() + 1, "it is as it was");
    let plan = world.plan().await.to_string();
    assert!(super::is_harmless(&plan), "{plan:?}");
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
    let ana = world.user("auth0|1");
    assert_eq!(ana.name.as_deref(), Some("Ana Silva"));
    assert_eq!(ana.user_metadata.unwrap()["note"][NUL][0], NUL, "foreign metadata stays");
}
