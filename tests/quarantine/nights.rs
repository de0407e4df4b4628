//! A change that Auth0 refuses night after night.

use insta::assert_snapshot;

use super::{a_name_too_long, strict};
use crate::world::person;

#[tokio::test]
async fn a_change_that_is_refused_is_counted_then_parked_and_tried_after_6_12_and_24_hours() {
    let mut world = strict(a_name_too_long()).await;
    assert_snapshot!(world.night().await, @"update-1: failed: PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)");
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: update failed once, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 08:00 UTC on"#);
    world.after_hours(1);
    assert_snapshot!(world.night().await, @"update-1: failed: PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)");
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on (parked)"#);
    let plan = world.plan().await;
    assert_snapshot!(plan, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: parked after failures · 1 person
      1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1:
          Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on
          property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on
          ⤷ rollcall quarantine release 1 --kind update, once mended

    nothing to do · 1 parked
    "#);
    assert!(plan.plan.is_empty());
    let mut tried = Vec::new();
    for hours in 2..=66 {
        world.after_hours(hours);
        if world.night().await != "nothing to do" {
            tried.push(hours);
        }
    }
    // 6 hours after the second, 12 after the third, and then every day: an hour short of it, so that a nightly
    // run meets it.
    assert_eq!(tried, [7, 19, 42, 65]);
}

#[tokio::test]
async fn after_28_days_it_waits_for_a_person_and_succeeds_when_auth0_takes_it() {
    let mut world = strict(a_name_too_long()).await;
    let mut nights = 0;
    for night in 0..35 {
        world.after_hours(24 * night);
        nights += u32::from(world.night().await != "nothing to do");
    }
    assert_eq!(nights, 29, "the first, and the 28 nights after it");
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: update failed 29 times, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)"; not tried again until somebody releases it (parked)"#);
    world.accepts_names_of(300);
    assert_eq!(world.night().await, "nothing to do", "nobody has released it");
    let employee = engine::Whose::Of([1.into()].into());
    world.engine.release(&employee, None, &person("grace")).await.unwrap();
    assert_snapshot!(world.night().await, @"update-1: applied");
    assert_eq!(world.quarantine().await, "");
    assert_eq!(world.user("auth0|1").name.as_deref(), Some("Ana Maria da Conceição Silva"));
    world.assert_settled().await;
}

#[tokio::test]
async fn auth0_takes_it_by_itself_and_it_is_forgotten() {
    let mut world = strict(a_name_too_long()).await;
    world.night().await;
    world.after_hours(1);
    world.night().await;
    world.accepts_names_of(300);
    world.after_hours(6);
    assert_eq!(world.night().await, "nothing to do", "it is parked");
    world.after_hours(7);
    assert_eq!(world.night().await, "update-1: applied");
    assert_eq!(world.quarantine().await, "");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_corrected_row_is_tried_at_once_and_counted_anew() {
    let mut world = strict(a_name_too_long()).await;
    world.night().await;
    world.after_hours(1);
    world.night().await;
    world.hr(1, "full_name", "Ana da Conceição").await;
    assert_eq!(world.plan().await.plan.changes().len(), 1, "it is another change");
    world.night().await;
    assert_snapshot!(world.quarantine().await, @r#"1 Ana da Conceição: update failed once, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (16 chars), maximum 12' on property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 09:00 UTC on"#);
    world.hr(1, "full_name", "Ana Sousa").await;
    assert_eq!(world.night().await, "update-1: applied");
    assert_eq!(world.quarantine().await, "");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_row_that_is_changed_back_takes_its_failures_with_it() {
    let mut world = strict(a_name_too_long()).await;
    world.night().await;
    world.after_hours(1);
    world.night().await;
    world.hr(1, "full_name", "Ana Silva").await;
    assert_eq!(world.night().await, "nothing to do");
    assert_eq!(world.quarantine().await, "");
    world.assert_settled().await;
}

#[tokio::test]
async fn others_go_on_beside_it() {
    let mut world = strict(a_name_too_long()).await;
    world.night().await;
    world.after_hours(1);
    world.night().await;
    world.hr(2, "department", "IT").await;
    assert_snapshot!(world.plan().await, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           1 update
    held              nobody

    update · 1 person
      ~ 2 Ben Okoye  auth0|2
          user_metadata.department: Packing → IT (from department)

    left alone: parked after failures · 1 person
      1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1:
          Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on
          property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 15:00 UTC on
          ⤷ rollcall quarantine release 1 --kind update, once mended
    "#);
    assert_eq!(world.night().await, "update-2: applied");
    world.assert_settled().await;
}
