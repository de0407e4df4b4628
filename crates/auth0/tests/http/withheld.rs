//! What must not be sent any more is not, however long it waited and however often it was tried.

use std::sync::atomic::{AtomicU32, Ordering};

use auth0::{CallError, Client};
use serde_json::json;
use simulator::Options;

use crate::world::{World, create, update, user};

#[tokio::test]
async fn what_may_not_be_sent_is_not_sent() {
    let world = World::with_users(1).await;
    for request in [create("ada@example.com"), update("auth0|0001", "name", json!("X"))] {
        let refused = world.client.carry_out(&request, "x", &|| false).await.unwrap_err();
        assert!(matches!(refused, CallError::Withheld), "{refused}");
    }
    assert_eq!(world.journal(), "");
    world.carry_out(&update("auth0|0001", "name", json!("Y"))).await.unwrap();
}

#[tokio::test]
async fn the_right_is_asked_for_after_all_waiting() {
    let options = Options { latency_ms: 50, ..Options::default() };
    let world = World::with(json!({ "users": [user(1)] }), options).await;
    let config = World::config(&world.simulator);
    let client = Client::new(auth0::Config { max_in_flight: 1, ..config }).unwrap();
    let ended = AtomicU32::new(0);
    let request = update("auth0|0001", "name", json!("X"));
    // The right ends with the first answer, while the second waits for its place.
    let first = async {
        client.carry_out(&request, "x", &|| true).await.unwrap();
        ended.store(1, Ordering::Relaxed);
    };
    let still = || ended.load(Ordering::Relaxed) == 0;
    let second = client.carry_out(&request, "x", &still);
    let ((), second) = tokio::join!(first, second);
    assert!(matches!(second, Err(CallError::Withheld)), "{second:?}");
    assert_eq!(world.count("PATCH /api/v2/users/{id}"), 1);
}

#[tokio::test]
async fn the_right_is_asked_for_before_every_attempt() {
    let world = World::with_users(1).await;
    world.faults(json!([{ "match": { "method": "PATCH", "path": "/api/v2/users/{id}" }, "nth": 1, "times": 0, "do": "500" }]));
    let asked = AtomicU32::new(0);
    let twice = || asked.fetch_add(1, Ordering::Relaxed) < 2;
    let request = update("auth0|0001", "name", json!("X"));
    let error = world.client.carry_out(&request, "x", &twice).await.unwrap_err();
    assert_eq!(world.count("PATCH /api/v2/users/{id}"), 2);
    assert!(matches!(error, CallError::Transient(_)), "what the attempts said is told: {error}");
}
