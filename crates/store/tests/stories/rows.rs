//! Rows of every shape, read as text and whole.

use std::collections::BTreeMap;

use diff::{Email, IdType, Idn, Policy, Sought};
use store::{Error, SourceOptions};

use crate::world::{On, everywhere, id, more, user};

const CELLS: &str = "email varchar(200), full_name varchar(200), department varchar(50), role_code varchar(20), \
                     status varchar(20), starts_on date, ends_on date";

#[tokio::test]
async fn cells_of_every_type_are_text() {
    everywhere(|world| async move {
        let (enumeration, boolean, number, moment) = match world.on {
            On::Sqlite => ("text", "boolean", "real", "timestamp"),
            On::Postgres => ("grade", "boolean", "numeric(6,2)", "timestamp"),
            On::MySql => ("enum('low','high')", "boolean", "decimal(6,2)", "datetime"),
        };
        if world.on == On::Postgres {
            world.sql("CREATE TYPE grade AS ENUM ('low', 'high')").await;
        }
        world
            .sql(&format!(
                "CREATE TABLE employees (id integer PRIMARY KEY, {CELLS}, grade {enumeration}, remote {boolean}, \
                 hours {number}, hired {moment})"
            ))
            .await;
        world
            .sql(
                "INSERT INTO employees VALUES (42, ' A@x.example ', 'Zo\u{e9} 🦊 Mu\u{308}ller', NULL, '', 'active', \
                 '2026-01-05', NULL, 'high', true, 38.5, '2026-01-05 08:30:00')",
            )
            .await;
        let options = SourceOptions { more: more(&["grade", "remote", "hours", "hired"]), ..SourceOptions::default() };
        let store = world.open(options).await;
        let row = store.employees().await.unwrap().remove(0);
        assert_eq!((row.id.as_str(), row.email.as_str()), ("42", " A@x.example "));
        assert_eq!(row.full_name, "Zo\u{e9} 🦊 Mu\u{308}ller", "composed and decomposed stay what they are");
        assert_eq!((row.department.as_str(), row.role_code.as_str(), row.ends_on.as_str()), ("", "", ""));
        assert_eq!((row.starts_on.as_str(), row.given_name.as_str()), ("2026-01-05", ""));
        let expected = match world.on {
            On::Sqlite => ["high", "1", "38.5", "2026-01-05 08:30:00"],
            On::Postgres => ["high", "true", "38.50", "2026-01-05 08:30:00"],
            On::MySql => ["high", "1", "38.50", "2026-01-05 08:30:00"],
        };
        assert_eq!(["grade", "remote", "hours", "hired"].map(|it| row.cell(it).to_owned()), expected);
        assert_eq!(store.source_shape().await.unwrap().id_type, IdType::Number);
        assert_eq!(store.employee(&id("42")).await.unwrap(), Some(row));
        assert_eq!(store.employee(&id("43")).await.unwrap(), None);
        assert_eq!(store.employee(&id("E1")).await.unwrap(), None, "a number column cannot hold it");
    })
    .await;
}

#[tokio::test]
async fn rows_come_by_id_whatever_the_database_thinks() {
    everywhere(|world| async move {
        world.sql(&format!("CREATE TABLE employees (id varchar(20) PRIMARY KEY, {CELLS})")).await;
        world.sql("INSERT INTO employees (id) VALUES ('b'), ('10'), ('9'), ('A')").await;
        let store = world.open(SourceOptions::default()).await;
        let ids: Vec<String> = store.employees().await.unwrap().iter().map(|it| it.id.to_string()).collect();
        assert_eq!(ids, ["9", "10", "A", "b"]);
        assert_eq!(store.source_shape().await.unwrap().id_type, IdType::Text);
    })
    .await;
}

