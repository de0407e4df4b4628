//! A call that carries many changes, and one of them is bad.

use insta::assert_snapshot;

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
