//! One process: what it takes, skips, catches up, and how it ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use schedule::{NamedTwice, RunNowError, Runner, Schedule};

use crate::world::{Replica, World, at, quick, schedule, today};

fn nightly() -> Schedule<()> {
    schedule("nightly", "0 2 * * *", "UTC")
}

fn often() -> Schedule<()> {
    schedule("often", "*/5 * * * *", "UTC")
}

#[tokio::test]
async fn each_tick_is_taken_once_however_many_beats_there_are() {
    let world = World::of(vec![nightly(), quick("quick", "*/30 * * * *")], "01:15:00");
    let did = world.beat_until("03:05:00", TimeDelta::seconds(20)).await;
    assert_eq!(
        did,
        [
            "ran quick 01:30:00",
            "skipped quick 02:00:00: nightly of 2026-11-23 02:00:00 UTC was still going",
            "ran nightly 02:00:00",
            "ran quick 02:30:00",
            "ran quick 03:00:00"
        ],
        "and where both are due at once, the full run does what the quick one would have done"
    );
    assert_eq!(world.beat("03:05:00").await, [""; 0]);
}

#[tokio::test]
async fn a_night_of_summer_time_is_one_night() {
    for (zone, time, from, hours) in [
        ("Europe/Berlin", "30 2 * * *", "2026-03-28T23:50:00", 3),
        ("Europe/Berlin", "30 2 * * *", "2026-10-24T22:50:00", 4),
        ("America/New_York", "30 2 * * *", "2026-03-08T05:50:00", 3),
        ("America/New_York", "30 1 * * *", "2026-11-01T04:50:00", 4),
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T14:20:00", 3),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T13:50:00", 4),
    ] {
        let nightly = schedule("nightly", time, zone);
        let quarters_of_hours = schedule("quarters", "*/15 * * * *", zone);
        let world = World::beside("one", &Arc::default(), vec![nightly, quarters_of_hours], at(from));
        let mut did = Vec::new();
        for _ in 0..hours * 60 * 6 {
            did.extend(world.beat_at(world.now() + TimeDelta::seconds(10)).await);
        }
        let count = |name: &str| did.iter().filter(|it| it.contains(name)).count();
        assert_eq!((count("nightly"), count("quarters")), (1, hours * 4), "{zone} {from}: {did:#?}");
    }
}

#[tokio::test]
async fn a_schedule_that_is_new_waits_for_its_first_tick() {
    let world = World::of(vec![nightly()], "09:00:00");
    assert_eq!(world.beat("09:00:01").await, [""; 0]);
    let next = world.runner.schedules()[0].next;
    assert_eq!(next, Some(today("02:00:00") + TimeDelta::days(1)));
}

#[tokio::test]
async fn what_was_missed_while_down_is_caught_up_once() {
    let world = World::of(vec![nightly(), often()], "09:02:00");
    world.replica.table.took_before("nightly", at("2026-11-19T02:00:00"));
    world.replica.table.took_before("often", today("02:00:00"));
    assert_eq!(world.beat("09:02:00").await, ["ran nightly 02:00:00"]);
    assert_eq!(world.beat("09:02:01").await, ["ran often 09:00:00"]);
    assert_eq!(world.beat("09:02:02").await, [""; 0]);
    assert_eq!(world.beat("09:05:00").await, ["ran often 09:05:00"]);
}

#[tokio::test]
async fn a_tick_that_finds_its_own_schedule_at_work_is_skipped_and_recorded() {
    let world = World::of(vec![quick("quick", "*/5 * * * *")], "07:59:00");
    world.replica.work_long();
    assert_eq!(world.beat("08:00:00").await, ["ran quick 08:00:00"]);
    assert_eq!(world.beat("08:04:59").await, [""; 0]);
    let skipped = "skipped quick 08:05:00: quick of 2026-11-23 08:00:00 UTC was still going";
    assert_eq!(world.beat("08:05:00").await, [skipped]);
    assert_eq!(world.beat("08:05:01").await, [""; 0], "recorded once");
    world.let_end().await;
    assert_eq!(world.beat("08:06:00").await, [""; 0], "what was skipped is not made up for");
    assert_eq!(world.beat("08:10:00").await, ["ran quick 08:10:00"]);
    world.let_end().await;
    assert_eq!(
        world.replica.table.rows(),
        ["quick 23 08:00:00 one ran", "quick 23 08:05:00 one skipped", "quick 23 08:10:00 one ran"]
    );
}

