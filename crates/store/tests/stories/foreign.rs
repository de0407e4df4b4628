//! Sources that belong to somebody else: other names, a view, another database, no right to write.

use std::collections::BTreeMap;

use store::{Error, Missing, Options, SourceKind, SourceOptions, Store, SyncStatus, WriteBack, read_csv};

use crate::world::{On, World, at, everywhere, id, user};

const OTHER_NAMES: [(&str, &str); 10] = [
    ("id", "PersonNo"),
    ("email", "Mail Address"),
    ("full_name", "name"),
    ("department", "dept"),
    ("role_code", "order"),
    ("status", "state"),
    ("starts_on", "from"),
    ("ends_on", "to"),
    ("given_name", ""),
    ("family_name", ""),
];

fn other_names() -> BTreeMap<String, String> {
    OTHER_NAMES.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into()
}

/// A table whose every name is another one, some of them words of SQL.
async fn people(world: &World) {
    let q = if world.on == On::MySql { '`' } else { '"' };
    let columns = "#PersonNo# bigint PRIMARY KEY, #Mail Address# varchar(100) NOT NULL, name varchar(100), \
                   dept varchar(50), #order# varchar(20), state varchar(20), #from# date, #to# date";
    world.sql(&format!("CREATE TABLE #People# ({columns})").replace('#', &q.to_string())).await;
    world
        .sql("INSERT INTO #People# VALUES (7, 'a@x.example', 'Ann', 'Ops', NULL, 'active', '2026-01-05', NULL)".replace('#', &q.to_string()).as_str())
        .await;
}

#[tokio::test]
async fn other_names_are_read_written_back_and_imported_into() {
    everywhere(|world| async move {
        people(&world).await;
        let options =
            SourceOptions { table: "People".to_owned(), columns: other_names(), ..SourceOptions::default() };
        let store = world.open(options).await;
        assert_eq!(store.migrate().await.unwrap().len(), 9 + 3);
        let row = store.employee(&id("7")).await.unwrap().unwrap();
        assert_eq!(
            (row.email.as_str(), row.department.as_str(), row.role_code.as_str()),
            ("a@x.example", "Ops", "")
        );
        let back = WriteBack {
            employee: id("7"),
            user: Some(user("7")),
            created_at: None,
            status: SyncStatus::Created,
        };
        assert_eq!(store.write_back(&[back]).await.unwrap(), 1);
        let csv = "id,email,full_name,department,role_code,status,starts_on,ends_on\n\
                   7,,Ann,HR,,active,2026-01-05,2026-12-31\n8,b@x.example,Bo,,,active,,\n";
        let report =
            store.import(&read_csv(csv.as_bytes()).unwrap(), Missing::Keep, at("07:00:00")).await.unwrap();
        assert_eq!((report.added, report.updated), (1, 1));
        let row = store.employee(&id("7")).await.unwrap().unwrap();
        assert_eq!(
            (row.email.as_str(), row.department.as_str(), row.ends_on.as_str()),
            ("", "HR", "2026-12-31")
        );
        assert_eq!(row.written_back, Some(user("7")));
    })
    .await;
}

#[tokio::test]
async fn a_view_is_read_and_never_written() {
    everywhere(|world| async move {
        people(&world).await;
        let (table, mail, no) =
            if world.on == On::MySql { ("`People`", "`Mail Address`", "`PersonNo`") } else { ("\"People\"", "\"Mail Address\"", "\"PersonNo\"") };
        let (from, to, order) =
            if world.on == On::MySql { ("`from`", "`to`", "`order`") } else { ("\"from\"", "\"to\"", "\"order\"") };
        world
            .sql(&format!(
                "CREATE VIEW employees AS SELECT {no} AS id, lower({mail}) AS email, name AS full_name, dept AS department, \
                 {order} AS role_code, state AS status, {from} AS starts_on, {to} AS ends_on FROM {table}"
            ))
            .await;
        let store = world.store().await;
        let shape = store.source_shape().await.unwrap();
        assert_eq!((shape.kind, shape.id_type), (SourceKind::View, diff::IdType::Number));
        assert!(shape.write_back.is_empty());
        assert_eq!(store.employees().await.unwrap()[0].email, "a@x.example");
        let back = WriteBack { employee: id("7"), user: Some(user("7")), created_at: None, status: SyncStatus::Created };
        assert_eq!(store.write_back(&[back]).await.unwrap(), 0);
        let csv = "id,email,full_name,department,role_code,status,starts_on,ends_on\n8,,,,,,,\n";
        let import = store.import(&read_csv(csv.as_bytes()).unwrap(), Missing::Keep, at("07:00:00")).await;
        assert!(matches!(import, Err(Error::ReadOnly { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_source_in_another_database_gains_columns_and_no_table_of_ours() {
    everywhere(|world| async move {
        people(&world).await;
        let store_url = format!("sqlite:{}", world.directory.join("apart.db").display());
        let source = SourceOptions { table: "People".to_owned(), columns: other_names(), ..SourceOptions::default() };
        let options = Options { source_url: Some(world.url.clone()), source, ..Options::one(store_url) };
        let store = Store::open(options).await.unwrap();
        assert_eq!(store.migrate().await.unwrap().len(), 9 + 3);
        assert_eq!(store.employees().await.unwrap().len(), 1);
        let ours = match world.on {
            On::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name LIKE 'rollcall%' AND type = 'table'",
            On::Postgres => "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'rollcall%'",
            On::MySql => {
                "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'rollcall%' AND table_schema = DATABASE()"
            }
        };
        assert_eq!(world.text(ours).await.as_deref(), Some("0"));
        assert_eq!(store.migrate_down(1).await.unwrap().len(), 3);
        store.close().await.unwrap();
        std::fs::remove_file(world.directory.join("apart.db")).unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_right_to_alter_is_no_error() {
    everywhere(|world| async move {
        people(&world).await;
        let readable = match world.on {
            On::Sqlite => format!("{}?mode=ro", world.url),
            On::Postgres => {
                let name = world.url.rsplit_once('/').unwrap().1;
                world.sql(&format!("DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN PASSWORD 'reader'; GRANT SELECT ON \"People\" TO {name}")).await;
                as_user(&world.url, &format!("{name}:reader"))
            }
            On::MySql => {
                let name = world.url.rsplit_once('/').unwrap().1;
                world.sql(&format!("CREATE OR REPLACE USER {name}@'%' IDENTIFIED BY 'reader'")).await;
                world.sql(&format!("GRANT SELECT ON {name}.* TO {name}@'%'")).await;
                as_user(&world.url, &format!("{name}:reader"))
            }
        };
        let store_url = format!("sqlite:{}", world.directory.join("reader.db").display());
        let source = SourceOptions { table: "People".to_owned(), columns: other_names(), ..SourceOptions::default() };
        let store = Store::open(Options { source_url: Some(readable), source, ..Options::one(store_url) }).await.unwrap();
        let applied = store.migrate().await.unwrap();
        let rows = store.employees().await.unwrap().len();
        store.close().await.unwrap();
        std::fs::remove_file(world.directory.join("reader.db")).unwrap();
        let name = world.url.rsplit_once('/').unwrap().1;
        match world.on {
            On::Sqlite => {}
            On::Postgres => world.sql(&format!("REVOKE ALL ON \"People\" FROM {name}; DROP ROLE {name}")).await,
            On::MySql => world.sql(&format!("DROP USER {name}@'%'")).await,
        }
        assert_eq!((applied.len(), rows), (9, 1));
    })
    .await;
}

fn as_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    format!("{scheme}://{user}@{}", rest.rsplit_once('@').unwrap().1)
}
