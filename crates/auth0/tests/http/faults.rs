//! What breaks on the way, and what follows from it.

use std::time::Duration;

use auth0::{CallError, Client, Config, Error};
use serde_json::json;

use crate::world::{World, create, id, update};

#[tokio::test]
async fn reading_survives_whatever_passes() {
    let world = World::with_users(150).await;
    for trouble in ["429", "500", "reset", "lost_answer", "garbage"] {
        world.faults(json!([{ "match": { "path": "/api/v2/users" }, "times": 3, "do": trouble }]));
        let users = world.client.users().await.unwrap_or_else(|it| panic!("{trouble}: {it}"));
        assert_eq!(users.users.len(), 150, "{trouble}");
    }
}

#[tokio::test]
async fn reading_ends_with_a_reason_when_it_does_not_pass() {
    let world = World::with_users(1).await;
    let mut reasons = Vec::new();
    for trouble in ["429", "500", "reset", "garbage"] {
        world.faults(json!([{ "match": { "path": "/api/v2/users" }, "times": 0, "do": trouble }]));
        let error = world.client.users().await.unwrap_err();
        reasons.push(error.to_string().replace(world.simulator.addr().to_string().as_str(), "DOMAIN"));
    }
    insta::assert_snapshot!(reasons.join("\n"));
}

#[tokio::test]
async fn what_is_safe_to_send_twice_is_sent_again() {
    let world = World::with_users(1).await;
    for trouble in ["429", "500", "reset", "lost_answer", "garbage"] {
        world.faults(json!([{ "match": { "method": "PATCH" }, "times": 2, "do": trouble }]));
        let answer = world.carry_out(&update("auth0|0001", "name", json!(trouble))).await.unwrap();
        assert_eq!(answer.user.unwrap().account.name.as_deref(), Some(trouble));
    }
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_sent_twice() {
    let world = World::new().await;
    for (number, trouble) in ["500", "reset", "lost_answer", "garbage"].into_iter().enumerate() {
        world.simulator.clear_journal();
        world.faults(json!([{ "match": { "method": "POST", "path": "/api/v2/users" }, "do": trouble }]));
        let error = world.carry_out(&create(&format!("ada{number}@example.com"))).await.unwrap_err();
        assert!(matches!(error, CallError::Unknown(_)), "{trouble}: {error:?}");
        assert_eq!(world.count("POST /api/v2/users"), 1, "{trouble}");
    }
    // The one that was done can be found.
    assert_eq!(world.client.users_by_email("ada2@example.com").await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_email_change_whose_answer_is_lost_is_not_sent_twice() {
    let world = World::with_users(1).await;
    world.faults(json!([{ "match": { "method": "PATCH" }, "do": "lost_answer" }]));
    let error = world.carry_out(&update("auth0|0001", "email", json!("new@example.com"))).await.unwrap_err();
    assert!(matches!(error, CallError::Unknown(_)));
    let now = world.client.user(&id("auth0|0001")).await.unwrap().unwrap();
    assert_eq!(now.account.email.as_deref(), Some("new@example.com"));
}

#[tokio::test]
async fn a_create_that_was_refused_for_the_rate_is_sent_again() {
    let world = World::new().await;
    world
        .faults(json!([{ "match": { "method": "POST", "path": "/api/v2/users" }, "times": 4, "do": "429" }]));
    world.carry_out(&create("ada@example.com")).await.unwrap();
    assert_eq!(world.count("POST /api/v2/users"), 5);
    let usage = world.client.usage();
    assert_eq!(usage.refused[&diff::Group::WriteUsers], 4);
    assert_eq!((usage.ended, usage.failed), (6, 0), "with the one for the token");
}

#[tokio::test]
async fn trouble_that_lasts_is_given_up_for_now() {
    let world = World::with_users(1).await;
    world.faults(json!([{ "match": { "method": "PATCH" }, "times": 0, "do": "500" }]));
    let error = world.carry_out(&update("auth0|0001", "name", json!("X"))).await.unwrap_err();
    assert!(matches!(error, CallError::Transient(Error::Exhausted { attempts: 4, .. })), "{error:?}");
    assert_eq!(world.count("PATCH /api/v2/users/{id}"), 4, "once and three times more");
    let usage = world.client.usage();
    assert_eq!((usage.ended, usage.failed), (5, 4), "all but the one for the token");
}

#[tokio::test]
async fn a_tenant_that_is_not_there_is_about_the_tenant_also_for_a_create() {
    let world = World::new().await;
    let config = World::config(&world.simulator);
    let domain = world.simulator.addr().to_string();
    world.simulator.shutdown().await;
    let client = Client::new(config).unwrap();
    let error = client.carry_out(&create("ada@example.com"), "x", &|| true).await.unwrap_err();
    let CallError::Tenant(error @ Error::Unreachable { .. }) = error else { panic!("{error:?}") };
    let text = error.to_string().replace(&domain, "DOMAIN");
    insta::assert_snapshot!(text, @"POST /oauth/token: no answer from DOMAIN after 4 attempts; check the domain and the network");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_no_answer() {
    let world = World::with_users(1).await;
    let config =
        Config { request_timeout: Duration::from_secs(1), max_retries: 0, ..World::config(&world.simulator) };
    let client = Client::new(config).unwrap();
    client.token_scopes().await.unwrap();
    world.faults(json!([{ "match": { "path": "/api/v2/users/{id}" }, "do": "delay", "ms": 60_000 }]));
    let error = client.user(&id("auth0|0001")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { attempts: 1, .. }), "{error:?}");
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn without_retries_there_is_one_attempt() {
    let world = World::with_users(1).await;
    let config = Config { max_retries: 0, ..World::config(&world.simulator) };
    let client = Client::new(config).unwrap();
    for trouble in ["429", "500"] {
        world.simulator.clear_journal();
        world.faults(json!([{ "match": { "path": "/api/v2/users/{id}" }, "do": trouble }]));
        assert!(matches!(client.user(&id("auth0|0001")).await, Err(Error::Exhausted { attempts: 1, .. })));
    }
}

#[tokio::test]
async fn what_is_refused_for_its_own_sake_is_no_failure_of_auth0s_and_a_slow_answer_is_timed() {
    let world = World::with_users(1).await;
    world.faults(json!([{ "match": { "method": "GET" }, "do": "delay", "ms": 30 }]));
    assert!(world.client.user(&id("auth0|gone")).await.unwrap().is_none());
    let usage = world.client.usage();
    assert_eq!((usage.ended, usage.failed), (2, 0));
    assert!(usage.took >= Duration::from_millis(30), "{:?}", usage.took);
    let stranger = world.another(|it| it.client_secret = "another-one".into());
    stranger.check_token().await.unwrap_err();
    assert_eq!((stranger.usage().ended, stranger.usage().failed), (1, 1));
}