#[tokio::test]
async fn a_nightly_run_is_not_lost_to_a_quick_one_that_is_going() {
    let world = World::of(vec![nightly(), quick("quick", "59 * * * *")], "01:58:00");
    world.replica.work_long();
    assert_eq!(world.beat("01:59:00").await, ["ran quick 01:59:00"]);
    assert_eq!(world.beat("02:00:00").await, [""; 0], "it waits");
    assert_eq!(world.runner.going().unwrap().to_string(), "quick of 2026-11-23 01:59:00 UTC");
    world.let_end().await;
    world.replica.work_long();
    assert_eq!(world.beat("02:00:30").await, ["ran nightly 02:00:00"]);
    let skipped = "skipped quick 02:59:00: nightly of 2026-11-23 02:00:00 UTC was still going";
    assert_eq!(world.beat("02:59:00").await, [skipped], "the full run sees what it would have");
    world.let_end().await;
}

#[tokio::test]
async fn whoever_waited_longest_has_the_next_turn() {
    let world = World::of(vec![quick("a", "*/10 * * * *"), quick("b", "5 * * * *")], "08:09:00");
    world.replica.work_long();
    assert_eq!(world.beat("08:10:00").await, ["ran a 08:10:00"]);
    assert_eq!(world.beat("09:05:00").await.len(), 1, "a finds itself at work; b waits");
    world.let_end().await;
    assert_eq!(world.beat("09:10:00").await, ["ran b 09:05:00"]);
    assert_eq!(world.beat("09:10:01").await, ["ran a 09:10:00"]);
}

#[tokio::test]
async fn work_that_panics_gives_the_turn_back() {
    let world = World::of(vec![schedule("panics", "0 * * * *", "UTC"), nightly()], "01:30:00");
    assert_eq!(world.beat("02:00:00").await, ["ran nightly 02:00:00"]);
    assert_eq!(world.beat("02:00:01").await, ["ran panics 02:00:00"]);
    assert_eq!(world.runner.going(), None);
    assert_eq!(world.beat("03:00:00").await, ["ran panics 03:00:00"]);
}

#[tokio::test]
async fn a_tick_is_asked_for_again_until_the_database_answers() {
    let world = World::of(vec![nightly(), often()], "01:59:00");
    world.replica.table.down(true);
    assert_eq!(world.beat("01:59:30").await, [""; 0], "even where it stands is not known");
    assert_eq!(world.beat("02:00:00").await, [""; 0]);
    assert_eq!(world.beat("02:07:00").await, [""; 0]);
    assert_eq!(world.runner.going(), None, "and nobody keeps the turn meanwhile");
    world.replica.table.down(false);
    assert_eq!(world.beat("02:07:01").await, ["ran nightly 02:00:00"]);
    assert_eq!(world.beat("02:07:02").await, ["ran often 02:05:00"], "the newest, once");
    world.replica.table.down(true);
    assert_eq!(world.beat("02:10:00").await, [""; 0]);
    world.replica.table.down(false);
    world.replica.table.lose_an_answer();
    assert_eq!(world.beat("02:10:01").await, [""; 0], "the row is there, and nobody was told");
    assert_eq!(world.beat("02:10:02").await, ["ran often 02:10:00"]);
    assert_eq!(world.beat("02:10:03").await, [""; 0]);
}

