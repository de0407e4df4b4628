//! Files into the table.

use std::collections::BTreeMap;

use diff::{Employee, IdType};
use store::{Error, Missing, SourceOptions, Store, SyncStatus, WriteBack, read_csv};

use crate::world::{at, everywhere, id, user};

const HEADER: &str =
    "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on";

fn file(rows: &str) -> store::CsvFile {
    read_csv(format!("{HEADER}\n{rows}").as_bytes()).unwrap()
}

async fn row(store: &Store, of: &str) -> Employee {
    store.employee(&id(of)).await.unwrap().unwrap()
}

const THREE: &str = "1, a@x.example ,\"Doe, \"\"J\"\" 🦊\",,,Ops ,,active,2026-01-05,\n\
                     2,b@x.example,Zoe\u{301} Mu\u{308}ller,Zoe\u{301},,HR,manager,active,,2026-12-31\n\
                     3,c@x.example,=1+1,,,,,on_leave,,\n";

#[tokio::test]
async fn a_file_is_stored_as_it_stands_and_again_changes_nothing() {
    everywhere(|world| async move {
        let store = world.store().await;
        let report = store.import(&file(THREE), Missing::Keep, at("07:00:00")).await.unwrap();
        assert_eq!((report.added, report.updated, report.unchanged, report.absent), (3, 0, 0, 0));
        assert_eq!(store.employees().await.unwrap(), file(THREE).rows);
        let report = store.import(&file(THREE), Missing::Keep, at("08:00:00")).await.unwrap();
        assert_eq!((report.added, report.updated, report.unchanged), (0, 0, 3));
    })
    .await;
}

