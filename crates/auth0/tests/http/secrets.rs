//! What must never be seen is not seen.

use auth0::{Client, Config};
use serde_json::json;

use crate::world::{SECRET, World, create, id, update};

/// Everything that an error shows, its causes too.
fn everything(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |it| it.source());
    chain.map(|it| format!("{it} {it:?}")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn no_error_shows_a_secret_a_token_a_password_or_an_address() {
    let world = World::with_users(2).await;
    let mut shown = vec![format!("{:?}", world.client)];
    let address = "user2@example.com";
    for trouble in ["429", "500", "reset", "lost_answer", "garbage"] {
        world.faults(json!([{ "match": { "path": "/api/v2/*" }, "times": 0, "do": trouble }]));
        shown.push(everything(&world.client.users().await.unwrap_err()));
        shown.push(everything(&world.client.users_by_email(address).await.unwrap_err()));
        shown.push(everything(&world.carry_out(&create("ada@example.com")).await.unwrap_err()));
        shown.push(everything(
            &world.carry_out(&update("auth0|0001", "email", json!(address))).await.unwrap_err(),
        ));
    }
    world.faults(json!([]));
    shown.push(everything(&world.carry_out(&create(address)).await.unwrap_err()));
    shown.push(everything(&world.carry_out(&create("ada@")).await.unwrap_err()));
    shown.push(everything(
        &world.carry_out(&update("auth0|0001", "email", json!(address))).await.unwrap_err(),
    ));
    let config = Config { client_id: "nobody".into(), ..World::config(&world.simulator) };
    shown.push(format!("{config:?}"));
    shown.push(everything(&Client::new(config).unwrap().user(&id("auth0|1")).await.unwrap_err()));
    let shown = shown.join("\n");
    for forbidden in [SECRET, "Bearer", "eyJ", "password\":", "@example.com", "%40example", "Lovelace"] {
        assert!(!shown.contains(forbidden), "{forbidden} in\n{shown}");
    }
}
