//! What people decide about what failed.

use diff::Kind;
use engine::Whose;
use insta::assert_snapshot;

use super::{a_name_too_long, strict};
use crate::world::{World, person};

async fn parked() -> World {
    let mut world = strict(a_name_too_long()).await;
    world.night().await;
    world.after_hours(1);
    world.night().await;
    world
}

#[tokio::test]
async fn what_is_released_is_tried_by_the_next_run_and_its_count_stays() {
    let world = parked().await;
    let whose = Whose::Of([1.into()].into());
    let released = world.engine.release(&whose, Some(Kind::Update), &person("grace")).await.unwrap();
    assert_eq!((released.released.len(), released.due.len()), (1, 0));
    let again = world.engine.release(&whose, None, &person("grace")).await.unwrap();
    assert_eq!((again.released.len(), again.due.len()), (0, 1), "it is due already");
    world.night().await;
    assert_snapshot!(world.quarantine().await, @r#"1 Ana Maria da Conceição Silva: update failed 3 times, the last time with "PATCH /users/auth0|1: Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on property name (Name of this user). (invalid_body)"; tried again from 2026-11-23 21:00 UTC on (parked)"#);
}

#[tokio::test]
async fn what_is_given_up_is_a_note_in_every_plan_until_it_is_released() {
    let mut world = parked().await;
    world.engine.drop_failing(&1.into(), None, "she is renamed in May", &person("grace")).await.unwrap();
    world.after_hours(24 * 100);
    assert_eq!(world.night().await, "nothing to do");
    assert_snapshot!(world.plan().await, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: parked after failures · 1 person
      1 Ana Maria da Conceição Silva: update failed 2 times, the last time with "PATCH /users/auth0|1:
          Auth0 answers 400 Payload validation error: 'String is too long (28 chars), maximum 12' on
          property name (Name of this user). (invalid_body)"; given up by grace: she is renamed in May
          ⤷ rollcall quarantine release 1 --kind update, to have it tried again

    nothing to do · 1 parked
    "#);
    world.accepts_names_of(300);
    world.engine.release(&Whose::All, None, &person("grace")).await.unwrap();
    assert_eq!(world.night().await, "update-1: applied");
    world.assert_settled().await;
}

#[tokio::test]
async fn what_is_given_up_stays_so_while_nothing_is_due() {
    let world = parked().await;
    world.engine.drop_failing(&1.into(), None, "she is renamed in May", &person("grace")).await.unwrap();
    world.hr(1, "full_name", "Ana Silva").await;
    assert_eq!(world.night().await, "nothing to do");
    world.hr(1, "full_name", "Ana Maria da Conceição Silva").await;
    assert_eq!(world.night().await, "nothing to do");
    world.hr(1, "full_name", "Ana Sousa").await;
    assert_eq!(world.night().await, "update-1: applied", "it is another change");
    assert_eq!(world.quarantine().await, "");
    world.assert_settled().await;
}

#[tokio::test]
async fn nothing_is_decided_about_what_is_not_there() {
    let world = parked().await;
    let (by, ana_and_ben) = (person("grace"), Whose::Of([1.into(), 2.into()].into()));
    let refused = world.engine.release(&ana_and_ben, None, &by).await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"nothing of employee 2 is in quarantine");
    assert!(world.preview().await.plan.is_empty(), "nothing was released");
    let ana = Whose::Of([1.into()].into());
    let refused = world.engine.release(&ana, Some(Kind::GrantRoles), &by).await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"no grant of employee 1 is in quarantine");
    let refused = world.engine.drop_failing(&7.into(), None, "why", &by).await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"nothing of employee 7 is in quarantine");
}
