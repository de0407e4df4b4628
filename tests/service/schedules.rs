//! Schedules at work in a served instance. When each is due is told by the stories of the crate `schedule`.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use diff::{Automatic, Scope};
use schedule::{Extent, Freeze, Handling};
use serde_json::{Value, json};
use server::Planned;
use simulator::Options;

use super::served::{As, Served};
use crate::world::{Company, World};

/// A schedule that ticks as the cron says, of everybody, for review.
pub(super) fn schedule(name: &str, cron: &str) -> Planned {
    Planned {
        name: name.parse().unwrap(),
        cron: cron.parse().unwrap(),
        zone: chrono_tz::Europe::Berlin,
        work: Extent::Full,
        plan: Handling::Review,
        scope: Scope::everybody(),
        freeze: Vec::new(),
        jitter: Duration::ZERO,
        paused: false,
    }
}

/// It never comes while a story goes on.
const NEVER: &str = "0 3 29 2 *";

/// A leaver, a mover and people about whom there is nothing to do.
fn changes() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .staff(10)
        .cell(1, "status", "terminated")
        .cell(2, "department", "Shipping")
        .policy(|it| it.review.auto_approve = [Automatic::Block, Automatic::Revoke].into())
}

async fn served(company: Company, planned: Vec<Planned>) -> Served {
    Served::over(World::with(company).await, |_| (), planned).await
}

fn is_blocked(served: &Served, user: &str) -> bool {
    let state = served.world.simulator.state();
    state.users.iter().find(|it| it.user_id == user).unwrap().blocked == Some(true)
}

