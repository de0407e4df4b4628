//! Reading: whole, or an error.

use std::collections::BTreeSet;

use auth0::{ConnectionOptions, attach_roles};
use diff::{Access, Field, ReadingForm};
use serde_json::{Value, json};

use crate::world::{World, create, id, role, user};

#[tokio::test]
async fn an_empty_connection_is_an_empty_list_for_one_call() {
    let world = World::new().await;
    let list = world.client.users().await.unwrap();
    assert_eq!((list.users.len(), world.count("GET /api/v2/users")), (0, 1));
}

#[tokio::test]
async fn users_are_read_in_pages_of_a_hundred_each_once() {
    for (count, calls) in [(1, 1), (100, 1), (101, 2), (250, 3), (999, 10)] {
        let world = World::with_users(count).await;
        let list = world.client.users().await.unwrap();
        assert_eq!((list.users.len(), list.form), (count, ReadingForm::Pages));
        let ids: BTreeSet<_> = list.users.iter().map(|it| &it.id).collect();
        assert_eq!(ids.len(), count);
        assert_eq!(world.count("GET /api/v2/users"), calls, "no call but the pages");
    }
}

#[tokio::test]
async fn only_users_of_the_managed_connection_are_listed() {
    let world = World::of(json!({
        "users": [user(1), { "user_id": "google-oauth2|7", "email": "Bo@example.com" }],
    }))
    .await;
    let list = world.client.users().await.unwrap();
    assert_eq!(list.users.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["auth0|0001"]);
    insta::assert_snapshot!(world.journal(), @r#"GET /users?q=identities.connection%3A%22Username-Password-Authentication%22&search_engine=v3&sort=created_at%3A1&include_totals=true&per_page=100&page=0 → 200"#);
}

#[tokio::test]
async fn search_trails_behind_and_reading_by_id_does_not() {
    let options = simulator::Options { search_lag_ms: 3_600_000, ..Default::default() };
    let simulator = simulator::start(options).await.unwrap();
    let client = auth0::Client::new(World::config(&simulator)).unwrap();
    let world = World { simulator, client };
    let made = world.carry_out(&create("ada@example.com")).await.unwrap().user.unwrap();
    assert_eq!(world.client.users().await.unwrap().users, []);
    assert_eq!(world.client.user(&made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(world.client.users_by_email("Ada@Example.com").await.unwrap(), [made]);
}

#[tokio::test]
async fn a_user_that_is_not_there_is_none() {
    let world = World::new().await;
    assert_eq!(world.client.user(&id("auth0|nobody")).await.unwrap(), None);
    assert_eq!(world.client.users_by_email("nobody@example.com").await.unwrap(), []);
}

#[tokio::test]
async fn ids_of_any_characters_are_one_path_segment() {
    let odd = "samlp|Staff|jo/e?x=1#é%7C ü";
    let world = World::of(json!({
        "connections": [{ "name": "Username-Password-Authentication" }, { "name": "Staff", "strategy": "samlp" }],
        "users": [{
            "user_id": odd,
            "email": "jo@example.com",
            "identities": [{ "connection": "Staff", "user_id": "jo", "provider": "samlp" }],
        }],
    }))
    .await;
    let found = world.client.user(&id(odd)).await.unwrap().unwrap();
    assert_eq!(found.id.as_str(), odd);
    assert!(!found.takes(&Field::Email));
}

#[tokio::test]
async fn a_block_is_told_apart_by_our_mark() {
    let world = World::of(json!({
        "users": [
            { "user_id": "auth0|1", "email": "a@example.com", "blocked": true },
            { "user_id": "auth0|2", "email": "b@example.com", "blocked": true,
              "app_metadata": { "rollcall_blocked": true, "employee_id": 42 } },
            { "user_id": "auth0|3", "email": "c@example.com" },
        ],
    }))
    .await;
    let users = world.client.users().await.unwrap().users;
    let access: Vec<Access> = users.iter().map(|it| it.account.access).collect();
    assert_eq!(access, [Access::BlockedByOther, Access::BlockedByUs, Access::Open]);
    assert_eq!(users[1].account.marked_employee(), Some(42.into()));
}

#[tokio::test]
async fn role_members_are_read_by_checkpoint_pages() {
    let members: Vec<Value> = (1..=250).map(|it| json!(format!("auth0|{it:04}"))).collect();
    let world = World::of(json!({
        "users": (1..=250).map(user).collect::<Vec<_>>(),
        "roles": [{ "name": "everybody", "members": members }, { "name": "boss", "members": ["auth0|0007"] }],
    }))
    .await;
    let roles = world.client.roles().await.unwrap();
    assert_eq!(roles.len(), 2);
    let members = world.client.members_of(&roles).await.unwrap();
    assert_eq!(members[&role("everybody")].len(), 250);
    assert_eq!(members[&role("boss")], BTreeSet::from([id("auth0|0007")]));
    assert_eq!(world.count("GET /api/v2/roles/{id}/users"), 4, "three pages and one");

    let mut users = world.client.users().await.unwrap().users;
    attach_roles(&mut users, &members);
    let boss = users.iter().find(|it| it.id == id("auth0|0007")).unwrap();
    assert_eq!(*boss.account.roles, [role("boss"), role("everybody")]);
    assert_eq!(world.client.user_roles(&boss.id).await.unwrap(), boss.account.roles);
}

#[tokio::test]
async fn the_connection_tells_whether_users_can_be_made_in_it() {
    let world = World::new().await;
    let connection = world.client.connection().await.unwrap().unwrap();
    assert!(connection.is_database());
    assert_eq!(connection.enabled_clients, Some(BTreeSet::from(["simulator-web-app".to_owned()])));
    let usual = ConnectionOptions { requires_username: false, unique_email: true };
    assert_eq!(connection.options, Some(usual));
    let other = World::of(json!({ "connections": [{ "name": "Other" }] })).await;
    assert_eq!(other.client.connection().await.unwrap(), None);
}

#[tokio::test]
async fn a_role_can_be_made() {
    let world = World::of(json!({ "roles": [] })).await;
    let made = world.client.create_role(&role("packer"), "Packs").await.unwrap();
    assert_eq!(world.client.roles().await.unwrap(), [made]);
}

#[tokio::test]
async fn usage_counts_what_was_asked() {
    let world = World::with_users(150).await;
    world.client.users().await.unwrap();
    let roles = world.client.roles().await.unwrap();
    world.client.members_of(&roles).await.unwrap();
    let usage = world.client.usage();
    assert_eq!(usage.calls[&diff::Group::ReadUsers], 2);
    assert_eq!(usage.calls[&diff::Group::Other], 5, "the roles, and the members of each of four");
    assert_eq!(usage.authentication, 1, "one token");
    assert!(usage.refused.is_empty());
    assert_eq!(world.client.in_flight(), 0);
}
