//! Looking at both databases: each by itself, what may be written, and what lies open; and no trace of it.

use chrono::TimeDelta;
use diff::Policy;
use store::{Error, LeaseHeld, Looked, Options, SourceOptions, Store, Writable};

use crate::world::{On, World, at, everywhere, id, plan, tenant, yes};

async fn look(world: &World, source: SourceOptions) -> Store {
    let looked = Store::look(Options { source, ..Options::one(world.url.clone()) }).await;
    assert!(looked.store.is_none(), "it is one database");
    looked.source.unwrap()
}

fn without_write_back() -> SourceOptions {
    SourceOptions { write_back: false, ..SourceOptions::default() }
}

/// A person who may read the employees, and nothing else: their own way into the database.
async fn reader(world: &World) -> String {
    let name = world.url.rsplit_once('/').unwrap().1;
    match world.on {
        On::Sqlite => return format!("{}?mode=ro", world.url),
        On::Postgres => {
            world
                .sql(&format!(
                    "CREATE ROLE {name} LOGIN PASSWORD 'reader'; GRANT SELECT ON employees TO {name}"
                ))
                .await;
        }
        On::MySql => {
            world.sql(&format!("CREATE OR REPLACE USER {name}@'%' IDENTIFIED BY 'reader'")).await;
            world.sql(&format!("GRANT SELECT ON {name}.* TO {name}@'%'")).await;
        }
    }
    let (scheme, rest) = world.url.split_once("://").unwrap();
    format!("{scheme}://{name}:reader@{}", rest.rsplit_once('@').unwrap().1)
}

