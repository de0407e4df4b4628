//! Ticks are taken once, end once, and are forgotten in the end; pauses hold for everybody.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{Approver, RunId, Tenant};
use store::{Pause, SourceOptions, Store, StoredTick, TICKS_KEPT, TickEnd, TickPage, TickState};

use crate::world::{On, World, at, everywhere, grace, tenant};

async fn take(store: &Store, holder: &str, tick: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    store.take_tick(&tenant(), "nightly", tick, holder, now).await.unwrap()
}

async fn end(store: &Store, tick: DateTime<Utc>, state: TickState, now: DateTime<Utc>) -> bool {
    let end = TickEnd { state, note: None, run: None };
    store.end_tick(&tenant(), "nightly", tick, &end, now).await.unwrap()
}

async fn last(store: &Store) -> Option<StoredTick> {
    store.last_tick(&tenant(), "nightly").await.unwrap()
}

fn all() -> TickPage {
    TickPage { schedule: None, skip: 0, limit: 10_000 }
}

#[tokio::test]
async fn a_tick_is_taken_by_one_and_ends_once() {
    everywhere(|world| async move {
        let store = world.store().await;
        assert_eq!(last(&store).await, None);
        assert!(take(&store, "one", at("02:00:00"), at("02:00:00.5")).await);
        assert!(!take(&store, "two", at("02:00:00"), at("02:00:01")).await);
        assert!(take(&store, "one", at("02:00:00"), at("02:00:02")).await, "its first answer was lost");
        let other = Tenant::new("other");
        assert!(store.take_tick(&other, "nightly", at("02:00:00"), "two", at("02:00:01")).await.unwrap());
        assert!(store.take_tick(&tenant(), "Nightly", at("02:00:00"), "two", at("02:00:01")).await.unwrap());
        let taken = StoredTick {
            schedule: "nightly".to_owned(),
            at: at("02:00:00"),
            taken_by: "one".to_owned(),
            taken_at: at("02:00:00.5"),
            state: TickState::Running,
            note: None,
            run: None,
            ended_at: None,
        };
        assert_eq!(last(&store).await.as_ref(), Some(&taken));
        let how = TickEnd {
            state: TickState::Done,
            note: Some("plan 7 waits for an approval".to_owned()),
            run: Some(RunId(4)),
        };
        assert!(store.end_tick(&tenant(), "nightly", at("02:00:00"), &how, at("02:05:00")).await.unwrap());
        let TickEnd { state, note, run } = how;
        let done = StoredTick { state, note, run, ended_at: Some(at("02:05:00")), ..taken };
        assert_eq!(last(&store).await.as_ref(), Some(&done));
        assert!(!end(&store, at("02:00:00"), TickState::Failed, at("02:06:00")).await, "it is over");
        assert!(!take(&store, "one", at("02:00:00"), at("02:07:00")).await, "and nobody's any more");
        assert_eq!(last(&store).await, Some(done));
    })
    .await;
}