#[tokio::test]
async fn a_skip_that_cannot_be_recorded_is_tried_again() {
    let world = World::of(vec![quick("quick", "*/5 * * * *")], "07:59:00");
    world.replica.work_long();
    world.beat("08:00:00").await;
    world.replica.table.down(true);
    assert_eq!(world.beat("08:05:00").await, [""; 0]);
    world.replica.table.down(false);
    assert_eq!(world.beat("08:05:01").await.len(), 1);
    world.let_end().await;
}

#[tokio::test]
async fn a_pause_holds_until_it_is_taken_back_and_nothing_is_made_up_for() {
    let world = World::of(vec![quick("quick", "*/5 * * * *")], "07:59:00");
    assert_eq!(world.beat("08:00:00").await, ["ran quick 08:00:00"]);
    assert_eq!((world.runner.pause("quick"), world.runner.pause("quick")), (Ok(true), Ok(false)));
    assert_eq!(world.beat("08:12:00").await, [""; 0]);
    let standing = &world.runner.schedules()[0];
    assert!(standing.paused && standing.next.is_none());
    assert_eq!(world.runner.resume("quick"), Ok(true));
    assert_eq!(world.runner.schedules()[0].next, Some(today("08:15:00")));
    assert_eq!(world.beat("08:12:01").await, ["skipped quick 08:10:00: the schedule was paused"]);
    assert_eq!(world.beat("08:15:00").await, ["ran quick 08:15:00"]);
    assert_eq!(world.runner.resume("quick"), Ok(false));
    let unknown = world.runner.pause("hourly").unwrap_err();
    assert_eq!(unknown.to_string(), "find the schedule \"hourly\": there is none of that name");
}

#[tokio::test]
async fn a_pause_that_another_replica_was_told_of_is_taken_over() {
    let world = World::of(vec![nightly(), quick("quick", "*/5 * * * *")], "07:59:00");
    world.beat("08:00:00").await;
    world.runner.pause_only(&BTreeSet::from(["quick".to_owned(), "gone".to_owned()]));
    assert_eq!(world.beat("08:07:00").await, [""; 0]);
    world.runner.pause_only(&BTreeSet::new());
    assert_eq!(world.beat("08:07:01").await, ["skipped quick 08:05:00: the schedule was paused"]);
    assert_eq!(world.beat("08:10:00").await, ["ran quick 08:10:00"]);
}

#[tokio::test]
async fn a_schedule_is_run_by_hand_beside_its_ticks() {
    let world = World::of(vec![nightly(), quick("quick", "*/5 * * * *")], "07:59:00");
    world.runner.pause("nightly").unwrap();
    world.set(today("08:03:00.123"));
    world.replica.work_long();
    assert_eq!(world.runner.run_now("nightly").await.unwrap(), today("08:03:00.123"));
    let busy = world.runner.run_now("quick").await.unwrap_err();
    assert_eq!(
        busy.to_string(),
        "run the schedule: nightly of 2026-11-23 08:03:00 UTC is still going, wait for its end"
    );
    let skipped = "skipped quick 08:05:00: nightly of 2026-11-23 08:03:00 UTC was still going";
    assert_eq!(world.beat("08:05:00").await, [skipped, "ran nightly 08:03:00"]);
    world.let_end().await;
    assert_eq!(world.beat("08:10:00").await, ["ran quick 08:10:00"]);
    assert!(matches!(world.runner.run_now("hourly").await, Err(RunNowError::Unknown(_))));
    world.replica.table.down(true);
    assert!(matches!(world.runner.run_now("quick").await, Err(RunNowError::Claim(_))));
    assert_eq!(world.runner.going(), None);
}

