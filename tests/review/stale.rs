//! What changed between the yes and the run: the change is left alone, and the rest is done.

use diff::UserId;
use insta::assert_snapshot;

use crate::world::{Company, World, person};

fn several() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "department", "IT")
        .cell(2, "role_code", "manager")
        .cell(3, "status", "terminated")
}

/// Plans and approves; then the world changes.
async fn approved(company: Company) -> World {
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world
}

async fn report(world: &World) -> String {
    let report = world.try_apply().await.unwrap();
    world.said(&report)
}

#[tokio::test]
async fn rows_that_changed_since_are_stale_and_the_rest_is_done() {
    let world = approved(several()).await;
    world.hr(1, "department", "Heat Press").await;
    world.hr(2, "status", "terminated").await;
    world.hr(3, "status", "active").await;
    assert_snapshot!(report(&world).await, @"
    block-3: stale: the row says employed now
    create-4: applied
    grant-2: stale: it needs revoke-2, which is stale
    grant-4: applied
    revoke-2: stale: the person has left since: status is terminated
    revoke-3: stale: the row says employed now
    update-1: stale: the row asks for another user_metadata.department now
    update-2: stale: the person has left since: status is terminated
    ");
    assert_eq!(world.user("auth0|3").blocked, None);
    assert_eq!(world.members("manager"), Vec::<String>::new());
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn rows_that_cannot_be_read_any_more_or_are_gone_get_nothing() {
    let world = approved(several()).await;
    world.hr(1, "status", "furlough").await;
    world.hr(2, "email", "-").await;
    world.hr_deletes(4).await;
    assert_snapshot!(report(&world).await, @r#"
    block-3: applied
    create-4: stale: the row is gone
    grant-2: stale: it needs revoke-2, which is stale
    grant-4: stale: it needs create-4, which is stale
    revoke-2: stale: the row is held now: the address "-" is not of the form name@domain
    revoke-3: applied
    update-1: stale: the row is held now: the status "furlough" is none that the policy knows
    update-2: stale: the row is held now: the address "-" is not of the form name@domain
    "#);
    assert_eq!(world.users_with("dora.novak@example.com").len(), 0);
}

#[tokio::test]
async fn a_leaver_is_blocked_even_if_the_row_is_gone_meanwhile() {
    let world = approved(several()).await;
    world.hr_deletes(3).await;
    let report = world.try_apply().await.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    assert_eq!(world.user("auth0|3").blocked, Some(true));
}

#[tokio::test]
async fn of_an_old_plan_users_are_read_again_and_nobodys_change_is_overwritten() {
    let company = several().settled(5, "Eva Berg", "Packing", "associate").cell(5, "department", "IT");
    let mut world = approved(company).await;
    world.in_auth0_user("auth0|1", |it| {
        it.user_metadata.as_mut().unwrap().insert("department".to_owned(), "Moon".into());
    });
    world.in_auth0_user("auth0|5", |it| {
        it.user_metadata.as_mut().unwrap().insert("department".to_owned(), "IT".into());
    });
    world.in_auth0(|it| it.users.retain(|it| it.user_id != "auth0|2"));
    world.clock("2026-11-23T08:11:00Z");
    assert_snapshot!(report(&world).await, @"
    block-3: applied
    create-4: applied
    grant-2: not tried: it needs revoke-2, which was not done
    grant-4: applied
    revoke-2: failed: DELETE /users/auth0|2/roles: Auth0 answers 404 The user does not exist. (inexistent_user)
    revoke-3: applied
    update-1: stale: user_metadata.department was changed by somebody since the plan was made
    update-2: stale: the user does not exist any more
    update-5: already so
    ");
    assert_eq!(world.user("auth0|1").user_metadata.unwrap()["department"], "Moon");
}

#[tokio::test]
async fn a_young_plan_costs_no_second_look() {
    let world = approved(several()).await;
    world.apply().await;
    assert_eq!(world.count("GET /api/v2/users/{id}") + world.count("GET /api/v2/users"), 0);
    world.assert_settled().await;
}

#[tokio::test]
async fn who_was_unlinked_or_ignored_since_is_left_alone() {
    let world = approved(several()).await;
    let hal = person("hal");
    world.engine.unlink(&1.into(), &hal).await.unwrap();
    world.engine.ignore_employee(&2.into(), "under discussion", &hal).await.unwrap();
    world.engine.ignore_user(&UserId::new("auth0|3"), "a robot", &hal).await.unwrap();
    assert_snapshot!(report(&world).await, @r#"
    block-3: stale: somebody said to leave the user alone: "a robot"
    create-4: applied
    grant-2: stale: it needs revoke-2, which is stale
    grant-4: applied
    revoke-2: stale: somebody said to leave the employee alone: "under discussion"
    revoke-3: stale: somebody said to leave the user alone: "a robot"
    update-1: stale: the employee is not linked to auth0|1 any more
    update-2: stale: somebody said to leave the employee alone: "under discussion"
    "#);
    assert_eq!(world.user("auth0|3").blocked, None);
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_is_never_linked() {
    let world = approved(several()).await;
    world.in_auth0(|it| {
        let json = serde_json::json!({ "user_id": "auth0|99", "email": "dora.novak@example.com" });
        it.users.push(serde_json::from_value(json).unwrap());
    });
    assert_snapshot!(report(&world).await, @"
    block-3: applied
    create-4: stale: auth0|99 has this address since the plan was made
    grant-2: applied
    grant-4: not tried: the account was not made
    revoke-2: applied
    revoke-3: applied
    update-1: applied
    update-2: applied
    ");
    assert_eq!(world.linked(4).await, None);
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 1 link, 1 update, 1 grant
    held              nobody

    link · 1 person
      not linked yet · found by address
      = 4 Dora Novak  auth0|99

    update · 1 person
      found by address
      ~ 4 Dora Novak  auth0|99
          name: dora.novak@example.com → Dora Novak (from full_name)
          user_metadata.department: not set → Packing (from department)
          user_metadata.employee_id: not set → 4 (from id)
          user_metadata.full_name: not set → Dora Novak (from full_name)
          app_metadata.employee_id: not set → 4 (from id)
          app_metadata.role_code: not set → associate (from role_code)

    grant · 1 person
      found by address
      + 4 Dora Novak  auth0|99  production_associate (role_code = associate)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.linked(4).await.unwrap().as_str(), "auth0|99");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_create_that_somebody_did_for_us_is_so_already() {
    let world = approved(several()).await;
    world.in_auth0(|it| {
        let mut json = crate::world::account(4, "Dora Novak", "Packing", "associate");
        json["user_id"] = "auth0|99".into();
        it.users.push(serde_json::from_value(json).unwrap());
    });
    assert_snapshot!(report(&world).await, @"
    block-3: applied
    create-4: already so
    grant-2: applied
    grant-4: applied
    revoke-2: applied
    revoke-3: applied
    update-1: applied
    update-2: applied
    ");
    assert_eq!(world.linked(4).await.unwrap().as_str(), "auth0|99");
    world.assert_settled().await;
}