#[tokio::test]
async fn the_last_tick_is_any_and_the_last_good_one_was_done() {
    everywhere(|world| async move {
        let store = world.store().await;
        let ends = [TickState::Done, TickState::Failed, TickState::Done, TickState::Failed];
        for (hour, state) in (2..).zip(ends) {
            let tick = at(&format!("0{hour}:00:00"));
            assert!(take(&store, "one", tick, tick).await);
            assert!(end(&store, tick, state, tick).await);
        }
        let skip = async |holder: &str, tick| {
            let why = "the last run is still going";
            store.skip_tick(&tenant(), "nightly", tick, holder, why, tick).await.unwrap()
        };
        assert!(skip("one", at("06:00:00")).await);
        assert!(!skip("two", at("06:00:00")).await, "it is skipped already");
        assert!(!skip("two", at("05:00:00")).await, "and what was done is not skipped");
        assert!(!take(&store, "two", at("06:00:00"), at("06:00:01")).await);
        let newest = last(&store).await.unwrap();
        assert_eq!((newest.at, newest.state), (at("06:00:00"), TickState::Skipped));
        assert_eq!(newest.note.as_deref(), Some("the last run is still going"));
        let good = store.last_good_tick(&tenant(), "nightly").await.unwrap().unwrap();
        assert_eq!(good.at, at("04:00:00"));
        assert_eq!(store.last_good_tick(&tenant(), "quick").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn ticks_are_listed_newest_first_page_by_page() {
    everywhere(|world| async move {
        let store = world.store().await;
        for minute in 0..5 {
            let tick = at("02:00:00") + TimeDelta::minutes(minute);
            for schedule in ["nightly", "quick"] {
                store.take_tick(&tenant(), schedule, tick, "one", tick).await.unwrap();
            }
        }
        let told = async |page: &TickPage| {
            let rows = store.ticks(&tenant(), page).await.unwrap();
            rows.iter().map(|it| format!("{} {}", it.at.format("%M"), it.schedule)).collect::<Vec<_>>()
        };
        let first = TickPage { limit: 3, ..all() };
        assert_eq!(told(&first).await, ["04 nightly", "04 quick", "03 nightly"]);
        assert_eq!(
            told(&TickPage { skip: 3, ..first.clone() }).await,
            ["03 quick", "02 nightly", "02 quick"]
        );
        let of_one = TickPage { schedule: Some("quick".to_owned()), skip: 3, limit: 3 };
        assert_eq!(told(&of_one).await, ["01 quick", "00 quick"]);
        assert_eq!(store.ticks(&Tenant::new("other"), &all()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn who_never_ended_is_given_up_and_cannot_end_any_more() {
    everywhere(|world| async move {
        let store = world.store().await;
        take(&store, "dead", at("02:00:00"), at("02:00:00")).await;
        take(&store, "one", at("03:00:00"), at("03:00:00")).await;
        assert_eq!(store.abandon_ticks(&tenant(), at("02:00:00"), at("03:00:00")).await.unwrap(), 0);
        assert_eq!(store.abandon_ticks(&tenant(), at("02:00:01"), at("03:00:00")).await.unwrap(), 1);
        assert_eq!(
            store.abandon_ticks(&Tenant::new("other"), at("09:00:00"), at("09:00:00")).await.unwrap(),
            0
        );
        assert!(!end(&store, at("02:00:00"), TickState::Done, at("03:00:01")).await, "it woke up too late");
        assert!(!take(&store, "dead", at("02:00:00"), at("03:00:01")).await);
        let states: Vec<_> =
            store.ticks(&tenant(), &all()).await.unwrap().into_iter().map(|it| it.state).collect();
        assert_eq!(states, [TickState::Running, TickState::Abandoned]);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_race_for_two_hundred_ticks_each_tick_has_one() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(SourceOptions::default()).await;
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for second in 0..200 {
            let tick = at("02:00:00") + TimeDelta::seconds(second);
            let (one, two) = tokio::join!(take(&store, "one", tick, tick), take(&other, "two", tick, tick));
            assert!(one != two, "{tick}: {one} {two}");
            *taken.entry(if one { "one" } else { "two" }).or_default() += 1;
        }
        let rows = store.ticks(&tenant(), &all()).await.unwrap();
        assert_eq!(rows.len(), 200);
        for (holder, count) in taken {
            assert_eq!(rows.iter().filter(|it| it.taken_by == holder).count(), count);
        }
    })
    .await;
}

/// Failed ticks, a second apart, from two in the morning on.
async fn fill(world: &World, count: u64) {
    let moment = if world.on == On::Sqlite { "T%H:%M:%S+00:00" } else { " %H:%M:%S" };
    let rows = (0..count).map(|it| {
        let tick = at("02:00:00") + TimeDelta::seconds(it.try_into().unwrap());
        let tick = tick.format(&format!("%Y-%m-%d{moment}")).to_string();
        format!("('{}', 'nightly', '{tick}', 'one', '{tick}', 'failed')", tenant())
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    let columns = "tenant, schedule, at, taken_by, taken_at, state";
    world.sql(&format!("INSERT INTO rollcall_ticks ({columns}) VALUES {rows}")).await;
}

#[tokio::test]
async fn old_ticks_are_forgotten_but_not_the_last_good_one_nor_what_is_under_way() {
    everywhere(|world| async move {
        let store = world.store().await;
        take(&store, "one", at("01:00:00"), at("01:00:00")).await;
        take(&store, "one", at("01:30:00"), at("01:30:00")).await;
        end(&store, at("01:30:00"), TickState::Done, at("01:31:00")).await;
        store.take_tick(&tenant(), "weekly", at("00:00:00"), "one", at("00:00:00")).await.unwrap();
        fill(&world, TICKS_KEPT + 20).await;
        take(&store, "one", at("03:00:00"), at("03:00:00")).await;
        assert!(end(&store, at("03:00:00"), TickState::Failed, at("03:00:00")).await);
        let rows = store.ticks(&tenant(), &all()).await.unwrap();
        let [newest, .., oldest_kept, good, under_way, other] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!(rows.len() as u64, TICKS_KEPT + 3);
        assert_eq!((newest.at, oldest_kept.at), (at("03:00:00"), at("02:00:21")));
        assert_eq!((good.at, good.state), (at("01:30:00"), TickState::Done));
        assert_eq!((under_way.at, under_way.state), (at("01:00:00"), TickState::Running));
        assert_eq!(other.schedule, "weekly");
        store.skip_tick(&tenant(), "nightly", at("03:00:01"), "one", "busy", at("03:00:01")).await.unwrap();
        assert_eq!(store.ticks(&tenant(), &all()).await.unwrap().len(), rows.len(), "and it stays so");
    })
    .await;
}

#[tokio::test]
async fn a_pause_is_the_first_persons_and_for_everybody() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(SourceOptions::default()).await;
        let ada = Approver::Verified { name: "ada".to_owned() };
        assert_eq!(store.paused(&tenant()).await.unwrap(), []);
        assert!(store.pause(&tenant(), "quick", &grace(), at("08:00:00")).await.unwrap());
        assert!(!other.pause(&tenant(), "quick", &ada, at("09:00:00")).await.unwrap());
        assert!(other.pause(&tenant(), "nightly", &ada, at("09:00:00")).await.unwrap());
        let pause = |schedule: &str, by: &str, time| Pause {
            schedule: schedule.to_owned(),
            by: by.to_owned(),
            at: at(time),
        };
        assert_eq!(
            store.paused(&tenant()).await.unwrap(),
            [pause("nightly", "ada", "09:00:00"), pause("quick", "grace@host (unverified)", "08:00:00")]
        );
        assert_eq!(store.paused(&Tenant::new("other")).await.unwrap(), []);
        assert!(store.resume(&tenant(), "quick").await.unwrap());
        assert!(!other.resume(&tenant(), "quick").await.unwrap());
        assert_eq!(other.paused(&tenant()).await.unwrap(), [pause("nightly", "ada", "09:00:00")]);
    })
    .await;
}
