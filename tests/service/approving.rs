//! A yes over HTTP, or anywhere else, starts the run; a no does not.

use serde_json::json;

use super::served::{As, Served, proposed};
use crate::world::{Company, World, person};

/// A leaver, a mover, a newcomer.
fn changes() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .row(3, "Cem Aydin", "Packing", "associate")
        .staff(10)
        .cell(1, "status", "terminated")
        .cell(2, "department", "Shipping")
}

#[tokio::test]
async fn a_plan_is_made_looked_at_approved_and_applied() {
    let served = Served::with(changes()).await;
    let waits = served.post("/api/plans").by(As::Approver).json(&json!({})).send().await;
    insta::assert_snapshot!(waits, @r#"
    202
    content-type: application/json
    location: /api/plans/1
    {
      "changes": [
        "block 1 Ana Silva (auth0|1): sessions end · status is terminated",
        "revoke 1 Ana Silva (auth0|1): production_associate · status is terminated",
        "update 2 Ben Okoye (auth0|2): user_metadata.department: Packing → Shipping (from department)",
        "create 3 Cem Aydin: cem.aydin@example.com · employed, no account yet",
        "grant 3 Cem Aydin: production_associate (role_code = associate)"
      ],
      "next": "somebody with the role approver approves it: POST /api/plans/1/approve",
      "plan": 1
    }
    "#);
    let plan = waits.body["plan"].as_i64().unwrap();
    let shown = served.get(&format!("/api/plans/{plan}")).by(As::Viewer).send().await;
    let digest = shown.body["digest"].as_str().unwrap().to_owned();
    let yes = json!({ "digest": &digest[..12], "reason": "as agreed" });
    let approved =
        served.post(&format!("/api/plans/{plan}/approve")).by(As::Approver).json(&yes).send().await;
    assert_eq!(approved.body, json!({ "approved": true, "missing": null, "applying": true }));
    let run = served.until("/api/runs", |it| it.items().iter().any(|it| it["state"] == "applied")).await;
    assert_eq!(run.items()[0]["plan"], plan);
    let audited = served.audited(&format!("&plan={plan}")).await;
    let by = |event: &str| audited.iter().find(|it| it["event"] == event).map(|it| it["by"].clone());
    assert_eq!(by("plan_approved"), Some(json!("approver")));
    assert_eq!(by("auth0_user_blocked"), Some(json!("approver")), "the run is the approver's");
    let again = served.post(&format!("/api/plans/{plan}/approve")).send().await;
    assert_eq!((again.status, again.problem()), (409, "conflict"), "{again}");
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_yes_that_is_given_on_the_command_line_starts_the_run_as_well() {
    let served = Served::with(changes()).await;
    let plan = served.world.plan().await.id;
    served.world.approve_as("grace").await;
    served.until(&format!("/api/plans/{plan}"), |it| it.body["review"]["state"] == "applied").await;
    served.world.assert_settled().await;
}

#[tokio::test]
async fn two_people_must_say_yes_where_the_policy_has_it_so() {
    let company = changes().policy(|it| it.review.two_approvers = [diff::Concern::Everything].into());
    let served = Served::with(company).await;
    let plan = proposed(&served).await;
    let path = format!("/api/plans/{plan}/approve");
    let first = served.post(&path).by(As::Approver).send().await;
    assert_eq!(first.body["approved"], false, "{first}");
    assert!(!first.body["missing"].is_null(), "{first}");
    let same = served.post(&path).by(As::Approver).send().await;
    assert_eq!((same.status, same.problem()), (403, "forbidden"), "{same}");
    let second = served.post(&path).by(As::Operator).send().await;
    assert_eq!(second.body["applying"], true, "{second}");
    served.until(&format!("/api/plans/{plan}"), |it| it.body["review"]["state"] == "applied").await;
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_plan_over_a_limit_needs_the_limit_by_name() {
    let company =
        changes().policy(|it| it.limits.blocks = diff::Share { percent: 0, at_least: 0, at_most: 0 });
    let served = Served::with(company).await;
    let plan = proposed(&served).await;
    let path = format!("/api/plans/{plan}/approve");
    let refused = served.post(&path).by(As::Approver).send().await;
    insta::assert_snapshot!(refused, @r#"
    409
    content-type: application/problem+json
    {
      "detail": "plan 1 exceeds limits: blocks: 1 planned, 0 allowed",
      "next": "name each limit in `accepts`, together with the digest, if all of it is right",
      "plan": 1,
      "status": 409,
      "title": "A limit stands against it",
      "type": "urn:rollcall:problem:limit-exceeded"
    }
    "#);
    let digest = served.get(&format!("/api/plans/{plan}")).send().await.body["digest"].clone();
    let yes = json!({ "digest": digest, "accepts": ["blocks"] });
    let accepted = served.post(&path).by(As::Approver).json(&yes).send().await;
    assert_eq!(accepted.body["applying"], true, "{accepted}");
    served.until(&format!("/api/plans/{plan}"), |it| it.body["review"]["state"] == "applied").await;
}

#[tokio::test]
async fn a_plan_that_was_rejected_is_not_applied() {
    let served = Served::with(changes()).await;
    let plan = proposed(&served).await;
    let path = format!("/api/plans/{plan}");
    let unsaid = served.post(&format!("{path}/reject")).json(&json!({})).send().await;
    assert_eq!((unsaid.status, unsaid.problem()), (400, "bad-request"), "{unsaid}");
    let no = json!({ "reason": "not this week" });
    assert_eq!(served.post(&format!("{path}/reject")).json(&no).send().await.status, 204);
    let apply = served.post(&format!("{path}/apply")).send().await;
    insta::assert_snapshot!(apply, @r#"
    409
    content-type: application/problem+json
    {
      "detail": "plan 1 was rejected by operator, because: not this week: make a new plan",
      "plan": 1,
      "status": 409,
      "title": "It cannot be done as things stand",
      "type": "urn:rollcall:problem:conflict"
    }
    "#);
    assert_eq!(served.get("/api/runs").send().await.items().len(), 0);
}

#[tokio::test]
async fn where_approvals_start_nothing_somebody_says_when() {
    let served = Served::over(World::with(changes()).await, |it| it.apply_approved = false, Vec::new()).await;
    let plan = proposed(&served).await;
    let approved = served.post(&format!("/api/plans/{plan}/approve")).send().await;
    assert_eq!(approved.body, json!({ "approved": true, "missing": null, "applying": false }));
    assert_eq!(served.get("/api/runs").send().await.items().len(), 0);
    let applied = served.post(&format!("/api/plans/{plan}/apply")).send().await;
    assert_eq!(applied.status, 202, "{applied}");
    served.until(&format!("/api/plans/{plan}"), |it| it.body["review"]["state"] == "applied").await;
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_run_is_taken_back_by_a_plan_like_any_other() {
    let served = Served::with(changes()).await;
    let plan = proposed(&served).await;
    served.post(&format!("/api/plans/{plan}/approve")).send().await;
    served.until(&format!("/api/plans/{plan}"), |it| it.body["review"]["state"] == "applied").await;
    let undo = served.post("/api/runs/1/undo").by(As::Approver).send().await;
    assert_eq!(undo.status, 202, "{undo}");
    assert!(undo.body["changes"].as_array().unwrap().len() > 2, "{undo}");
    let none = served.post("/api/runs/404/undo").send().await;
    assert_eq!((none.status, none.problem()), (404, "not-found"));
    assert!(
        served
            .world
            .engine
            .reject(diff::PlanId(undo.body["plan"].as_i64().unwrap()), person("grace"), "no".to_owned())
            .await
            .is_ok()
    );
    served.world.assert_settled().await;
}
