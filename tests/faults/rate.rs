//! So much fails that something is wrong with more than one person.

use insta::assert_snapshot;
use simulator::Trouble;

use crate::world::{Company, World, fault};

/// So many who move, beside a leaver, a mover and a joiner.
fn movers(count: i64) -> Company {
    let company = Company::new()
        .staff(count)
        .settled(7, "Ana Silva", "Packing", "associate")
        .settled(8, "Ben Okoye", "Packing", "associate")
        .row(9, "Cem Aydin", "Packing", "associate")
        .cell(7, "status", "terminated")
        .cell(8, "role_code", "manager")
        .policy(|it| it.limits.updates.at_least = 100);
    (101..101 + count).fold(company, |it, id| it.cell(id, "department", "IT"))
}

async fn approved(company: Company) -> World {
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world
}

/// What ended how, a line an outcome.
fn counted(report: &diff::Report) -> String {
    report.counts().iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn ten_failures_in_a_row_end_the_run_and_access_was_taken_away_before() {
    let world = approved(movers(15)).await;
    world.faults(vec![fault("PATCH", "/api/v2/users/auth0%7C1*", 1, 0, Trouble::ServerError)]);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(report.stopped.clone().unwrap(), @"10 calls in a row failed, and 10 are too many: see why with rollcall run show 1, then rollcall apply 1 goes on");
    assert_snapshot!(counted(&report), @"4 applied, 10 failed, 8 not tried");
    assert_eq!(world.user("auth0|7").blocked, Some(true));
    assert_eq!(world.count("POST /api/v2/users"), 0, "nobody is given anything any more");
    world.faults(Vec::new());
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_fifth_of_twenty_ends_the_run() {
    let world = approved(movers(25)).await;
    let every_third = ["*102", "*105", "*108", "*111", "*114", "*117"];
    let fails =
        every_third.map(|it| fault("PATCH", &format!("/api/v2/users/{it}"), 1, 0, Trouble::ServerError));
    world.faults(fails.into());
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(report.stopped.clone().unwrap(), @"5 of 20 calls failed, and 20 % are too many: see why with rollcall run show 1, then rollcall apply 1 goes on");
    assert_snapshot!(counted(&report), @"13 applied, 5 failed, 14 not tried");
    world.faults(Vec::new());
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn access_is_taken_away_to_the_end_whatever_fails() {
    let leavers = (1..=12).fold(Company::new().staff(20), |it, id| {
        it.settled(id, &format!("Leaver {id}"), "Packing", "associate").cell(id, "status", "terminated")
    });
    let company =
        leavers.row(50, "Dora Novak", "Packing", "associate").policy(|it| it.limits.blocks.at_least = 100);
    let world = approved(company).await;
    world.faults(vec![fault("PATCH", "/api/v2/users/*", 1, 0, Trouble::ServerError)]);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(report.stopped.clone().unwrap(), @"12 of 48 calls failed, and 20 % are too many: see why with rollcall run show 1, then rollcall apply 1 goes on; the blocks of 12 people are not complete");
    assert_snapshot!(counted(&report), @"12 applied, 12 failed, 2 not tried");
    assert_eq!(world.count("PATCH /api/v2/users/{id}"), 12 * 4, "every block was tried");
    assert_eq!(world.count("DELETE /api/v2/users/{id}/roles"), 12, "and every role was taken");
    assert_eq!(world.count("POST /api/v2/users"), 0);
    world.faults(Vec::new());
    world.apply().await;
    world.assert_settled().await;
}
