//! What only a whole run can see, and that it says so.

use std::collections::BTreeSet;

use diff::EmployeeId;

use super::company;
use crate::world::World;

fn ids(of: &BTreeSet<EmployeeId>) -> String {
    of.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_whole_run_tells_whom_quick_runs_had_missed() {
    let mut world = World::seen(company()).await;
    world.clock("2026-11-23T09:00:00Z");
    world.assert_nothing_due().await;
    world.in_auth0_user("auth0|101", |it| it.name = Some("Somebody Else".to_owned()));
    world.hr(102, "department", "IT").await;
    world.assert_settled_after_quick().await;
    world.hr(103, "department", "IT").await; // not missed: the next quick run would have had it
    world.clock("2026-11-23T09:05:00Z");
    let synced = world.sync().await;
    assert_eq!(ids(&synced.missed), "101");
    world.assert_settled().await;
    // Nothing was looked at in between, so nothing was missed.
    world.in_auth0_user("auth0|101", |it| it.name = Some("Somebody Else".to_owned()));
    world.clock("2026-11-23T09:10:00Z");
    assert_eq!(ids(&world.sync().await.missed), "");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_row_that_is_gone_is_forgotten_and_due_when_it_is_back() {
    let world = World::seen(company()).await;
    world.hr_deletes(101).await;
    world.assert_nothing_due().await;
    world.sync().await;
    world.hr_adds(&world.company.rows[&101.into()]).await;
    let preview = world.look().await.expect("the row is new");
    assert_eq!(preview.plan.document().scope.employees, [101.into()].into());
    world.quick().await;
    world.assert_nothing_due().await;
    world.assert_settled().await;
}

/// A filter settles those whom it lets through, and a part of what is due settles nobody.
#[tokio::test]
async fn a_pilot_settles_its_people_only() {
    let mut world = World::with(company()).await;
    world.company.scope.columns = [("department".to_owned(), "packing".to_owned())].into();
    world.company.scope.limit = Some(3);
    world.sync().await;
    assert!(world.look().await.unwrap().plan.document().scope.is_everybody(), "nobody was seen yet");
    world.company.scope.limit = None;
    world.sync().await;
    world.assert_nothing_due().await;
}

impl World {
    /// A quick run, after which its own rows are not due.
    async fn assert_settled_after_quick(&self) {
        assert!(self.quick().await.is_some());
        self.assert_nothing_due().await;
    }
}
