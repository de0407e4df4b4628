//! A list of users that is not whole is an error, never a shorter list.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use simulator::Options;

use crate::world::{Company, World};

#[tokio::test]
async fn a_listing_that_changes_while_it_is_read_is_suspect() {
    let options = Options { latency_ms: 20, users: 120, ..Options::default() };
    let world = World::at(Company::new().settled(1, "Ana Silva", "Packing", "associate"), options).await;
    let busy = async {
        let mut seen = 0;
        loop {
            let asked = world.count("GET /api/v2/users");
            if asked > seen {
                seen = asked;
                let json = json!({ "user_id": format!("auth0|late{asked}"), "email": format!("late{asked}@example.com") });
                world.in_auth0(|it| it.users.push(serde_json::from_value(json).unwrap()));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let refused = tokio::select! {
        read = world.engine.preview(&world.company.scope, false) => read.err().unwrap(),
        () = busy => unreachable!("it never ends"),
    };
    assert!(refused.is_suspect());
    let said = world.chain(&refused);
    assert!(said.contains("three times in a row; somebody else is adding or removing users"), "{said}");
    assert_eq!(world.writes(), "");
    world.assert_settled().await;
}

#[tokio::test]
async fn more_users_than_search_gives_out_are_all_read() {
    let options = Options { users: 1001, ..Options::default() };
    let world = World::at(Company::new().settled(1, "Ana Silva", "Packing", "associate"), options).await;
    assert_eq!(world.preview().await.plan.document().users.read, 1002);
    world.assert_settled().await;
}

/// The search has lost people who exist. Nobody can say who else is missing, so nothing is planned; a few may
/// be missing, and whoever was written lately.
#[tokio::test]
async fn a_listing_without_linked_users_who_exist_is_suspect() {
    let new = |id: i64| Company::new().row(id, &format!("New {id}"), "Packing", "associate");
    let mut company =
        (2..=20).fold(new(1), |it, id| it.row(id, &format!("New {id}"), "Packing", "associate"));
    company.first_sync = true;
    let mut world = World::at(company, Options { search_lag_ms: 3_600_000, ..Options::default() }).await;
    world.carry_on().await;
    world.clock("2026-11-23T09:00:00Z");
    world.assert_settled().await;

    world.hr_adds(&new(21).rows[&21.into()]).await;
    world.carry_on().await;
    world.assert_settled().await;
    world.clock("2026-11-23T10:00:00Z");
    let refused = world.engine.preview(&world.company.scope, false).await.err().unwrap();
    assert!(refused.is_suspect());
    assert_snapshot!(world.chain(&refused), @"Auth0's listing of Username-Password-Authentication is not whole: at least 21 of 21 linked users exist and are not in it, and 20 may be missing");

    world.in_auth0(|_| ()); // the search has caught up
    world.assert_settled().await;
}

#[tokio::test]
async fn linked_users_of_another_connection_and_users_who_are_gone_are_not_missing_from_a_listing() {
    let mut company = Company::new().staff(60);
    for user in &mut company.tenant.users[..30] {
        user.identities[0].connection = "Partners".to_owned();
    }
    company.tenant.users.truncate(35);
    let world = World::with(company).await;
    let plan = world.preview().await.plan;
    assert_eq!((plan.document().users.read, plan.held()), (35, 25), "25 are gone, and held");
}

#[tokio::test]
async fn a_user_that_the_search_does_not_show_yet_is_read_by_id() {
    let options = Options { search_lag_ms: 60_000, ..Options::default() };
    let company = Company::new().row(1, "Ana Silva", "Packing", "associate");
    let world = World::at(company, options).await;
    world.carry_on().await;
    world.assert_settled().await;
}