async fn no_reader(world: &World) {
    let name = world.url.rsplit_once('/').unwrap().1;
    match world.on {
        On::Sqlite => {}
        On::Postgres => world.sql(&format!("REVOKE ALL ON employees FROM {name}; DROP ROLE {name}")).await,
        On::MySql => world.sql(&format!("DROP USER {name}@'%'")).await,
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_made_by_looking() {
    let directory = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    for one in [url("rollcall.db"), format!("{}?mode=rwc", url("rollcall.db"))] {
        let Looked { source, store } = Store::look(Options::one(one)).await;
        assert!(matches!(source, Err(Error::NoFile { .. })) && store.is_none());
    }
    let apart = Options { source_url: Some(url("hr.db")), ..Options::one(url("rollcall.db")) };
    let Looked { source, store } = Store::look(apart).await;
    assert!(matches!((source, store), (Err(Error::NoFile { .. }), Some(Err(Error::NoFile { .. })))));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "no file came about");
}

#[tokio::test]
async fn one_database_may_be_there_and_the_other_not() {
    everywhere(|world| async move {
        world.store().await.close().await.unwrap();
        let nowhere = "postgres://somebody@127.0.0.1:1/hr".to_owned();
        let looked =
            Store::look(Options { source_url: Some(nowhere.clone()), ..Options::one(world.url.clone()) });
        let Looked { source, store } = looked.await;
        assert!(matches!(source, Err(Error::Unreachable { .. })));
        assert_eq!(store.unwrap().unwrap().pending_in_store().await.unwrap(), [""; 0]);
        let looked = Store::look(Options { source_url: Some(world.url.clone()), ..Options::one(nowhere) });
        let Looked { source, store } = looked.await;
        assert!(matches!(store, Some(Err(Error::Unreachable { .. }))));
        assert!(source.unwrap().employees().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_right_to_write_is_found_out_without_writing() {
    everywhere(|world| async move {
        world.sql("CREATE TABLE employees (id bigint PRIMARY KEY, email varchar(100), auth0_user_id varchar(255))").await;
        world.sql("INSERT INTO employees VALUES (7, 'a@x.example', 'auth0|7')").await;
        let kept = |it: &Writable| matches!(it, Writable::Kept(columns) if columns.len() == 3);
        let store = look(&world, SourceOptions::default()).await;
        assert_eq!(
            store.writable().await.unwrap(),
            Writable::Lacking(vec!["auth0_account_created_at".to_owned(), "auth0_sync_status".to_owned()])
        );
        assert_eq!(look(&world, without_write_back()).await.writable().await.unwrap(), Writable::Unwanted);
        assert!(matches!(store.try_store().await, Err(Error::Database { .. })), "our tables are not there");
        world.store().await;
        assert!(kept(&store.writable().await.unwrap()));
        store.try_store().await.unwrap();
        let theirs = Store::look(Options::one(reader(&world).await)).await.source.unwrap();
        let (refused, ours) = (theirs.writable().await.unwrap(), theirs.try_store().await);
        theirs.close().await.unwrap();
        no_reader(&world).await;
        assert!(matches!(refused, Writable::Refused(_)), "{refused:?}");
        assert!(matches!(ours, Err(Error::Database { .. })));
        let user = world.text("SELECT auth0_user_id FROM employees").await;
        assert_eq!(user.as_deref(), Some("auth0|7"), "and nothing was written");
    })
    .await;
}

#[tokio::test]
async fn a_view_is_not_tried() {
    everywhere(|world| async move {
        world.sql("CREATE VIEW employees AS SELECT 7 AS id").await;
        assert_eq!(look(&world, SourceOptions::default()).await.writable().await.unwrap(), Writable::View);
    })
    .await;
}

#[tokio::test]
async fn a_lease_and_what_was_left_open_are_seen_without_taking_anything() {
    everywhere(|world| async move {
        let store = world.store().await;
        let open = async |time: &str| {
            let runs = store.left_open(&tenant(), at(time)).await.unwrap();
            runs.into_iter().map(|it| it.employee.map(|it| it.to_string())).collect::<Vec<_>>()
        };
        let held = async |time: &str| store.lease_held(&tenant(), at(time)).await.unwrap();
        assert_eq!((held("07:00:00").await, open("07:00:00").await), (None, vec![]), "nobody was there yet");
        let plan = plan(&["1"]);
        let approved = store.propose(&plan, &[], "client", at("07:00:00")).await.unwrap().id;
        store.approve(approved, yes(&plan), &Policy::default(), at("07:00:00")).await.unwrap();
        let seconds = TimeDelta::seconds(15);
        let lease = store.lease(&tenant(), "one", at("08:00:00"), seconds).await.unwrap();
        store.claim(approved, &lease, &Policy::default(), at("08:00:01")).await.unwrap();
        let one = LeaseHeld { holder: "one".to_owned(), until: at("08:00:15") };
        assert_eq!((held("08:00:14").await, open("08:00:14").await), (Some(one), vec![]), "it is under way");
        assert_eq!((held("08:00:15").await, open("08:00:15").await), (None, vec![None]));
        store.lease(&tenant(), "two", at("09:00:00"), seconds).await.unwrap();
        assert_eq!(held("09:00:01").await.unwrap().holder, "two");
        assert_eq!(open("09:00:01").await, [None], "whoever holds the lease now did not begin it");
        assert_eq!(store.left_open(&diff::Tenant::new("other"), at("09:00:01")).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn an_act_on_one_employee_is_under_way_while_its_claim_is_held() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["1"]);
        let approved = store.propose(&plan, &[], "client", at("07:00:00")).await.unwrap().id;
        store.approve(approved, yes(&plan), &Policy::default(), at("07:00:00")).await.unwrap();
        let claim =
            store.claim_employee(&tenant(), &id("1"), "act", at("08:00:00"), TimeDelta::seconds(15)).await;
        store.claim(approved, &claim.unwrap(), &Policy::default(), at("08:00:01")).await.unwrap();
        assert_eq!(store.left_open(&tenant(), at("08:00:14")).await.unwrap(), []);
        let open = store.left_open(&tenant(), at("08:00:15")).await.unwrap();
        assert_eq!(open[0].employee, Some(id("1")));
    })
    .await;
}