fn states(ticks: &[Value]) -> Vec<&str> {
    ticks.iter().map(|it| it["state"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_tick_has_a_plan_wait_for_a_person() {
    let served = served(changes(), vec![schedule("nightly", NEVER)]).await;
    let begun = served.post("/api/schedules/nightly/run").by(As::Approver).send().await;
    assert_eq!(begun.status, 202, "{begun}");
    let ticks = served
        .until("/api/schedules/nightly/ticks", |it| {
            it.items().first().is_some_and(|it| !it["ended_at"].is_null())
        })
        .await;
    assert_eq!(ticks.items()[0]["note"], "plan 1 waits for a person", "{ticks}");
    let plans = served.get("/api/plans").send().await;
    assert_eq!(plans.items()[0]["state"], "proposed");
    assert_eq!(served.get("/api/runs").send().await.items().len(), 0, "nothing is written");
    let audited = served.audited("&event=schedule_run").await;
    assert_eq!(audited[0]["by"], "approver");
}

#[tokio::test]
async fn what_the_policy_lets_through_is_done_at_once_and_the_rest_waits() {
    let nightly = Planned { plan: Handling::AutoApprove, ..schedule("nightly", "* * * * * *") };
    let served = served(changes(), vec![nightly]).await;
    served.until("/api/schedules/nightly/ticks", |it| states(it.items()).contains(&"done")).await;
    assert!(is_blocked(&served, "auth0|1"), "the leaver is out");
    let plans = served.get("/api/plans").send().await;
    let waits = plans.items().iter().find(|it| it["state"] == "proposed").unwrap();
    assert_eq!(waits["figures"]["changes"], json!({ "update": 1 }), "the mover waits");
}

#[tokio::test]
async fn in_a_freeze_access_is_taken_away_and_nothing_else_is_done() {
    let now = Utc::now();
    let freeze = Freeze::between(now - TimeDelta::hours(1), now + TimeDelta::hours(1)).unwrap();
    let nightly = Planned { freeze: vec![freeze], plan: Handling::AutoApprove, ..schedule("nightly", NEVER) };
    let served = served(changes(), vec![nightly]).await;
    assert_eq!(served.get("/api/schedules").send().await.body[0]["frozen"], true);
    served.post("/api/schedules/nightly/run").send().await;
    served.until("/api/schedules/nightly/ticks", |it| states(it.items()) == ["done"]).await;
    assert!(is_blocked(&served, "auth0|1"), "the leaver is out");
    let plans = served.get("/api/plans").send().await;
    assert!(plans.items().iter().all(|it| it["figures"]["changes"].get("update").is_none()), "{plans}");
}

#[tokio::test]
async fn a_quick_schedule_deals_with_who_has_changed() {
    let quick = Planned { work: Extent::Quick, plan: Handling::AutoApprove, ..schedule("changes", NEVER) };
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .staff(10)
        .policy(|it| it.review.auto_approve = [Automatic::Block, Automatic::Revoke].into());
    let served = served(company, vec![quick]).await;
    let run = || served.post("/api/schedules/changes/run").send();
    let done = |count: usize| move |it: &super::served::Answer| states(it.items()) == vec!["done"; count];
    run().await;
    served.until("/api/schedules/changes/ticks", done(1)).await;
    served.world.hr(1, "status", "terminated").await;
    served.world.simulator.clear_journal();
    tokio::time::sleep(Duration::from_millis(5)).await; // two ticks of one moment would be one
    run().await;
    served.until("/api/schedules/changes/ticks", done(2)).await;
    let journal = served.world.simulator.journal();
    assert!(journal.iter().all(|it| !it.path.contains("auth0%7C101")), "nobody else is looked at");
    assert!(is_blocked(&served, "auth0|1"));
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_schedule_rests_in_every_process_until_it_is_resumed() {
    let planned = || vec![schedule("nightly", "* * * * * *")];
    let mut served = served(changes(), planned()).await;
    assert_eq!(served.post("/api/schedules/nightly/pause").by(As::Viewer).send().await.status, 403);
    assert_eq!(served.post("/api/schedules/nightly/pause").by(As::Approver).send().await.status, 204);
    let paused = |it: &super::served::Answer| it.body[0]["paused"] == true && it.body[0]["next"].is_null();
    served.until("/api/schedules", paused).await;
    let another = served.another("host:2", planned()).await;
    let before = served.get("/api/schedules/nightly/ticks?limit=500").send().await.items().len();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let after = served.get("/api/schedules/nightly/ticks?limit=500").send().await;
    assert!(after.items().len() <= before + 1, "one was perhaps under way: {after}");
    assert!(another.stop().await);
    assert_eq!(served.post("/api/schedules/nightly/resume").send().await.status, 204);
    served.until("/api/schedules", |it| it.body[0]["paused"] == false).await;
    served
        .until("/api/schedules/nightly/ticks?limit=500", |it| {
            states(it.items()).iter().filter(|it| **it == "done").count() > before
        })
        .await;
    let events: Vec<Value> = served.audited("").await.iter().map(|it| it["event"].clone()).collect();
    assert!(
        events.contains(&json!("schedule_paused")) && events.contains(&json!("schedule_resumed")),
        "{events:?}"
    );
    assert!(served.stop().await);
}

#[tokio::test]
async fn a_tick_that_finds_a_run_going_is_skipped_and_recorded() {
    let company =
        (20..40).fold(changes(), |it, id| it.row(id, &format!("Joiner {id}"), "Packing", "associate"));
    let world = World::at(company, Options { latency_ms: 700, ..Options::default() }).await;
    let served = Served::over(world, |_| (), vec![schedule("nightly", "* * * * * *")]).await;
    let ticks = served
        .until("/api/schedules/nightly/ticks?limit=500", |it| states(it.items()).contains(&"skipped"))
        .await;
    let skipped = ticks.items().iter().find(|it| it["state"] == "skipped").unwrap();
    let note = skipped["note"].as_str().unwrap();
    assert!(note.contains("nightly"), "it says what it found: {note}");
}

#[tokio::test]
async fn schedules_are_listed_and_those_that_are_not_there_are_not_found() {
    let scoped = Planned {
        scope: Scope { only: [diff::Kind::Create].into(), limit: Some(20), ..Scope::everybody() },
        freeze: vec!["12-20..01-02".parse().unwrap()],
        jitter: Duration::from_mins(5),
        paused: true,
        ..schedule("joiners", "*/5 6-20 * * mon-fri")
    };
    let served = served(changes(), vec![schedule("nightly", NEVER), scoped]).await;
    let mut listed = served.get("/api/schedules").by(As::Viewer).send().await;
    listed.body[1]["next"] = json!("(some day)");
    insta::assert_snapshot!(format!("{:#}", listed.body));
    for asking in [served.get("/api/schedules/never/ticks"), served.post("/api/schedules/never/run")] {
        let none = asking.send().await;
        assert_eq!((none.status, none.problem()), (404, "not-found"), "{none}");
    }
}
