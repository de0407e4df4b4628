//! Rows that vanish: told, and where the policy says so, blocked; never by one bad reading, never unseen.

use diff::{Absent, EmployeeId};
use engine::SyncOutcome;
use insta::assert_snapshot;
use store::PlanState;

use crate::world::{Company, World};

/// Enough people that one who vanishes does not make the table suspect.
fn company() -> Company {
    Company::new().staff(12).policy(|it| it.absent = Absent::Block)
}

/// In how many readings so far the row was missing.
async fn readings(world: &World, id: i64) -> Option<u32> {
    let absences = world.engine.store().absences(world.engine.tenant()).await.unwrap();
    absences.get(&EmployeeId::from(id)).map(|it| it.readings)
}

#[tokio::test]
async fn who_is_missing_twice_is_proposed_for_a_block_and_a_person_must_say_yes() {
    let mut world = World::with(company()).await;
    world.hr_deletes(102).await;
    let first = world.sync().await;
    assert_eq!((first.outcome, readings(&world, 102).await), (SyncOutcome::Nothing, Some(1)));

    world.clock("2026-11-24T08:00:00Z");
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      1 person: 102 Staff 102
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody

    block · 1 person
      the row was missing 2 times in a row · sessions end, which cannot be undone
      - 102 Staff 102  auth0|102

    revoke · 1 person
      the row was missing 2 times in a row
      - 102 Staff 102  auth0|102  production_associate
    ");
    assert_eq!(readings(&world, 102).await, Some(1), "a plan counts nothing");
    assert_eq!(world.sync().await.outcome, SyncOutcome::Proposed(plan.id));
    assert_eq!((world.writes(), readings(&world, 102).await), (String::new(), Some(2)));
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|102 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|102/sessions → 202
    DELETE /users/auth0|102/refresh-tokens → 202
    DELETE /users/auth0|102/roles {"roles":["[production_associate]"]} → 204
    "#);
    world.assert_nothing_left().await;

    // Somebody put the row back: the same account, as for any rehire.
    world.hr_adds(&world.company.rows[&102.into()]).await;
    world.carry_on().await;
    assert_eq!(world.user("auth0|102").blocked, Some(false));
    assert!(world.members("production_associate").contains(&"auth0|102".to_owned()));
    world.sync().await;
    assert_eq!(readings(&world, 102).await, None);
    world.assert_settled().await;
}

#[tokio::test]
async fn commands_of_one_hour_are_one_reading() {
    let mut world = World::with(company().cell(101, "department", "IT")).await;
    world.hr_deletes(102).await;
    for at in ["08:00", "08:01", "08:30", "08:59"] {
        world.clock(&format!("2026-11-23T{at}:00Z"));
        world.sync().await;
        assert!(world.preview().await.plan.is_empty(), "{at}");
        assert_eq!(readings(&world, 102).await, Some(1), "{at}");
    }
    world.clock("2026-11-23T09:00:00Z");
    assert_eq!(world.preview().await.plan.counts().len(), 2, "a block and a revocation");
}

