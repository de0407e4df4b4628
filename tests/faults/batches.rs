//! A call that carries many changes, and one of them is bad.

use insta::assert_snapshot;
use simulator::{Options, Switches};

use crate::world::{Company, World};

#[tokio::test]
async fn of_a_batch_that_is_refused_for_one_user_that_one_fails_and_the_others_are_done() {
    let company = Company::new().staff(9);
    let company = (101..110).fold(company, |it, id| it.without_roles(&format!("auth0|{id}")));
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.in_auth0(|it| it.users.retain(|it| it.user_id != "auth0|104"));
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    grant-101: applied
    grant-102: applied
    grant-103: applied
    grant-104: failed: POST /roles/[production_associate]/users: Auth0 answers 404 One or more of the users do not exist.
    grant-105: applied
    grant-106: applied
    grant-107: applied
    grant-108: applied
    grant-109: applied
    ");
    assert_snapshot!(world.journal(), @r#"
    POST /roles/[production_associate]/users {"users":["auth0|101","auth0|102","auth0|103","auth0|104","auth0|105","auth0|106","auth0|107","auth0|108","auth0|109"]} → 404
    POST /roles/[production_associate]/users {"users":["auth0|101","auth0|102","auth0|103","auth0|104"]} → 404
    POST /roles/[production_associate]/users {"users":["auth0|101","auth0|102"]} → 200
    POST /roles/[production_associate]/users {"users":["auth0|103","auth0|104"]} → 404
    POST /roles/[production_associate]/users {"users":["auth0|103"]} → 200
    POST /roles/[production_associate]/users {"users":["auth0|104"]} → 404
    POST /roles/[production_associate]/users {"users":["auth0|105","auth0|106","auth0|107","auth0|108","auth0|109"]} → 200
    "#);
    assert_eq!(world.members("production_associate").len(), 8);
    world.assert_settled().await;
}

/// Auth0 does not say how many users one call may give a role to (FACTS §5). The first refusals tell, and the
/// largest batch that is taken is searched from then on.
#[tokio::test]
async fn a_tenant_that_takes_smaller_batches_is_asked_with_smaller_ones_from_then_on() {
    let company = Company::new().staff(160).policy(|it| it.limits.grants.at_least = 200);
    let company = (101..261).fold(company, |it, id| it.without_roles(&format!("auth0|{id}")));
    let switches = Switches { role_batch_max: Some(20), ..Switches::default() };
    let world = World::at(company, Options { switches, ..Options::default() }).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.apply().await;
    let grants = world.simulator.journal().into_iter().filter(|it| it.method == "POST");
    let grants = grants.filter_map(|it| {
        let users = it.body?.get("users")?.as_array()?.len();
        Some(format!("{users} users: {}", it.status?))
    });
    assert_snapshot!(grants.collect::<Vec<_>>().join("\n"), @"
    50 users: 400
    25 users: 400
    12 users: 200
    13 users: 200
    19 users: 200
    6 users: 200
    22 users: 400
    11 users: 200
    11 users: 200
    20 users: 200
    8 users: 200
    21 users: 400
    10 users: 200
    11 users: 200
    20 users: 200
    9 users: 200
    10 users: 200
    ");
    assert_eq!(world.members("production_associate").len(), 160);
    world.assert_settled().await;
}
