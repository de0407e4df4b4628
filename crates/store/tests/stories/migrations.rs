//! Tables made and taken back, over rows.

use diff::Policy;
use store::{Key, Missing, SourceOptions, SyncStatus, WriteBack, read_csv};

use crate::world::{On, World, at, everywhere, grace, id, plan, tenant, tie, user, yes};

const CSV: &str = "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on\n\
                   1,a@x.example,Ann,,,Ops,,active,2026-01-05,\n";

#[tokio::test]
async fn everything_is_made_once_and_taken_back_over_rows() {
    everywhere(|world| async move {
        let store = world.open(SourceOptions::default()).await;
        let pending = store.pending().await.unwrap();
        assert_eq!(pending.last().map(String::as_str), Some("the table employees"));
        assert_eq!(store.migrate().await.unwrap(), pending);
        assert!(store.pending().await.unwrap().is_empty());
        assert!(store.migrate().await.unwrap().is_empty());
        fill(&store).await;
        let steps = u32::try_from(pending.len()).unwrap();
        let mut back = store.migrate_down(steps).await.unwrap();
        back.reverse();
        assert_eq!(sorted(back), sorted(pending.clone()));
        assert!(!store.source_shape().await.unwrap().exists());
        assert_eq!(store.migrate().await.unwrap(), pending, "and up again");
        fill(&store).await;
    })
    .await;
}

#[tokio::test]
async fn one_step_down_takes_only_the_source_back() {
    everywhere(|world| async move {
        let store = world.store().await;
        fill(&store).await;
        assert_eq!(store.migrate_down(1).await.unwrap(), ["the table employees"]);
        assert_eq!(store.links(&tenant()).await.unwrap().len(), 1);
        assert_eq!(store.migrate_down(1).await.unwrap(), ["m0009_notices"]);
        assert_eq!(store.migrate().await.unwrap(), ["m0009_notices", "the table employees"]);
    })
    .await;
}

#[tokio::test]
async fn an_existing_table_is_kept_and_only_gains_what_it_lacks() {
    everywhere(|world| async move {
        foreign_table(&world).await;
        let store = world.open(SourceOptions::default()).await;
        assert_eq!(
            store.migrate().await.unwrap()[9..],
            ["employees.auth0_account_created_at", "employees.auth0_sync_status"],
            "the user's column is there already"
        );
        let back = WriteBack {
            employee: id("E1"),
            user: Some(user("1")),
            created_at: Some(at("07:00:00")),
            status: SyncStatus::Verified,
        };
        assert_eq!(store.write_back(&[back]).await.unwrap(), 1);
        assert_eq!(world.text("SELECT badge FROM employees").await.as_deref(), Some("007"));
        assert_eq!(world.text("SELECT auth0_sync_status FROM employees").await.as_deref(), Some("verified"));
        assert_eq!(store.migrate_down(1).await.unwrap().len(), 2);
        let left: Vec<String> =
            store.source_shape().await.unwrap().columns.into_iter().map(|it| it.name).collect();
        assert!(left.contains(&"auth0_user_id".to_owned()) && left.contains(&"badge".to_owned()), "{left:?}");
        assert!(!left.contains(&"auth0_sync_status".to_owned()), "{left:?}");
        assert_eq!(store.employees().await.unwrap()[0].written_back, Some(user("1")), "the row is kept");
    })
    .await;
}

#[tokio::test]
async fn nothing_is_added_where_nothing_is_written_back() {
    everywhere(|world| async move {
        foreign_table(&world).await;
        let store = world.open(SourceOptions { write_back: false, ..SourceOptions::default() }).await;
        assert_eq!(store.migrate().await.unwrap().len(), 9);
        assert!(!store.source_shape().await.unwrap().write_back.contains("auth0_sync_status"));
    })
    .await;
}

#[tokio::test]
async fn the_status_column_takes_its_three_words_only() {
    everywhere(|world| async move {
        let store = world.store().await;
        fill(&store).await;
        assert_eq!(world.text("SELECT auth0_sync_status FROM employees").await.as_deref(), Some("pending"));
        let wrong = "UPDATE employees SET auth0_sync_status = 'done'";
        assert!(sea_orm::ConnectionTrait::execute_unprepared(&world.raw, wrong).await.is_err());
        if world.on == On::MySql {
            let shape = store.source_shape().await.unwrap();
            let status = shape.columns.iter().find(|it| it.name == "auth0_sync_status").unwrap();
            assert_eq!(status.type_name, "enum('pending','created','verified')");
        }
    })
    .await;
}

#[tokio::test]
async fn another_table_that_is_missing_is_a_mistake_and_not_a_wish() {
    everywhere(|world| async move {
        world.sql("CREATE TABLE staff_members (id integer)").await;
        let store =
            world.open(SourceOptions { table: "staff_member".to_owned(), ..SourceOptions::default() }).await;
        assert_eq!(store.migrate().await.unwrap().len(), 9);
        let error = store.employees().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "find the employee table \"staff_member\": there is none, but \"staff_members\""
        );
    })
    .await;
}

/// A row in as many tables as can be.
async fn fill(store: &store::Store) {
    let now = at("07:00:00");
    store.import(&read_csv(CSV.as_bytes()).unwrap(), Missing::Keep, now).await.unwrap();
    store.tie(&tenant(), tie("1", "1"), now).await.unwrap();
    store.ignore_user(&tenant(), &user("2"), "a robot", now).await.unwrap();
    store.bind(&tenant(), now).await.unwrap();
    let plan = plan(&["1"]);
    let proposal = store.propose(&plan, &[], "client", now).await.unwrap();
    store.approve(proposal.id, yes(&plan), &Policy::default(), now).await.unwrap();
    let lease = store.lease(&tenant(), "a", now, chrono::TimeDelta::seconds(15)).await.unwrap();
    store.claim(proposal.id, &lease, &Policy::default(), now).await.unwrap();
    let entry = store::AuditEntry {
        tenant: tenant(),
        by: grace(),
        event: "plan_approved".to_owned(),
        employee: None,
        user: None,
        plan: Some(proposal.id),
        run: None,
        body: serde_json::json!({}),
    };
    store.audit(&entry, now).await.unwrap();
    let seen = diff::Seen { fingerprint: plan.digest(), left: diff::Left::Settled };
    store.store_rows_seen(&tenant(), &[(id("1"), seen)].into(), &[].into()).await.unwrap();
    store.note_look(&tenant(), store::Look::Quick, now).await.unwrap();
    store.begin_key(Key { tenant: &tenant(), caller: "grace", name: "k" }, "a", now).await.unwrap();
    store.take_tick(&tenant(), "nightly", now, "a", now).await.unwrap();
    store.pause(&tenant(), "nightly", &grace(), now).await.unwrap();
    let turn = store.take_turn(&tenant(), "a", now, chrono::TimeDelta::seconds(45)).await.unwrap().unwrap();
    store.keep_told(&turn, &["a notice"]).await.unwrap();
}

/// Somebody's own table: a text key, columns of their own, a row.
async fn foreign_table(world: &World) {
    world
        .sql(
            "CREATE TABLE employees (id varchar(20) PRIMARY KEY, badge varchar(10), email varchar(100), \
             full_name varchar(100), department varchar(50), role_code varchar(20), status varchar(20), \
             starts_on date, ends_on date, auth0_user_id varchar(255))",
        )
        .await;
    world
        .sql("INSERT INTO employees (id, badge, email, full_name, status) VALUES ('E1', '007', 'a@x.example', 'Ann', 'active')")
        .await;
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
