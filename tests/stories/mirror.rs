//! The three write-back columns say what the links say.

use insta::assert_snapshot;
use simulator::State;
use store::SyncStatus;

use crate::world::{Company, World, account};

#[tokio::test]
async fn an_account_is_pending_then_created_then_verified_and_back() {
    let world = World::with(Company::new().row(1, "Ana Silva", "Packing", "associate")).await;
    assert_eq!(status(&world).await, SyncStatus::Pending);
    world.carry_on().await;
    assert_eq!(status(&world).await, SyncStatus::Created);
    let id = world.linked(1).await.unwrap();
    world.in_auth0_user(id.as_str(), |it| it.email_verified = Some(true));
    assert_eq!(world.sync().await.written_back, 1);
    assert_eq!(status(&world).await, SyncStatus::Verified);
    world.in_auth0_user(id.as_str(), |it| it.email_verified = Some(false));
    assert_eq!(world.sync().await.written_back, 1);
    assert_eq!(status(&world).await, SyncStatus::Created);
    assert_eq!(world.sync().await.written_back, 0);
    assert_eq!(world.writes(), "");
    world.assert_settled().await;
}

#[tokio::test]
async fn the_time_of_the_account_is_auth0s() {
    let world = World::with(Company::new().row(1, "Ana Silva", "Packing", "associate")).await;
    world.carry_on().await;
    let columns = world.engine.store().written_back().await.unwrap();
    let user = world.linked(1).await.unwrap();
    let made = world.user(user.as_str()).created_at.unwrap();
    assert_eq!(columns[&1.into()].created_at.unwrap().timestamp(), made.millis() / 1000);
}

#[tokio::test]
async fn planning_writes_nothing_back() {
    let world = World::with(Company::new().row(1, "Ana Silva", "Packing", "associate")).await;
    let before = world.engine.store().written_back().await.unwrap();
    world.plan().await;
    world.preview().await;
    assert_eq!(world.engine.store().written_back().await.unwrap(), before);
    assert_eq!(world.writes(), "");
}

#[tokio::test]
async fn links_that_stand_in_the_columns_are_taken_over() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .without_link(1)
        .cell(1, "auth0_user_id", "auth0|1")
        .cell(1, "department", "IT");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           1 update
    held              nobody

    update · 1 person
      ~ 1 Ana Silva  auth0|1
          user_metadata.department: Packing → IT (from department)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.linked(1).await.unwrap().as_str(), "auth0|1");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_sync_with_nothing_to_do_stores_what_it_took_over() {
    let company = Company::new().settled(1, "Ana Silva", "Packing", "associate").without_link(1).cell(
        1,
        "auth0_user_id",
        "auth0|1",
    );
    let world = World::with(company).await;
    assert_eq!(world.sync().await.outcome, engine::SyncOutcome::Nothing);
    assert_eq!(world.linked(1).await.unwrap().as_str(), "auth0|1");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_column_that_contradicts_the_link_is_told_and_put_right() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .user("auth0|8", account(8, "Nobody Known", "IT", "associate"));
    let world = World::with(company).await;
    world.hr(1, "auth0_user_id", "auth0|8").await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: auth0_user_id disagrees · 1 person
      1 Ana Silva: auth0_user_id names auth0|8, and the stored links say otherwise
          ⤷ rollcall employee link 1 'auth0|8', if the column is right

    nothing to do
    ");
    assert_eq!(world.sync().await.written_back, 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_column_that_two_rows_share_is_believed_by_neither_and_stays_until_somebody_decides() {
    let mut company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ben Okoye", "Packing", "associate")
        .user("auth0|1", account(1, "Ana Silva", "Packing", "associate"))
        .member("production_associate", "auth0|1")
        .cell(1, "auth0_user_id", "auth0|1")
        .cell(2, "auth0_user_id", "auth0|1");
    company.before_rows.push("DROP INDEX rollcall_employees_auth0_user_id".to_owned());
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              2 people: 2 more than one employee

    held: more than one employee · 2 people
      ⤷ rollcall employee link ID 'auth0|1', for the right ID
      1 Ana Silva: auth0|1 may be this person's, or that of employee 2
      2 Ben Okoye: auth0|1 may be this person's, or that of employee 1

    nothing to do · 2 held
    ");
    assert_eq!(world.sync().await.outcome, engine::SyncOutcome::Nothing);
    assert_eq!(world.plan().await.to_string(), plan.to_string(), "a sync does not decide it in silence");
    world
        .engine
        .link(&1.into(), &diff::UserId::new("auth0|1"), &crate::world::person("grace"))
        .await
        .unwrap();
    world.sync().await;
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_tenant_that_lost_everybody_is_noticed_person_by_person() {
    let world = World::with(Company::new().staff(3)).await;
    world.in_auth0(|it| *it = State::default());
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              3 people: 3 linked user gone

    held: linked user gone · 3 people
      101 Staff 101: the linked user auth0|101 does not exist any more
          ⤷ rollcall employee recreate 101
      102 Staff 102: the linked user auth0|102 does not exist any more
          ⤷ rollcall employee recreate 102
      103 Staff 103: the linked user auth0|103 does not exist any more
          ⤷ rollcall employee recreate 103

    nothing to do · 3 held
    ");
    assert_eq!(world.sync().await.outcome, engine::SyncOutcome::Nothing);
    assert_eq!(world.writes(), "");
}

async fn status(world: &World) -> SyncStatus {
    world.engine.store().written_back().await.unwrap()[&1.into()].status
}
