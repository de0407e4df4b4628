//! A service over a world, which looks often and tells by the channels of a story.

use std::time::Duration;

use notify::Channel;
use server::{Service, Settings};
use store::PlanState;

use crate::world::{Company, World};

/// Looks are seconds apart in life; here nobody waits for them.
const OFTEN: Duration = Duration::from_millis(50);

/// A company whose Ana moves to IT, at the hour that it is.
pub(crate) async fn mover() -> World {
    let company = Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "department", "IT");
    today(company).await
}

/// A world at the hour that it is.
pub(crate) async fn today(company: Company) -> World {
    let mut world = World::with(company).await;
    world.by_the_wall();
    world
}

pub(crate) fn settings(holder: &str, channels: Vec<Channel>) -> Settings {
    let (stop_within, local) = (Duration::from_secs(2), "127.0.0.1:0".parse().unwrap());
    Settings {
        channels,
        notices_every: OFTEN,
        stop_within,
        metrics_listen: Some(local),
        ..Settings::new(holder.to_owned(), local)
    }
}

/// A process of its own.
pub(crate) async fn serve(world: &World, holder: &str, channels: Vec<Channel>) -> Service {
    Service::start(world.another(|_| ()), settings(holder, channels), Vec::new()).await.unwrap()
}

/// Waits until the latest plan is so.
pub(crate) async fn latest_is(world: &World, state: PlanState) {
    let waiting = async {
        while world.engine.store().plan(world.latest()).await.unwrap().state != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it came about in time");
}

/// Says no to the latest plan.
pub(crate) async fn reject(world: &World) {
    let no = world.engine.reject(world.latest(), crate::world::person("grace"), "not now".to_owned());
    no.await.unwrap();
}
