//! The three columns, a mirror of the links.

use store::{Missing, Store, SyncStatus, WriteBack, read_csv};

use crate::world::{On, at, everywhere, id, user};

async fn three(store: &Store) {
    let csv = "id,email,full_name,department,role_code,status,starts_on,ends_on\n\
               1,,,,,active,,\n2,,,,,active,,\n3,,,,,active,,\n";
    store.import(&read_csv(csv.as_bytes()).unwrap(), Missing::Keep, at("07:00:00")).await.unwrap();
}

fn back(employee: &str, of: Option<&str>, status: SyncStatus) -> WriteBack {
    WriteBack {
        employee: id(employee),
        user: of.map(user),
        created_at: of.map(|_| at("06:30:00.250")),
        status,
    }
}

#[tokio::test]
async fn only_rows_that_differ_are_written() {
    everywhere(|world| async move {
        let store = world.store().await;
        three(&store).await;
        let all = [
            back("1", Some("1"), SyncStatus::Created),
            back("2", Some("2"), SyncStatus::Verified),
            back("3", None, SyncStatus::Pending),
            back("4", Some("4"), SyncStatus::Created),
        ];
        assert_eq!(store.write_back(&all).await.unwrap(), 2, "3 is so already, and 4 has no row");
        assert_eq!(store.write_back(&all).await.unwrap(), 0);
        let now = store.written_back().await.unwrap();
        assert_eq!(now.values().cloned().collect::<Vec<_>>(), all[..3]);
        assert_eq!(store.write_back(&[back("1", Some("1"), SyncStatus::Verified)]).await.unwrap(), 1);
        assert_eq!(
            store.write_back(&[back("1", Some("1"), SyncStatus::Created)]).await.unwrap(),
            1,
            "and back"
        );
        assert_eq!(store.employees().await.unwrap()[0].written_back, Some(user("1")));
    })
    .await;
}

#[tokio::test]
async fn two_who_swap_and_one_who_takes_over() {
    everywhere(|world| async move {
        let store = world.store().await;
        three(&store).await;
        let created = SyncStatus::Created;
        store.write_back(&[back("1", Some("a"), created), back("2", Some("b"), created)]).await.unwrap();
        let swap = [back("1", Some("b"), created), back("2", Some("a"), created)];
        assert_eq!(store.write_back(&swap).await.unwrap(), 2);
        assert_eq!(store.write_back(&[back("3", Some("b"), created)]).await.unwrap(), 1);
        let now = store.written_back().await.unwrap();
        assert_eq!((now[&id("1")].user.clone(), now[&id("1")].status), (None, SyncStatus::Pending));
        assert_eq!(now[&id("3")].user, Some(user("b")));
    })
    .await;
}

#[tokio::test]
async fn writing_back_is_no_change_of_the_row() {
    everywhere(|world| async move {
        if world.on != On::MySql {
            return;
        }
        world
            .sql(
                "CREATE TABLE employees (id integer PRIMARY KEY, email text, full_name text, department text, role_code text, \
                 status text, starts_on date, ends_on date, updated_at timestamp NOT NULL DEFAULT '2020-01-01 00:00:00' \
                 ON UPDATE CURRENT_TIMESTAMP)",
            )
            .await;
        world.sql("INSERT INTO employees (id) VALUES (1)").await;
        let store = world.store().await;
        assert_eq!(store.write_back(&[back("1", Some("1"), SyncStatus::Created)]).await.unwrap(), 1);
        assert_eq!(world.text("SELECT year(updated_at) FROM employees").await.as_deref(), Some("2020"));
    })
    .await;
}