#[tokio::test]
async fn a_row_that_is_back_between_two_readings_was_a_glitch() {
    let mut world = World::with(company()).await;
    let row = world.company.rows[&102.into()].clone();
    for day in ["23", "24", "25", "26"] {
        world.clock(&format!("2026-11-{day}T08:00:00Z"));
        world.hr_deletes(102).await;
        world.sync().await;
        world.hr_adds(&row).await;
        world.clock(&format!("2026-11-{day}T20:00:00Z"));
        world.sync().await;
        assert_eq!(readings(&world, 102).await, None);
    }
    assert_eq!(world.user("auth0|102").blocked, None);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_row_that_is_back_when_its_block_is_applied_is_left_alone() {
    let mut world = World::with(company()).await;
    world.hr_deletes(102).await;
    world.sync().await;
    world.clock("2026-11-24T08:00:00Z");
    world.plan().await;
    world.approve_as("grace").await;
    world.hr_adds(&world.company.rows[&102.into()]).await;
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-102: stale: the row says employed now
    revoke-102: stale: it needs block-102, which is stale
    ");
    assert_eq!((world.writes(), world.user("auth0|102").blocked), (String::new(), None));
    world.sync().await;
    world.assert_settled().await;
}

/// The company gave somebody another number: the same person, at the same address, works here still.
#[tokio::test]
async fn who_was_only_given_another_number_is_not_blocked() {
    let mut world = World::with(company()).await;
    world.sql("UPDATE employees SET id = 5102, auth0_user_id = NULL WHERE id = 102").await;
    world.sync().await;
    world.clock("2026-11-24T08:00:00Z");
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              1 person: 1 address of another employee's account

    held: address of another employee's account · 1 person
      5102 Staff 102: the address is on auth0|102, which is linked to employee 102
          ⤷ rollcall employee unlink 102, then rollcall employee link 5102 'auth0|102',
            if it is this person's; else give 5102 another address

    left alone: row gone · 1 person
      102 Staff 102: the row is gone from the employee table; auth0|102 stays as it is
          ⤷ rollcall employee unlink 102, if the account is nobody's any more;
            else bring the row back as terminated

    nothing to do · 1 held
    ");
    world.engine.unlink(&102.into(), &crate::world::person("op")).await.unwrap();
    world.carry_on().await;
    assert_eq!(world.linked(5102).await.unwrap().as_str(), "auth0|102");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_table_that_looks_wrong_counts_for_nobody() {
    let mut world = World::with(company()).await;
    world.sync().await;
    for id in 101..=107 {
        world.hr_deletes(id).await;
    }
    for day in ["24", "25", "26"] {
        world.clock(&format!("2026-11-{day}T08:00:00Z"));
        assert!(matches!(world.sync().await.outcome, SyncOutcome::Breached(_)));
    }
    assert_eq!(readings(&world, 101).await, None);
    let plan = world.plan().await;
    assert_eq!(plan.plan.counts().len(), 0, "nobody is blocked for it");
    assert_eq!(world.engine.store().plan(plan.id).await.unwrap().state, PlanState::Proposed);
}

#[tokio::test]
async fn blocks_of_the_absent_count_among_blocks() {
    let mut world = World::with(Company::new().staff(100).policy(|it| it.absent = Absent::Block)).await;
    world.sync().await;
    for (day, ids) in [("23", 101..=103), ("24", 104..=106)] {
        world.clock(&format!("2026-11-{day}T08:00:00Z"));
        for id in ids {
            world.hr_deletes(id).await;
        }
        world.sync().await;
    }
    world.clock("2026-11-25T08:00:00Z");
    let told: Vec<String> = world.plan().await.breaches.iter().map(ToString::to_string).collect();
    assert_snapshot!(told.join("\n"), @"blocks: 6 planned, 5 allowed");
}

/// By default a vanished row is only told; break-glass, ignored and unlinked people are left alone in any case.
#[tokio::test]
async fn who_may_not_be_touched_is_not_blocked_for_a_missing_row() {
    let mut company = company().policy(|it| it.break_glass = [diff::UserId::new("auth0|102")].into());
    company.links.ignored_users.insert(diff::UserId::new("auth0|103"), "on loan".to_owned());
    company.links.ignored_employees.insert(104.into(), "twin row".to_owned());
    let mut world = World::with(company).await;
    for id in 102..=105 {
        world.hr_deletes(id).await;
    }
    world.sync().await;
    let by = crate::world::person("op");
    world.engine.unlink(&105.into(), &by).await.unwrap();
    world.clock("2026-11-24T08:00:00Z");
    assert!(world.preview().await.plan.is_empty());
    world.policy(|it| it.absent = Absent::Report);
    assert!(world.preview().await.plan.is_empty());
}
