//! Who is due, what that costs, and what becomes of it.

use diff::Breach;
use engine::SyncOutcome;
use insta::assert_snapshot;
use simulator::Trouble;

use super::company;
use crate::world::{Company, World};

#[tokio::test]
async fn a_changed_row_costs_a_few_calls_and_no_row_costs_none() {
    let world = World::seen(company()).await;
    world.assert_nothing_due().await;
    world.hr(101, "department", "IT").await;
    world.quick_does("update-101: applied").await;
    assert_snapshot!(world.journal(), @r#"
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    GET /users/auth0|101 → 200
    GET /users/auth0|101/roles?include_totals=true&per_page=100 → 200
    PATCH /users/auth0|101 {"user_metadata":{"department":"IT"}} → 200
    "#);
    world.assert_nothing_due().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_leaver_by_status_is_blocked_and_the_others_are_not_looked_at() {
    let world = World::seen(company()).await;
    world.in_auth0(|it| it.users.retain(|it| it.user_id != "auth0|105"));
    world.hr_deletes(106).await;
    world.hr(104, "status", "terminated").await;
    world.quick_does("block-104: applied\nrevoke-104: applied").await;
    assert_eq!(world.user("auth0|106").blocked, None, "no row is not left");
    world.assert_nothing_due().await;
}

/// Nobody has touched the row; the day has.
#[tokio::test]
async fn a_last_day_that_is_over_is_a_change() {
    let mut world = World::seen(company().cell(104, "ends_on", "2026-11-23")).await;
    world.assert_nothing_due().await;
    world.clock("2026-11-24T00:05:00Z");
    world.quick_does("block-104: applied\nrevoke-104: applied").await;
    world.assert_nothing_due().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_joiner_is_made_and_the_write_back_is_no_change() {
    let world = World::seen(company()).await;
    world.hr_adds(&Company::new().row(300, "Joy Joiner", "Packing", "associate").rows[&300.into()]).await;
    world.quick_does("create-300: applied\ngrant-300: applied").await;
    let columns = world.engine.store().written_back().await.unwrap();
    assert_eq!(columns[&300.into()].user, world.linked(300).await, "the columns have changed");
    world.assert_nothing_due().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn the_first_quick_run_is_a_whole_one_and_so_is_the_first_of_another_policy() {
    let mut world = World::with(company().row(7, "Joy Joiner", "Packing", "associate")).await;
    world.quick_does("create-7: applied\ngrant-7: applied").await;
    world.assert_nothing_due().await;
    world.policy(|it| it.joiner_lead_days = 3);
    let preview = world.look().await.expect("every row is due");
    assert!(preview.plan.document().scope.is_everybody());
    world.assert_settled().await;
}

/// Two calls a person are more than a listing of all.
#[tokio::test]
async fn many_changed_rows_are_read_by_listing() {
    let world = World::seen(company()).await;
    for id in 101..=108 {
        world.hr(id, "department", "IT").await;
    }
    world.quick().await.unwrap();
    assert_eq!(world.count("GET /api/v2/users/{id}"), 0);
    assert_eq!(world.count("GET /api/v2/users"), 1);
    world.assert_nothing_due().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_fails_is_due_until_it_is_done() {
    let mut world = World::seen(company()).await;
    world.without_retries();
    world.hr(101, "department", "IT").await;
    world.hr(102, "department", "IT").await;
    world.fault("PATCH", "/api/v2/users/auth0%7C101", Trouble::ServerError);
    let synced = world.quick().await.unwrap();
    let SyncOutcome::Applied(report) = &synced.outcome else { panic!("{:?}", synced.outcome) };
    assert!(!report.is_complete());
    let due = world.look().await.expect("one is due");
    assert_eq!(due.plan.document().scope.employees, [101.into()].into());
    world.quick_does("update-101: applied").await;
    world.assert_nothing_due().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_process_that_dies_leaves_its_rows_due() {
    let world = World::seen(company()).await;
    world.hr(101, "department", "IT").await;
    world.hr(104, "status", "terminated").await;
    let dies = async {
        world.quick().await;
    };
    tokio::select! {
        () = dies => panic!("it ended before"),
        () = crate::world::until(|| world.count("PATCH /api/v2/users/{id}") > 0) => {}
    }
    world.sql("UPDATE rollcall_leases SET expires_at = '2020-01-01 00:00:00'").await;
    let synced = world.quick().await.expect("both are due");
    assert!(matches!(synced.outcome, SyncOutcome::Applied(_)), "{:?}", synced.outcome);
    while world.quick().await.is_some() {}
    world.assert_settled().await;
}

/// An admin role waits for a person, once; access that shall be taken away does not wait with it.
#[tokio::test]
async fn what_waits_for_a_person_is_not_asked_for_again_and_a_leaver_is() {
    let world = World::seen(company()).await;
    world.hr_adds(&Company::new().row(300, "Ada Admin", "IT", "admin").rows[&300.into()]).await;
    let synced = world.quick().await.unwrap();
    let SyncOutcome::Proposed(waiting) = synced.outcome else { panic!("{:?}", synced.outcome) };
    world.assert_nothing_due().await;
    world.hr(104, "status", "terminated").await;
    world.quick_does("block-104: applied\nrevoke-104: applied").await;
    // The first proposal is of other people, and stands.
    let stored = world.engine.store().plan(waiting).await.unwrap();
    assert_eq!(stored.state, store::PlanState::Proposed);
    world.assert_nothing_due().await;
}

/// Six are more than five, and fewer than a twentieth of the company.
#[tokio::test]
async fn shares_are_of_everybody_whoever_was_read() {
    let world = World::seen(Company::new().staff(700)).await;
    for id in 101..=106 {
        world.hr(id, "status", "terminated").await;
    }
    let preview = world.look().await.unwrap();
    assert_eq!(preview.breaches, Vec::<Breach>::new());
    let (pages, second_accounts) = (7, 6);
    assert_eq!(
        world.count("GET /api/v2/users"),
        pages + second_accounts,
        "all are read before any is refused"
    );
    for id in 107..=130 {
        world.hr(id, "status", "terminated").await;
    }
    let synced = world.quick().await.unwrap();
    assert!(matches!(synced.outcome, SyncOutcome::Breached(_)), "{:?}", synced.outcome);
    assert_eq!(world.writes(), "");
    assert!(world.look().await.is_some(), "they stay due");
}

/// Two rows with one address: the other's correction is a change for this one too.
#[tokio::test]
async fn whoever_waits_for_another_row_is_looked_at_with_it() {
    let company =
        company().row(301, "Pat One", "Packing", "associate").row(302, "Pat Two", "Packing", "associate");
    let world = World::seen(company.cell(302, "email", "pat.one@example.com")).await;
    world.assert_nothing_due().await;
    world.hr(302, "email", "pat.two@example.com").await;
    let synced = world.quick().await.unwrap();
    let SyncOutcome::Applied(report) = &synced.outcome else { panic!("{:?}", synced.outcome) };
    assert_snapshot!(world.said(report), @"
    create-301: applied
    create-302: applied
    grant-301: applied
    grant-302: applied
    ");
    world.assert_nothing_due().await;
    world.assert_settled().await;
}
