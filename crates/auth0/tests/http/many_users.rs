//! More users than the search gives out.

use std::collections::BTreeSet;

use auth0::{Error, ManyUsers, UserList};
use diff::ReadingForm;
use serde_json::json;
use simulator::{ExportEnd, Options, Switches, Totals};

use crate::world::{World, create, user};

/// The same people by every way, whatever the ways cost.
async fn is_the_same_list_by_every_way(count: usize) {
    let export = read(count, ManyUsers::Export, Switches::default()).await;
    let windows = read(count, ManyUsers::Windows, Switches::default()).await;
    assert_eq!(export.users.len(), count);
    assert!(export.users == windows.users, "{count}");
    let forms =
        if count < 1_000 { [ReadingForm::Pages; 2] } else { [ReadingForm::Export, ReadingForm::Windows] };
    assert_eq!([export.form, windows.form], forms, "{count}");
}

#[tokio::test]
async fn a_tenant_is_the_same_list_by_pages_windows_and_export() {
    for count in [0, 1, 999, 1_000, 1_001, 2_500] {
        is_the_same_list_by_every_way(count).await;
    }
}

#[tokio::test]
async fn so_is_a_large_one() {
    is_the_same_list_by_every_way(25_000).await;
}

#[tokio::test]
async fn a_total_that_stops_at_a_thousand_is_no_count() {
    let capped = Switches { totals: Totals::CappedAt1000, ..Switches::default() };
    for way in [ManyUsers::Export, ManyUsers::Windows] {
        let list = read(1_300, way, capped.clone()).await;
        assert_eq!(list.users.len(), 1_300, "{way:?}");
    }
}

#[tokio::test]
async fn an_export_costs_a_handful_of_calls_however_many_there_are() {
    let world = World::with_users(3_000).await;
    world.client.users().await.unwrap();
    assert_eq!(world.count("GET /api/v2/users"), 2, "the total before and after");
    assert_eq!(world.count("POST /api/v2/jobs/users-exports"), 1);
}

#[tokio::test]
async fn where_an_export_is_refused_windows_are_read() {
    let none = Switches { exports_max: Some(0), ..Switches::default() };
    let list = read(1_200, ManyUsers::Export, none).await;
    assert_eq!((list.users.len(), list.form), (1_200, ReadingForm::Windows));
}

/// The link is good for a minute, and the network for less.
#[tokio::test]
async fn a_link_that_does_not_hold_is_asked_for_again() {
    let world = World::with_users(1_100).await;
    world.faults(
        json!([{ "match": { "method": "GET", "path": "/exports/*" }, "nth": 1, "times": 2, "do": "reset" }]),
    );
    assert_eq!(world.client.users().await.unwrap().users.len(), 1_100);
    world.faults(
        json!([{ "match": { "method": "GET", "path": "/exports/*" }, "nth": 1, "times": 0, "do": "reset" }]),
    );
    let error = world.client.users().await.unwrap_err();
    assert!(matches!(error, Error::Export { .. }), "{error:?}");
    assert!(!error.to_string().contains("Signature"), "{error}");
}

#[tokio::test]
async fn a_job_that_fails_is_no_list_and_windows_are_read() {
    let fails = Switches { export_end: ExportEnd::Fails, ..Switches::default() };
    let list = read(1_200, ManyUsers::Export, fails).await;
    assert_eq!((list.users.len(), list.form), (1_200, ReadingForm::Windows));
}

/// Each link is asked for anew, and each has lapsed before it is followed.
#[tokio::test]
async fn a_link_that_lapses_at_once_is_no_list() {
    let world = World::with_users(1_100).await;
    world.simulator.set_switches(Switches { export_link_ms: 0, ..Switches::default() });
    let error = world.client.users().await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("the export of the users cannot be read: the link to the file answers 403"),
        "{said}"
    );
    assert!(world.count("GET /exports/{id}/{file}") > 1, "{:?}", world.simulator.stats());
}

/// Half a file is no file, whatever its length says; the next link has all of it.
#[tokio::test]
async fn a_download_that_breaks_off_is_asked_for_again_and_never_believed() {
    let world = World::with_users(1_100).await;
    let broken = |times: u64, what: &str| json!([{ "match": { "method": "GET", "path": "/exports/*" }, "nth": 1, "times": times, "do": what }]);
    world.faults(broken(1, "truncate"));
    assert_eq!(world.client.users().await.unwrap().users.len(), 1_100);
    for what in ["truncate", "garbage"] {
        world.faults(broken(0, what));
        let error = world.client.users().await.unwrap_err();
        assert!(matches!(error, Error::Export { .. }), "{what}: {error:?}");
    }
}

/// An import makes thousands in the same moment.
#[tokio::test]
async fn users_of_one_moment_are_told_apart_by_their_addresses() {
    let users: Vec<_> = (0..2_500)
        .map(|it| {
            json!({
                "user_id": format!("auth0|{it:024}"), "email": format!("p{}-{it}@example.com", it % 7),
                "created_at": "2026-03-01T09:00:00.000Z",
            })
        })
        .collect();
    let world = World::with(json!({ "users": users }), Options::default()).await;
    let client = world.another(|it| it.many_users = ManyUsers::Windows);
    let list = client.users().await.unwrap();
    let ids: BTreeSet<_> = list.users.iter().map(|it| &it.id).collect();
    assert_eq!((ids.len(), list.users.len()), (2_500, 2_500));
}

/// Somebody is made while the list is read: it is read again, and whole.
#[tokio::test]
async fn a_list_that_moves_is_read_again() {
    let world = World::with_users(1_050).await;
    let reading = world.client.users();
    let (list, ()) = tokio::join!(reading, async {
        world.carry_out(&create("late@example.com")).await.unwrap();
    });
    let users = list.unwrap().users.len();
    assert!((1_050..=1_051).contains(&users), "{users}");
}

/// Somebody vanishes while the list is read, by whichever way.
#[tokio::test]
async fn whoever_vanishes_meanwhile_is_there_or_not_and_nobody_else_is_missing() {
    for way in [ManyUsers::Export, ManyUsers::Windows] {
        let world = World::with_users(1_050).await;
        let client = world.another(|it| it.many_users = way);
        let (list, ()) = tokio::join!(client.users(), async {
            let mut state = world.simulator.state();
            state.users.pop();
            world.simulator.set_state(state);
        });
        let users = list.unwrap().users.len();
        assert!((1_049..=1_050).contains(&users), "{way:?}: {users}");
    }
}

async fn read(count: usize, way: ManyUsers, switches: Switches) -> UserList {
    let users: Vec<_> = (1..=count).map(user).collect();
    let world = World::with(json!({ "users": users }), Options { switches, ..Options::default() }).await;
    world.another(|it| it.many_users = way).users().await.unwrap()
}
