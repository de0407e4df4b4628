//! What goes wrong, and is well again.

use simulator::Trouble;
use store::PlanState;

use super::served::{latest_is, mover, serve};
use super::sinks::Hook;
use crate::world::{fault, until};

#[tokio::test]
async fn a_run_that_ends_incomplete_is_told_until_the_plan_is_finished() {
    let (world, hook) = (mover().await, Hook::new().await);
    world.faults(vec![fault("PATCH", "*", 1, 0, Trouble::ServerError)]);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    world.plan().await;
    world.approve_as("grace").await;
    hook.has("run_incomplete run 1: raised").await;
    let notice = hook.bodies().into_iter().find(|it| it["event"] == "run_incomplete").unwrap();
    insta::assert_snapshot!(notice["text"].as_str().unwrap(), @"
    Of its changes 1 failed. What is still due is in the next plan.
    Next: see `rollcall run show 1`, and `rollcall quarantine` for what fails again and again.
    ");
    latest_is(&world, PlanState::Incomplete).await;
    world.faults(Vec::new());
    assert!(world.try_apply().await.unwrap().is_complete());
    hook.has("run_incomplete run 1: over").await;
    assert!(service.stop().await);
    assert_eq!(hook.told_of("run_incomplete").len(), 2, "{:?}", hook.told());
}

#[tokio::test]
async fn a_tenant_that_gives_no_token_is_told_until_it_gives_one() {
    let (world, hook) = (mover().await, Hook::new().await);
    world.faults(vec![fault("POST", "/oauth/token", 1, 0, Trouble::ServerError)]);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    hook.has("token_failures tenant: raised").await;
    // Each look asks, and asks again: that is many calls, of which none was answered.
    hook.has("failure_rate tenant: raised").await;
    world.faults(Vec::new());
    hook.has("token_failures tenant: over").await;
    assert!(service.stop().await);
    assert_eq!(hook.told_of("token_failures").len(), 2, "{:?}", hook.told());
    assert_eq!(hook.told_of("failure_rate").len(), 1, "for an hour they count: {:?}", hook.told());
}

#[tokio::test]
async fn a_call_that_is_refused_for_the_rate_is_told() {
    let (world, hook) = (mover().await, Hook::new().await);
    world.faults(vec![fault("POST", "/oauth/token", 1, 1, Trouble::TooManyRequests)]);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    hook.has("rate_limited tenant: raised").await;
    assert!(service.stop().await);
    assert_eq!(hook.told(), ["rate_limited tenant: raised"], "the token came at the second try");
}

#[tokio::test]
async fn a_record_that_somebody_changed_is_told_with_the_head_to_compare_it_with() {
    let (world, hook) = (mover().await, Hook::new().await);
    world.plan().await;
    world.approve_as("grace").await;
    world.sql("UPDATE rollcall_audit SET event = 'plan_rejected'").await;
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    hook.has("audit_broken audit: raised").await;
    until(|| !hook.bodies().is_empty()).await;
    assert!(service.stop().await);
    let notice = hook.bodies().into_iter().find(|it| it["event"] == "audit_broken").unwrap();
    assert_eq!(notice["tenant"], world.engine.tenant().as_str());
    assert_eq!(notice["title"], "The audit record does not fit together");
}
