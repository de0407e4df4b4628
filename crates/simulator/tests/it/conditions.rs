//! Distance and neighbours.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{Conditions, Options, RatePlan};

use crate::client::{Tenant, read};

async fn put(tenant: &Tenant, conditions: Value) -> u16 {
    let url = format!("{}/_simulator/conditions", tenant.simulator.url());
    tenant.http.put(url).json(&conditions).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn neighbours_drain_the_bucket_until_they_go() {
    let tenant = Tenant::with(Options { plan: RatePlan::EnterpriseDev, ..Options::default() }).await;
    assert_eq!(tenant.get("/api/v2/roles").await.status, 200);
    assert_eq!(put(&tenant, json!({"background_rps": 1_000_000})).await, 204);
    let drained = async {
        while tenant.get("/api/v2/roles").await.status == 200 {}
        let refused = tenant.get("/api/v2/roles").await;
        assert_eq!(
            (refused.status.as_u16(), &refused.headers["x-ratelimit-limit"]),
            (429, &"10".parse().unwrap())
        );
        assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
        // They go, and what they leave is not full at once.
        tenant.simulator.set_conditions(Conditions::default());
        while tenant.get("/api/v2/roles").await.status == 429 {}
    };
    tokio::time::timeout(Duration::from_secs(20), drained).await.unwrap();
    assert_eq!(
        tenant.simulator.stats().requests.len(),
        2,
        "they are in no statistics: a token and the roles are"
    );
}

#[tokio::test]
async fn neighbours_are_there_from_the_start() {
    let options = Options { plan: RatePlan::Free, background_rps: 1_000_000.0, ..Options::default() };
    let tenant = Tenant::with(options).await;
    let drained = async { while tenant.get("/api/v2/users").await.status == 200 {} };
    tokio::time::timeout(Duration::from_secs(20), drained).await.unwrap();
    // Turning a switch starts the buckets anew, and the neighbours stay.
    tenant.simulator.set_switches(simulator::Switches::default());
    let drained = async { while tenant.get("/api/v2/users").await.status == 200 {} };
    tokio::time::timeout(Duration::from_secs(20), drained).await.unwrap();
}

#[tokio::test]
async fn answers_are_held_back_for_latency_and_jitter() {
    let options = Options { latency_ms: 20, jitter_ms: 10, seed: 7, ..Options::default() };
    let tenant = Tenant::with(options).await;
    let start = Instant::now();
    tenant.get("/api/v2/roles").await;
    assert!(start.elapsed() >= Duration::from_millis(20));
    let line = tenant.simulator.journal().pop().unwrap();
    assert!(line.ms >= 20, "{line:?}");
    assert_eq!(tenant.simulator.conditions().jitter_ms, 10);
}

#[tokio::test]
async fn conditions_are_read_and_checked() {
    let tenant = Tenant::fresh().await;
    assert_eq!(put(&tenant, json!({"background_rps": 0.5, "latency_ms": 3})).await, 204);
    let url = format!("{}/_simulator/conditions", tenant.simulator.url());
    let shown = read(tenant.http.get(url).send().await.unwrap()).await.body;
    assert_eq!(shown, json!({"background_rps": 0.5, "latency_ms": 3, "jitter_ms": 0}));
    for wrong in [json!({"background_rps": -1}), json!({"background_rps": "many"}), json!({"rps": 1})] {
        assert_eq!(put(&tenant, wrong.clone()).await, 400, "{wrong}");
    }
}
