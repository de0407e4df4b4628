//! A list that could not be read whole is an error, whoever lies about it and how.

use std::collections::BTreeSet;
use std::ops::Range;

use auth0::Error;
use serde_json::{Value, json};

use crate::asking::packer;
use crate::liar::{Liar, Lie};
use crate::world::{id, role};

fn ok(body: &Value) -> Lie {
    (200, "", body.to_string())
}

fn users(numbers: Range<usize>, total: &Value) -> Lie {
    let users: Vec<Value> = numbers.map(|it| json!({ "user_id": format!("auth0|{it}") })).collect();
    ok(&json!({ "start": 0, "limit": 100, "length": users.len(), "users": users, "total": total }))
}

fn roles(numbers: Range<usize>, total: &Value) -> Lie {
    let named = |it: usize| json!({ "id": format!("rol_{it}"), "name": format!("role {it}") });
    ok(&json!({ "roles": numbers.map(named).collect::<Vec<_>>(), "start": 0, "limit": 100, "total": total }))
}

fn members(numbers: Range<usize>, next: &Value) -> Lie {
    let users: Vec<Value> = numbers.map(|it| json!({ "user_id": format!("auth0|{it}") })).collect();
    ok(&json!({ "users": users, "next": next }))
}

/// The page that a request names, from 0.
fn page(line: &str) -> usize {
    line.rsplit_once("page=").unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn a_declared_count_that_is_no_count_is_an_error() {
    for total in ["-1", "\"2\"", "2.5", "1e400", "99999999999999999999", "null", "[]"] {
        let text = format!(r#"{{"users":[{{"user_id":"auth0|1"}}],"total":{total}}}"#);
        let liar = Liar::raw(move |_| (200, "", text.clone()).into()).await;
        let error = liar.client.users().await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{total}: {error:?}");
    }
}

#[tokio::test]
async fn a_listing_that_declares_more_or_less_than_it_holds_is_an_error() {
    for (total, why) in [(0, "none declared"), (1, "fewer"), (3, "more"), (250, "further pages are empty")] {
        let liar = Liar::raw(move |it| {
            let numbers = if page(&it.line) == 0 { 0..2 } else { 0..0 };
            users(numbers, &json!(total)).into()
        });
        let error = liar.await.client.users().await.unwrap_err();
        assert!(matches!(error, Error::ListingUnstable { read: 2, .. }), "{why}: {error:?}");
    }
    let huge = Liar::new(|_| users(0..2, &json!(4_000_000_000_u64))).await;
    let error = huge.client.users().await.unwrap_err();
    assert!(
        error.to_string().starts_with("GET /connections: "),
        "the way to many users ends there: {error:?}"
    );
}

#[tokio::test]
async fn a_page_that_contradicts_itself_is_an_error() {
    let liar =
        Liar::new(|_| ok(&json!({ "users": [{ "user_id": "auth0|1" }], "length": 2, "total": 1 }))).await;
    let error = liar.client.users().await.unwrap_err();
    assert!(error.to_string().contains("(it holds more or fewer users than it says)"), "{error}");
}

#[tokio::test]
async fn the_same_page_for_every_page_is_an_error() {
    let liar = Liar::new(|_| users(0..100, &json!(300))).await;
    let error = liar.client.users().await.unwrap_err();
    assert!(matches!(error, Error::ListingUnstable { declared: 300, read: 100, .. }), "{error:?}");
    assert_eq!(liar.asked(), 9, "three pages, three times");
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let liar = Liar::new(|it| match page(it) {
        1 => (400, "", json!({ "statusCode": 400, "message": "no" }).to_string()),
        it => users(it * 100..it * 100 + 100, &json!(300)),
    })
    .await;
    let error = liar.client.users().await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn ids_that_nothing_could_be_done_about_fail_the_list() {
    let long = "x".repeat(300);
    for bad in ["", ".", "..", "auth0|\u{0}", "auth0|\u{1b}[2J", "auth0|1\n", long.as_str()] {
        let text = json!({ "users": [{ "user_id": "auth0|1" }, { "user_id": bad }], "total": 2 }).to_string();
        let liar = Liar::raw(move |_| (200, "", text.clone()).into()).await;
        assert!(matches!(liar.client.users().await, Err(Error::Unreadable { .. })), "{bad:?}");
        assert!(
            matches!(liar.client.role_members(&packer()).await, Err(Error::Unreadable { .. })),
            "{bad:?}"
        );
    }
    for missing in [json!({ "email": "ada@example.com" }), json!({ "user_id": null }), json!(null)] {
        let text = json!({ "users": [missing], "total": 1 }).to_string();
        let liar = Liar::raw(move |_| (200, "", text.clone()).into()).await;
        assert!(matches!(liar.client.users().await, Err(Error::Unreadable { .. })), "{missing}");
    }
}

#[tokio::test]
async fn roles_are_all_read_or_none() {
    let honest = Liar::new(|it| {
        let page = page(it);
        roles(page * 100..(page * 100 + 100).min(150), &json!(150))
    })
    .await;
    assert_eq!(honest.client.roles().await.unwrap().len(), 150);
    for total in [0, 2, 4, 300, 5_000] {
        let liar = Liar::raw(move |it| {
            let numbers = if page(&it.line) == 0 { 0..3 } else { 0..0 };
            roles(numbers, &json!(total)).into()
        })
        .await;
        let error = liar.client.roles().await.unwrap_err();
        assert!(matches!(error, Error::ListingUnstable { what: "roles", read: 3, .. }), "{total}: {error:?}");
    }
    let the_same_again = Liar::new(|_| roles(0..100, &json!(200))).await;
    assert!(matches!(the_same_again.client.roles().await, Err(Error::ListingUnstable { .. })));
    let growing = Liar::new(|it| match page(it) {
        0 => roles(0..100, &json!(150)),
        _ => roles(100..151, &json!(151)),
    });
    assert!(matches!(growing.await.client.roles().await, Err(Error::ListingUnstable { .. })));
    let more_than_there_can_be = Liar::new(|it| roles(page(it) * 100..page(it) * 100 + 100, &json!(1_500)));
    let error = more_than_there_can_be.await.client.roles().await.unwrap_err();
    assert!(matches!(error, Error::ListingUnstable { declared: 1_500, read: 1_000, .. }), "{error:?}");
}

#[tokio::test]
async fn the_roles_of_a_user_are_all_there_or_an_error() {
    for total in [0, 2, 4] {
        let liar = Liar::raw(move |_| roles(0..3, &json!(total)).into()).await;
        let error = liar.client.user_roles(&id("auth0|1")).await.unwrap_err();
        assert!(error.to_string().contains("(it declares more or fewer than it holds)"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_declared_and_not_shown_is_not_taken_for_missing() {
    let liar = Liar::new(|_| ok(&json!({ "connections": [], "start": 0, "limit": 50, "total": 1 }))).await;
    assert!(matches!(liar.client.connection().await, Err(Error::Unreadable { .. })));
    let none = Liar::new(|_| ok(&json!({ "connections": [], "start": 0, "limit": 50, "total": 0 }))).await;
    assert_eq!(none.client.connection().await.unwrap(), None);
}

#[tokio::test]
async fn members_are_read_to_the_last_page_or_not_at_all() {
    let honest = Liar::new(|it| match it.split_once("from=").map(|(_, it)| it) {
        None => members(0..100, &json!("a")),
        Some("a") => members(100..200, &json!("b")),
        Some(_) => members(200..250, &Value::Null),
    })
    .await;
    let read = honest.client.role_members(&packer()).await.unwrap();
    assert_eq!(read.len(), 250);

    let third_page_fails = Liar::new(|it| match it.split_once("from=").map(|(_, it)| it) {
        None => members(0..100, &json!("a")),
        Some("a") => members(100..200, &json!("b")),
        Some(_) => (400, "", json!({ "message": "the checkpoint is too old" }).to_string()),
    })
    .await;
    let error = third_page_fails.client.members_of(&[packer()]).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn pages_that_go_in_a_circle_come_to_an_end() {
    let two_in_turn = Liar::new(|it| match it.split_once("from=").map(|(_, it)| it) {
        None | Some("b") => members(0..100, &json!("a")),
        Some(_) => members(100..200, &json!("b")),
    })
    .await;
    let error = two_in_turn.client.role_members(&packer()).await.unwrap_err();
    assert!(matches!(error, Error::Endless { .. }), "{error:?}");
    assert_eq!(two_in_turn.asked(), 3);

    let ever_new_names = Liar::new(|it| {
        let next = it.split_once("from=").map_or("n", |(_, it)| it);
        members(0..1, &json!(format!("{next}n")))
    })
    .await;
    assert!(matches!(ever_new_names.client.role_members(&packer()).await, Err(Error::Endless { .. })));
    assert_eq!(ever_new_names.asked(), 2);

    let empty = Liar::new(|_| members(0..0, &json!("more"))).await;
    assert!(matches!(empty.client.role_members(&packer()).await, Err(Error::Endless { .. })));
    let nameless = Liar::new(|_| members(0..100, &json!(""))).await;
    assert!(matches!(nameless.client.role_members(&packer()).await, Err(Error::Endless { .. })));
}

#[tokio::test]
async fn a_page_of_the_other_kind_is_not_taken_for_all_members() {
    let users: Vec<Value> = (0..100).map(|it| json!({ "user_id": format!("auth0|{it}") })).collect();
    let text = json!({ "users": users, "start": 0, "limit": 100, "total": 250 }).to_string();
    let liar = Liar::raw(move |_| (200, "", text.clone()).into()).await;
    assert!(matches!(liar.client.role_members(&packer()).await, Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn one_role_that_cannot_be_read_fails_them_all() {
    let liar = Liar::new(|it| {
        if it.contains("rol_1") { members(0..3, &Value::Null) } else { (200, "", "{\"users\":".to_owned()) }
    })
    .await;
    let other = auth0::Role { id: "rol_2".into(), name: role("other") };
    assert_eq!(
        liar.client.role_members(&packer()).await.unwrap(),
        BTreeSet::from([id("auth0|0"), id("auth0|1"), id("auth0|2")])
    );
    assert!(liar.client.members_of(&[packer(), other]).await.is_err());
}

#[tokio::test]
async fn somebody_else_is_not_taken_for_the_one_who_was_asked_for() {
    let text = json!({ "user_id": "auth0|2", "email": "bob@example.com" });
    let list = json!([text]).to_string();
    let text = text.to_string();
    let liar = Liar::raw(move |it| {
        let body = if it.line.contains("users-by-email") { &list } else { &text };
        (200, "", body.clone()).into()
    })
    .await;
    let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
    assert!(error.to_string().contains("(it is about another user)"), "{error}");
    let error = liar.client.users_by_email("ada@example.com").await.unwrap_err();
    assert!(error.to_string().contains("(it is about another address)"), "{error}");
    let create = crate::world::create("ada@example.com");
    let error = liar.client.carry_out(&create, "x", &|| true).await.unwrap_err();
    assert!(matches!(error, auth0::CallError::Unknown(_)), "it is looked up and never linked: {error:?}");
    let update = crate::world::update("auth0|1", "email", json!("ada@example.com"));
    let error = liar.client.carry_out(&update, "x", &|| true).await.unwrap_err();
    assert!(matches!(error, auth0::CallError::Unknown(_)), "{error:?}");
}
