//! Several processes with one store: one tells, and another when it is gone.

use chrono::{TimeDelta, Utc};

use super::served::{reject, serve};
use super::sinks::Hook;
use crate::world::{Company, Own, Server, World};

fn moving() -> Company {
    Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "department", "IT")
}

async fn on(server: Server) -> Option<World> {
    let own: Own = server.database().await?;
    Some(World::at_server(moving(), own).await)
}

#[tokio::test]
async fn of_two_one_tells_and_the_other_goes_on() {
    story(World::with(moving()).await).await;
}

#[tokio::test]
async fn of_two_one_tells_and_the_other_goes_on_on_postgresql() {
    if let Some(world) = on(Server::Postgres).await {
        story(world).await;
    }
}

#[tokio::test]
async fn of_two_one_tells_and_the_other_goes_on_on_mariadb() {
    if let Some(world) = on(Server::MySql).await {
        story(world).await;
    }
}

async fn story(mut world: World) {
    world.by_the_wall();
    let hook = Hook::new().await;
    let (one, two) = tokio::join!(
        serve(&world, "host:1", vec![hook.channel("ops")]),
        serve(&world, "host:2", vec![hook.channel("ops")]),
    );
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    assert!(one.stop().await);
    // Whoever told before: from now on it is the second.
    world.hr(1, "department", "Sales").await;
    world.plan().await;
    hook.has("plan_waits plan 2: raised").await;
    reject(&world).await;
    hook.has("plan_waits plan 2: over").await;
    assert!(two.stop().await);
    let told = hook.told();
    assert_eq!(told.len(), 4, "each once: {told:?}");
}

#[tokio::test]
async fn who_died_is_followed_once_its_turn_has_run_out() {
    let mut world = World::with(moving()).await;
    world.by_the_wall();
    let (store, tenant, hook) = (world.engine.store(), world.engine.tenant(), Hook::new().await);
    let dead = store.take_turn(tenant, "dead", Utc::now(), TimeDelta::milliseconds(500)).await.unwrap();
    let dead = dead.expect("nobody else has it");
    world.plan().await;
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    hook.has("plan_waits plan 1: raised").await;
    assert!(!store.keep_turn(&dead, Utc::now()).await.unwrap(), "it wakes up, and is nobody any more");
    assert!(!store.keep_told::<String>(&dead, &[]).await.unwrap());
    assert!(service.stop().await);
}