#[tokio::test]
async fn one_bad_key_refuses_the_table() {
    everywhere(|world| async move {
        world.sql(&format!("CREATE TABLE employees (id varchar(20), {CELLS})")).await;
        world
            .sql("INSERT INTO employees (id) VALUES ('1'), ('1'), (' 2'), ('2'), (NULL), ('a b'), ('')")
            .await;
        let store = world.open(SourceOptions::default()).await;
        let Err(Error::BadKeys { table: _, mut problems }) = store.employees().await else {
            panic!("refused")
        };
        problems.sort();
        assert_eq!(
            problems,
            [
                "a row has no key",
                "the employee id \"a b\" contains a space or control character",
                "the employee id 1 occurs twice",
                "the employee id 2 occurs twice",
                "the employee id is empty",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn missing_columns_are_named_with_what_there_is() {
    everywhere(|world| async move {
        world
            .sql(
                "CREATE TABLE employees (id integer PRIMARY KEY, mail varchar(50), full_name varchar(50), \
                 department varchar(50), role_code varchar(20), status varchar(20), starts_on date, end_on date)",
            )
            .await;
        let store = world.open(SourceOptions { more: more(&["site"]), ..SourceOptions::default() }).await;
        let error = store.employees().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "read the employee table \"employees\": \
             there is no column \"email\", but \"mail\": set source.columns.email if that is it; \
             there is no column \"ends_on\", but \"end_on\": set source.columns.ends_on if that is it; \
             there is no column \"site\""
        );
        let columns = [("email", "mail"), ("ends_on", "")].map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()));
        let store = world.open(SourceOptions { columns: BTreeMap::from(columns), ..SourceOptions::default() }).await;
        assert!(store.employees().await.unwrap().is_empty(), "an empty table is no error here");
    })
    .await;
}

#[tokio::test]
async fn ids_that_differ_in_case_are_two_people() {
    everywhere(|world| async move {
        let options = SourceOptions { id_type: IdType::Text, ..SourceOptions::default() };
        let store = world.open(options).await;
        store.migrate().await.unwrap();
        world.sql("INSERT INTO employees (id, email, auth0_user_id) VALUES ('a1', 'lower', 'auth0|x'), ('A1', 'upper', 'auth0|X')").await;
        assert_eq!(store.employees().await.unwrap().len(), 2);
        let row = store.employee(&id("a1")).await.unwrap().unwrap();
        assert_eq!((row.email.as_str(), row.written_back), ("lower", Some(user("x"))));
    })
    .await;
}

#[tokio::test]
async fn rows_that_may_be_meant_are_found_by_key_by_column_and_by_an_address_in_any_writing() {
    everywhere(|world| async move {
        let key = if world.on == On::Sqlite { "integer PRIMARY KEY" } else { "bigint PRIMARY KEY" };
        world.sql(&format!("CREATE TABLE employees (id {key}, {CELLS}, auth0_user_id varchar(100))")).await;
        let addresses = [
            "ana@example.com",
            "ANA@Example.com",
            " ana@example.com",
            "ana@example.com\u{a0}",
            "an\u{200b}a@example.com",
            "\u{ff41}na@example.com",
            "ana\t@example.com",
            "anb@example.com",
            "",
            "bj\u{f6}rn@example.com",
            "o''neil@example.com",
        ];
        for (id, address) in (1..).zip(addresses) {
            world
                .sql(&format!(
                    "INSERT INTO employees (id, email, status) VALUES ({id}, '{address}', 'active')"
                ))
                .await;
        }
        world
            .sql("INSERT INTO employees (id, status, auth0_user_id) VALUES (20, 'active', 'auth0|20')")
            .await;
        let store = world.open(SourceOptions::default()).await;
        let policy = Policy::default();
        let whole = store.employees().await.unwrap();
        let ana = Email::parse("ana@example.com", Idn::Hold).unwrap();
        let neil = Email::parse("o'neil@example.com", Idn::Hold).unwrap();
        for sought in [
            Sought { addresses: [ana.clone()].into(), ..Sought::default() },
            Sought { addresses: [neil].into(), ..Sought::default() },
            Sought { users: [user("20")].into(), ..Sought::default() },
            Sought::of([id("8"), id("99"), id("E1")].into()),
            Sought { employees: [id("9")].into(), addresses: [ana].into(), users: [user("20")].into() },
            Sought::default(),
        ] {
            let found = store.rows_like(&sought).await.unwrap();
            let meant: Vec<_> = whole.iter().filter(|it| sought.is_met_by(it, &policy)).collect();
            assert!(meant.iter().all(|it| found.contains(it)), "{sought:?}: {found:?}");
            if sought.addresses.is_empty() {
                assert_eq!(found.iter().collect::<Vec<_>>(), meant, "no more than asked for");
            } else {
                assert!(!found.iter().any(|it| it.email == "anb@example.com"), "no plain address too many");
            }
        }
    })
    .await;
}
