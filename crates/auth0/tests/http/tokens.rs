//! The token: one for all, renewed when it must be.

use auth0::{CallError, Client, Config, Error};
use futures_util::future::join_all;
use serde_json::json;

use crate::world::{SECRET, World, create, id};

const TOKEN: &str = "POST /oauth/token";

fn with_scopes(scopes: &[&str]) -> serde_json::Value {
    json!({ "applications": [{ "client_id": "limited", "client_secret": SECRET, "scopes": scopes }] })
}

fn limited(world: &World, client_id: &str) -> Client {
    let config = Config { client_id: client_id.into(), ..World::config(&world.simulator) };
    Client::new(config).unwrap()
}

#[tokio::test]
async fn fifty_calls_at_once_fetch_one_token() {
    let world = World::with_users(1).await;
    let calls = (0..50).map(|_| {
        let client = world.client.clone();
        tokio::spawn(async move { client.user(&id("auth0|0001")).await.unwrap().unwrap() })
    });
    for user in join_all(calls).await {
        assert_eq!(user.unwrap().id, id("auth0|0001"));
    }
    assert_eq!(world.count(TOKEN), 1);
}

#[tokio::test]
async fn fifty_calls_with_an_expired_token_renew_it_once() {
    let world = World::with_users(1).await;
    world.client.token_scopes().await.unwrap();
    world.simulator.expire_tokens();
    let user = id("auth0|0001");
    for result in join_all((0..50).map(|_| world.client.user(&user))).await {
        result.unwrap();
    }
    assert_eq!(world.count(TOKEN), 2);
}

#[tokio::test]
async fn a_write_with_an_expired_token_is_repeated_and_done_once() {
    let world = World::new().await;
    world.client.token_scopes().await.unwrap();
    world.simulator.expire_tokens();
    world.carry_out(&create("ada@example.com")).await.unwrap();
    assert_eq!(world.simulator.state().users.len(), 1);
}

#[tokio::test]
async fn a_short_lived_token_is_not_renewed_for_every_call() {
    let world = World::of(json!({
        "applications": [{ "client_id": "short", "client_secret": SECRET, "scopes": ["read:users"],
                           "token_lifetime_s": 120 }],
    }))
    .await;
    let client = limited(&world, "short");
    for _ in 0..5 {
        client.user(&id("auth0|1")).await.unwrap();
    }
    assert_eq!(world.count(TOKEN), 1);
}

#[tokio::test]
async fn the_granted_scopes_are_told() {
    let world = World::of(with_scopes(&["read:users", "read:roles"])).await;
    let scopes = limited(&world, "limited").token_scopes().await.unwrap();
    assert_eq!(scopes.into_iter().collect::<Vec<_>>(), ["read:roles", "read:users"]);
}

#[tokio::test]
async fn a_missing_scope_is_named_with_what_to_do() {
    let world = World::of(with_scopes(&["read:users"])).await;
    let client = limited(&world, "limited");
    let error = client.roles().await.unwrap_err();
    insta::assert_snapshot!(error, @"GET /roles: the application lacks the scope read:roles; grant it in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`");
    let error = client.carry_out(&create("ada@example.com"), "x", &|| true).await.unwrap_err();
    assert!(matches!(error, CallError::Tenant(Error::MissingScope { .. })), "{error:?}");
}

#[tokio::test]
async fn a_scope_that_is_granted_later_is_used_without_a_restart() {
    let world = World::of(with_scopes(&["read:users"])).await;
    let client = limited(&world, "limited");
    client.roles().await.unwrap_err();
    let mut state = world.simulator.state();
    let limited = state.applications.iter_mut().find(|it| it.client_id == "limited").unwrap();
    limited.scopes.push("read:roles".into());
    limited.client_secret = Some(SECRET.into());
    world.simulator.set_state(state);
    assert_eq!(client.roles().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_with_what_to_check() {
    let world = World::of(with_scopes(&[])).await;
    let config = World::config(&world.simulator);
    let wrong_secret = Config { client_secret: "wrong-and-secret".into(), ..config.clone() };
    let no_grant = Config { client_id: "limited".into(), ..config.clone() };
    let public = Config { client_id: simulator::PUBLIC_APPLICATION.into(), ..config.clone() };
    let audience = Config { audience: Some("https://other.example/api/v2/".into()), ..config };
    let mut texts = Vec::new();
    for config in [wrong_secret, no_grant, public, audience] {
        let error = Client::new(config).unwrap().token_scopes().await.unwrap_err();
        assert!(matches!(error, Error::TokenRefused { .. }), "{error:?}");
        texts.push(error.to_string().replace(&world.simulator.addr().to_string(), "DOMAIN"));
    }
    insta::assert_snapshot!(texts.join("\n"));
    assert!(!texts.concat().contains("wrong-and-secret"));
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_is_asked_again() {
    let world = World::with_users(1).await;
    for trouble in ["429", "500", "reset", "garbage"] {
        world.faults(json!([{ "match": { "path": "/oauth/token" }, "times": 2, "do": trouble }]));
        let client = Client::new(World::config(&world.simulator)).unwrap();
        client.user(&id("auth0|0001")).await.unwrap_or_else(|it| panic!("{trouble}: {it}"));
    }
}