#[tokio::test]
async fn only_what_differs_is_written_and_nothing_of_ours() {
    everywhere(|world| async move {
        let store = world.store().await;
        store.import(&file(THREE), Missing::Keep, at("07:00:00")).await.unwrap();
        let back = WriteBack {
            employee: id("2"),
            user: Some(user("2")),
            created_at: None,
            status: SyncStatus::Verified,
        };
        store.write_back(std::slice::from_ref(&back)).await.unwrap();
        let changed = THREE.replace("HR", "Sales").replace("2026-12-31", "");
        let report = store.import(&file(&changed), Missing::Keep, at("08:00:00")).await.unwrap();
        assert_eq!((report.updated, report.unchanged), (1, 2));
        let row = row(&store, "2").await;
        assert_eq!((row.department.as_str(), row.ends_on.as_str()), ("Sales", ""));
        assert_eq!(store.written_back().await.unwrap()[&id("2")], back);
        let updated = "SELECT count(*) FROM employees WHERE CAST(updated_at AS char(30)) LIKE '%08:00:00%'";
        assert_eq!(world.text(updated).await.as_deref(), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn absent_rows_stay_unless_it_is_said() {
    everywhere(|world| async move {
        let store = world.store().await;
        store.import(&file(THREE), Missing::Keep, at("07:00:00")).await.unwrap();
        let one = file("3,c@x.example,=1+1,,,,,on_leave,,\n");
        let report = store.import(&one, Missing::Keep, at("08:00:00")).await.unwrap();
        assert_eq!((report.absent, report.marked, row(&store, "1").await.status.as_str()), (2, 0, "active"));
        let report = store.import(&one, Missing::Terminated, at("08:00:00")).await.unwrap();
        assert_eq!(
            (report.absent, report.marked, row(&store, "1").await.status.as_str()),
            (2, 2, "terminated")
        );
        let report = store.import(&one, Missing::Terminated, at("09:00:00")).await.unwrap();
        assert_eq!((report.absent, report.marked), (2, 0), "they are marked already");
    })
    .await;
}

#[tokio::test]
async fn a_column_that_the_table_lacks_is_told_and_one_that_the_file_lacks_stays() {
    everywhere(|world| async move {
        let store = world.store().await;
        store.import(&file(THREE), Missing::Keep, at("07:00:00")).await.unwrap();
        let text = "id,email,full_name,department,role_code,status,starts_on,ends_on,site\n\
                    2,b@x.example,Zoe,HR,manager,active,,,Berlin\n";
        let report =
            store.import(&read_csv(text.as_bytes()).unwrap(), Missing::Keep, at("08:00:00")).await.unwrap();
        assert_eq!(report.not_stored.into_iter().collect::<Vec<_>>(), ["site"]);
        let row = row(&store, "2").await;
        assert_eq!((row.full_name.as_str(), row.given_name.as_str()), ("Zoe", "Zoe\u{301}"));
    })
    .await;
}

#[tokio::test]
async fn text_ids_make_our_own_empty_table_anew_and_are_refused_by_any_other() {
    everywhere(|world| async move {
        let store = world.store().await;
        assert_eq!(store.source_shape().await.unwrap().id_type, IdType::Number);
        let text_ids = file("E1,,,,,,,active,,\ne1,,,,,,,active,,\n042,,,,,,,active,,\n");
        assert_eq!(store.import(&text_ids, Missing::Keep, at("07:00:00")).await.unwrap().added, 3);
        assert_eq!(store.source_shape().await.unwrap().id_type, IdType::Text);
        assert_eq!(store.employees().await.unwrap().len(), 3);
    })
    .await;
    everywhere(|world| async move {
        let store = world.store().await;
        store.import(&file(THREE), Missing::Keep, at("07:00:00")).await.unwrap();
        let refused =
            store.import(&file("4,,,,,,,active,,\nE1,,,,,,,active,,\n"), Missing::Keep, at("08:00:00")).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "import into the employee table \"employees\": its key is a number, and this id is not: E1"
        );
        assert_eq!(store.employees().await.unwrap().len(), 3, "nothing of the file was stored");
    })
    .await;
}

#[tokio::test]
async fn a_failure_half_way_stores_nothing() {
    everywhere(|world| async move {
        world
            .sql(
                "CREATE TABLE employees (id bigint PRIMARY KEY, email varchar(100), full_name varchar(100) NOT NULL UNIQUE, \
                 department varchar(50), role_code varchar(20), status varchar(20), starts_on date, ends_on date)",
            )
            .await;
        let store = world.open(SourceOptions { write_back: false, ..SourceOptions::default() }).await;
        store.migrate().await.unwrap();
        let doubled = file("1,,Secret Name,,,,,active,,\n2,,Secret Name,,,,,active,,\n");
        let error = store.import(&doubled, Missing::Keep, at("07:00:00")).await.unwrap_err();
        let Error::Database { cause, .. } = &error else { panic!("{error}") };
        assert!(!cause.to_string().contains("Secret"), "{cause}");
        assert!(store.employees().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn more_rows_than_one_statement_takes() {
    everywhere(|world| async move {
        let store = world.store().await;
        let lines: Vec<String> =
            (1..=1_300).map(|it| format!("{it},p{it}@x.example,P {it},,,Ops,,active,,")).collect();
        let many = lines.join("\n");
        assert_eq!(store.import(&file(&many), Missing::Keep, at("07:00:00")).await.unwrap().added, 1_300);
        assert_eq!(store.employees().await.unwrap().len(), 1_300);
    })
    .await;
}

#[tokio::test]
async fn rows_cannot_be_marked_where_the_table_has_no_status() {
    everywhere(|world| async move {
        world.store().await.import(&file(THREE), Missing::Keep, at("07:00:00")).await.unwrap();
        let columns = BTreeMap::from([("status".to_owned(), String::new())]);
        let store = world.open(SourceOptions { columns, ..SourceOptions::default() }).await;
        let refused = store.import(&file(""), Missing::Terminated, at("08:00:00")).await.unwrap_err();
        assert!(matches!(refused, Error::NoStatus { .. }), "{refused}");
        assert_eq!(store.employees().await.unwrap().len(), 3);
    })
    .await;
}
