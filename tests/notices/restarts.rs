//! A restart tells nothing twice, and forgets nothing.

use simulator::Trouble;

use super::served::{mover, reject, serve};
use super::sinks::Hook;
use crate::world::fault;

#[tokio::test]
async fn what_was_told_is_not_told_again_and_its_end_is() {
    let (world, hook) = (mover().await, Hook::new().await);
    let first = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    assert!(first.stop().await);
    let second = serve(&world, "host:2", vec![hook.channel("ops")]).await;
    // Another plan takes its place: when that is told, all before it was looked at as well.
    world.hr(1, "department", "Sales").await;
    world.plan().await;
    hook.has("plan_waits plan 2: raised").await;
    assert!(second.stop().await);
    // While nobody serves, it is decided about.
    reject(&world).await;
    let third = serve(&world, "host:3", vec![hook.channel("ops")]).await;
    hook.has("plan_waits plan 2: over").await;
    assert!(third.stop().await);
    assert_eq!(
        hook.told(),
        [
            "plan_waits plan 1: raised",
            "plan_waits plan 1: over",
            "plan_waits plan 2: raised",
            "plan_waits plan 2: over",
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_known_yet_is_not_said_to_be_over() {
    let (world, hook) = (mover().await, Hook::new().await);
    world.faults(vec![fault("POST", "/oauth/token", 1, 0, Trouble::ServerError)]);
    let first = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    hook.has("token_failures tenant: raised").await;
    hook.has("failure_rate tenant: raised").await;
    assert!(first.stop().await);
    world.faults(Vec::new());
    let second = serve(&world, "host:2", vec![hook.channel("ops")]).await;
    hook.has("token_failures tenant: over").await;
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    assert!(second.stop().await);
    assert_eq!(hook.told_of("failure_rate"), ["failure_rate tenant: raised"], "its hour is not known");
}