#[tokio::test]
async fn a_list_that_is_read_again_loses_and_doubles_nothing() {
    let world = World::of(vec![nightly(), quick("quick", "*/5 * * * *")], "01:58:00");
    world.runner.pause("quick").unwrap();
    world.replica.work_long();
    assert_eq!(world.beat("02:00:00").await, ["ran nightly 02:00:00"]);
    let later = schedule("nightly", "30 2 * * *", "UTC");
    let hourly = quick("hourly", "0 * * * *");
    world.runner.reload(vec![later.clone(), quick("quick", "*/5 * * * *"), hourly.clone()]).unwrap();
    assert_eq!(world.runner.going().unwrap().schedule.as_str(), "nightly", "what is under way goes on");
    world.let_end().await;
    assert_eq!(world.beat("02:10:00").await, [""; 0], "still paused, and nothing is taken twice");
    assert_eq!(world.beat("02:30:00").await, ["ran nightly 02:30:00"]);
    // A tick that is due while the list is read again is taken by the new one.
    world.set(today("03:00:00"));
    world.runner.reload(vec![later, hourly]).unwrap();
    assert_eq!(world.beat("03:00:00").await, ["ran hourly 03:00:00"]);
    // Whoever comes back is found where the table says that it stood.
    world.replica.table.took_before("quick", today("02:00:00"));
    world.set(today("03:02:00"));
    world.runner.reload(vec![quick("quick", "*/5 * * * *")]).unwrap();
    assert_eq!(world.beat("03:02:00").await, ["ran quick 03:00:00"]);
    assert_eq!(world.runner.schedules().len(), 1);
}

#[tokio::test]
async fn the_configuration_pauses_too() {
    let resting = Schedule { paused: true, ..quick("quick", "*/5 * * * *") };
    let world = World::of(vec![resting], "07:59:00");
    assert_eq!(world.beat("08:05:00").await, [""; 0]);
    assert_eq!(world.runner.resume("quick"), Ok(false), "no person paused it");
    assert_eq!(world.beat("08:10:00").await, [""; 0]);
    world.runner.reload(vec![quick("quick", "*/5 * * * *")]).unwrap();
    assert_eq!(world.beat("08:11:00").await, ["skipped quick 08:10:00: the schedule was paused"]);
    assert_eq!(world.beat("08:15:00").await, ["ran quick 08:15:00"]);
}

#[tokio::test]
async fn two_of_one_name_are_refused_and_the_old_list_stays() {
    let world = World::of(vec![nightly()], "01:59:00");
    let refused = world.runner.reload(vec![quick("quick", "* * * * *"), nightly(), nightly()]).unwrap_err();
    assert_eq!(refused, NamedTwice("nightly".parse().unwrap()));
    assert_eq!(refused.to_string(), "two schedules are called nightly: give one of them another name");
    assert_eq!(world.beat("02:00:00").await, ["ran nightly 02:00:00"]);
    let replica = Replica::new("two", &world.replica.table);
    assert!(Runner::new(replica, vec![nightly(), nightly()], || today("02:00:00")).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_work_and_no_longer_than_it_may() {
    let world = World::of(vec![nightly()], "01:59:00");
    world.replica.work_long();
    world.beat("02:00:00").await;
    let still = world.runner.stop(Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(
        still.to_string(),
        "wait for the end of the work: nightly of 2026-11-23 02:00:00 UTC is still going"
    );
    let runner = world.runner.clone();
    let stopping = tokio::spawn(async move { runner.stop(Duration::from_secs(30)).await });
    tokio::task::yield_now().await;
    world.replica.let_end();
    assert_eq!(stopping.await.unwrap(), Ok(()));
    assert_eq!(world.beat_at(today("02:00:00") + TimeDelta::days(1)).await, [""; 0], "nothing more is begun");
    assert!(matches!(world.runner.run_now("nightly").await, Err(RunNowError::Stopping)));
}

#[tokio::test]
async fn ten_thousand_ticks_leave_the_runner_as_it_was() {
    let world = World::of(vec![quick("s", "* * * * * *"), nightly()], "10:00:00");
    let mut sizes = BTreeSet::new();
    let mut ran = 0;
    for second in 1..=10_000 {
        ran += world.beat_at(today("10:00:00") + TimeDelta::seconds(second)).await.len();
        if second % 1_000 == 1 {
            sizes.insert(format!("{:?}", world.runner).len());
        }
    }
    assert_eq!((ran, world.replica.table.len()), (10_000, 10_000));
    assert_eq!(sizes.len(), 1, "{sizes:?}");
}
