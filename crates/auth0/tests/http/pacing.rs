//! The rate, against buckets that refuse. How long it takes is not looked at, only that nothing is refused.

use std::time::Duration;

use auth0::{Client, Config};
use diff::RatePlan;
use futures_util::future::join_all;
use serde_json::json;
use simulator::Options;

use crate::world::{World, id, update, user};

async fn tenant(plan: simulator::RatePlan) -> World {
    let users: Vec<_> = (1..=20).map(user).collect();
    World::with(json!({ "users": users }), Options { plan, latency_ms: 20, ..Options::default() }).await
}

fn client(world: &World, rate_plan: RatePlan) -> Client {
    Client::new(Config { rate_plan, ..World::config(&world.simulator) }).unwrap()
}

#[tokio::test]
async fn alone_on_the_tenant_nothing_is_refused() {
    let world = tenant(simulator::RatePlan::PrivateCloud(500)).await;
    let client = client(&world, RatePlan::PrivateCloud(500));
    let calls = (0..400).map(|it| {
        let client = client.clone();
        tokio::spawn(async move {
            let user = format!("auth0|{:04}", it % 20 + 1);
            if it % 2 == 0 {
                return client.user(&id(&user)).await.map(|_| ()).map_err(|it| it.to_string());
            }
            let rename = update(&user, "name", json!(format!("Name {it}")));
            client.carry_out(&rename, "x", &|| true).await.map(|_| ()).map_err(|it| it.to_string())
        })
    });
    for result in join_all(calls).await {
        result.unwrap().unwrap();
    }
    assert_eq!(world.simulator.stats().too_many_requests, 0);
    assert!(world.simulator.stats().peak_in_flight > 1, "calls are sent side by side");
    assert!(client.usage().refused.is_empty());
}

#[tokio::test]
async fn a_new_process_does_not_overdraw_what_the_last_one_drained() {
    let world = tenant(simulator::RatePlan::Professional).await;
    for _ in 0..4 {
        let client = client(&world, RatePlan::Professional);
        let calls = (0..12).map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.user(&id("auth0|0001")).await.map(|_| ()) })
        });
        for result in join_all(calls).await {
            result.unwrap().unwrap();
        }
    }
    assert_eq!(world.simulator.stats().too_many_requests, 0);
}

#[tokio::test]
async fn a_plan_that_is_smaller_than_configured_is_recognised() {
    let world = tenant(simulator::RatePlan::Professional).await;
    let client = client(&world, RatePlan::PrivateCloud(10_000));
    let calls = (0..30).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.user(&id("auth0|0001")).await.map(|_| ()) })
    });
    for result in join_all(calls).await {
        result.unwrap().unwrap();
    }
    assert_eq!(client.limits(), RatePlan::Professional.buckets());
}

/// Somebody waits at a screen while a run has filled the queue.
#[tokio::test]
async fn what_a_person_waits_for_goes_before_the_queue_of_a_run() {
    const QUEUE: usize = 100;
    let world = tenant(simulator::RatePlan::Enterprise).await;
    let client = client(&world, RatePlan::Enterprise);
    let run = (0..QUEUE).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.user(&id("auth0|0001")).await.map(|_| ()) })
    });
    let run: Vec<_> = run.collect();
    // The burst is used up, and from now on a token comes every so often.
    let arrived = || world.count("GET /api/v2/users/{id}");
    while arrived() < 45 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let before = arrived();
    client.interactive().carry_out(&update("auth0|0002", "name", json!("Ada")), "x", &|| true).await.unwrap();
    let overtaken = QUEUE as u64 - arrived();
    assert!(arrived() - before < 10, "{} calls of the run went first", arrived() - before);
    assert!(overtaken > 20, "the run was still waiting, with {overtaken} calls");
    for result in join_all(run).await {
        result.unwrap().unwrap();
    }
    assert_eq!(world.simulator.stats().too_many_requests, 0);
}
