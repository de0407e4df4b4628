//! Several processes and one table.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use schedule::Schedule;

use crate::world::{Table, World, quick, schedule, today};

fn two(schedules: &[Schedule<()>], time: &str) -> [World; 2] {
    let table: Arc<Table> = Arc::default();
    ["one", "two"].map(|it| World::beside(it, &table, schedules.to_vec(), today(time)))
}

#[tokio::test]
async fn of_two_replicas_one_takes_each_tick_and_where_one_dies_the_other_goes_on() {
    let schedules = [schedule("nightly", "0 2 * * *", "UTC"), quick("quick", "*/5 * * * *")];
    let [one, two] = two(&schedules, "01:58:00");
    let table = Arc::clone(&one.replica.table);
    let mut minute = today("01:58:00");
    while minute < today("02:31:00") {
        minute += TimeDelta::minutes(1);
        // Now the one is first, now the other.
        let (first, second) = if minute.timestamp() / 60 % 2 == 0 { (&one, &two) } else { (&two, &one) };
        for beat in 0..3 {
            first.beat_at(minute + TimeDelta::seconds(beat)).await;
            second.beat_at(minute + TimeDelta::seconds(beat)).await;
        }
    }
    let rows = table.rows();
    assert_eq!(rows.len(), 8, "{rows:#?}");
    assert!(rows.iter().any(|it| it.contains("one ran")) && rows.iter().any(|it| it.contains("two ran")));
    // It dies in the middle of its work: its row stays, and nobody does that tick again.
    one.replica.work_long();
    assert_eq!(one.beat("02:35:00").await, ["ran quick 02:35:00"]);
    drop(one);
    assert_eq!(two.beat("02:35:01").await, [""; 0]);
    assert_eq!(two.beat("02:40:00").await, ["ran quick 02:40:00"]);
    assert_eq!(table.len(), 10);
}

#[tokio::test]
async fn a_replica_that_is_at_work_leaves_what_it_can_to_the_other() {
    let [one, two] =
        two(&[schedule("a", "0 * * * *", "UTC"), schedule("b", "10 * * * *", "UTC")], "07:59:00");
    one.replica.work_long();
    assert_eq!(one.beat("08:00:00").await, ["ran a 08:00:00"]);
    assert_eq!(one.beat("08:10:00").await, [""; 0], "it waits for its turn");
    assert_eq!(two.beat("08:10:00").await, ["ran b 08:10:00"]);
    one.let_end().await;
    assert_eq!(one.beat("08:10:01").await, [""; 0]);
}

#[tokio::test]
async fn a_pause_is_recorded_by_one_of_all_that_go_on() {
    let [one, two] = two(&[quick("quick", "*/5 * * * *")], "07:59:00");
    for it in [&one, &two] {
        it.beat("07:59:01").await;
        it.runner.pause("quick").unwrap();
        it.set(today("08:06:00"));
        it.runner.resume("quick").unwrap();
    }
    assert_eq!(one.beat("08:06:00").await, ["skipped quick 08:05:00: the schedule was paused"]);
    assert_eq!(two.beat("08:06:00").await, [""; 0]);
    assert_eq!(one.replica.table.rows(), ["quick 23 08:05:00 one skipped"]);
}

#[tokio::test]
async fn two_replicas_agree_on_jitter() {
    let late = Schedule { jitter: Duration::from_mins(5), ..quick("quick", "*/10 * * * *") };
    let [one, two] = two(&[late], "08:00:01");
    let next = |it: &World| it.runner.schedules()[0].next.unwrap();
    assert_eq!(next(&one), next(&two));
    let begins = next(&one);
    assert!(begins > today("08:10:00") && begins < today("08:15:00"), "{begins}");
    assert_eq!(two.beat_at(begins - TimeDelta::seconds(1)).await, [""; 0]);
    assert_eq!(two.beat_at(begins).await, ["ran quick 08:10:00"]);
    assert_eq!(one.beat_at(begins).await, [""; 0]);
}

#[tokio::test]
async fn a_row_of_a_time_to_come_does_not_silence_a_schedule() {
    let world = World::of(vec![quick("quick", "*/5 * * * *")], "07:59:00");
    world.replica.table.took_before("quick", today("20:00:00") + TimeDelta::days(300));
    assert_eq!(world.beat("08:00:00").await, ["ran quick 08:00:00"]);
}
