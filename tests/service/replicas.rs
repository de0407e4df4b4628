//! Several services on one database: each tick is taken by one of them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schedules::schedule;
use super::served::Served;
use crate::world::{Company, Server, World};

#[tokio::test]
async fn each_tick_is_taken_by_one_on_postgresql() {
    each_tick_is_taken_by_one(Server::Postgres).await;
}

#[tokio::test]
async fn each_tick_is_taken_by_one_on_mariadb() {
    each_tick_is_taken_by_one(Server::MySql).await;
}

async fn each_tick_is_taken_by_one(server: Server) {
    let Some(own) = server.database().await else { return };
    let world =
        World::at_server(Company::new().settled(1, "Ana Silva", "Packing", "associate").staff(5), own).await;
    let planned = || vec![schedule("nightly", "* * * * * *")];
    let mut first = Served::over(world, |_| (), planned()).await;
    let another = first.another("host:2", planned()).await;
    let third = first.another("host:3", planned()).await;
    let path = "/api/schedules/nightly/ticks?limit=500";
    first.until(path, |it| it.items().len() >= 4).await;
    // One of them is gone from one moment to the next; the others go on.
    drop(third);
    assert!(another.stop().await);
    let before = first.get(path).send().await.items().len();
    let ticks = first.until(path, |it| it.items().len() > before + 1).await;
    let moments: Vec<&Value> = ticks.items().iter().map(|it| &it["at"]).collect();
    let distinct: BTreeSet<&str> = moments.iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(moments.len(), distinct.len(), "no moment has two ticks: {ticks}");
    let done = ticks.items().iter().filter(|it| it["state"] == "done").count();
    assert!(done >= 4, "{ticks}");
    assert!(first.stop().await);
    first.world.assert_settled().await;
}
