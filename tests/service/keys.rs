//! `Idempotency-Key`: what is sent twice is done once.

use serde_json::json;
use simulator::Trouble;

use super::served::{As, Served};
use crate::world::{Company, World, fault};

const CREATE: &str = "/api/admin/employees/1/create-auth0";
const KEY: &str = "idempotency-key";

fn newcomer() -> Company {
    Company::new().row(1, "Ana Silva", "Packing", "associate").staff(5)
}

#[tokio::test]
async fn the_first_answer_is_given_again() {
    let served = Served::with(newcomer()).await;
    let first = served.post(CREATE).header(KEY, "a").send().await;
    let second = served.post(CREATE).header(KEY, "a").send().await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    assert_eq!((second.status, second.header("idempotent-replayed")), (201, "true"));
    assert_eq!(first.body, second.body);
    let another = served.post(CREATE).header(KEY, "b").send().await;
    assert_eq!(another.status, 200, "another key is another request");
    let somebody_else = served.post(CREATE).by(As::Approver).header(KEY, "a").send().await;
    assert_eq!(somebody_else.status, 200, "a key is its caller's own");
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_key_is_for_one_request() {
    let served = Served::with(newcomer()).await;
    served.post("/api/plans").header(KEY, "a").json(&json!({})).send().await;
    let other = served.post("/api/plans").header(KEY, "a").json(&json!({ "only": ["block"] })).send().await;
    insta::assert_snapshot!(other, @r#"
    422
    content-type: application/problem+json
    {
      "detail": "this key was used for another request",
      "next": "draw a new key for each thing that you want done",
      "status": 422,
      "title": "The key was used before",
      "type": "urn:rollcall:problem:idempotency-key-reused"
    }
    "#);
    let too_long = served.post("/api/plans").header(KEY, &"a".repeat(129)).json(&json!({})).send().await;
    assert_eq!((too_long.status, too_long.problem()), (400, "bad-request"));
}

#[tokio::test]
async fn what_may_be_better_the_next_time_is_not_kept() {
    let mut world = World::with(newcomer()).await;
    world.without_retries();
    let served = Served::over(world, |_| (), Vec::new()).await;
    served.world.faults(vec![fault("POST", "/api/v2/users", 1, 0, Trouble::Reset)]);
    assert_eq!(served.post(CREATE).header(KEY, "a").send().await.status, 503);
    served.world.faults(Vec::new());
    assert_eq!(served.post(CREATE).header(KEY, "a").send().await.status, 201);
    served.world.assert_settled().await;
}

#[tokio::test]
async fn at_the_same_moment_it_is_done_once() {
    let served = Served::with(newcomer()).await;
    let ask = || served.post(CREATE).header(KEY, "a").send();
    let (one, other, third) = tokio::join!(ask(), ask(), ask());
    let statuses = [one.status, other.status, third.status];
    assert!(statuses.contains(&201), "{statuses:?}");
    assert!(statuses.iter().all(|it| [201, 409].contains(it)), "{statuses:?}");
    let asked = served.world.simulator.journal();
    assert_eq!(asked.iter().filter(|it| it.method == "POST" && it.path == "/api/v2/users").count(), 1);
    served.world.assert_settled().await;
}
