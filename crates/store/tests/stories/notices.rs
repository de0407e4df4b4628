//! One process sends notices, and what it told outlives it.

use chrono::{DateTime, TimeDelta, Utc};
use diff::Tenant;
use store::{Store, Turn};

use crate::world::{at, everywhere, tenant};

async fn take(store: &Store, holder: &str, now: DateTime<Utc>) -> Option<Turn> {
    store.take_turn(&tenant(), holder, now, TimeDelta::seconds(45)).await.unwrap()
}

async fn told(store: &Store, turn: &Turn) -> Vec<String> {
    store.told(turn).await.unwrap()
}

#[tokio::test]
async fn a_turn_is_held_renewed_given_away_and_fenced() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = take(&store, "one", at("07:00:00")).await.unwrap();
        assert!(take(&store, "two", at("07:00:44")).await.is_none());
        assert!(take(&store, "one", at("07:00:44")).await.is_none(), "a name is no proof");
        assert!(store.keep_turn(&first, at("07:00:40")).await.unwrap());
        assert_eq!(first.expires_at(), at("07:01:25"));
        assert!(take(&store, "two", at("07:01:00")).await.is_none());
        let second = take(&store, "two", at("07:01:25")).await.unwrap();
        assert!(!store.keep_turn(&first, at("07:01:26")).await.unwrap(), "it slept too long");
        store.end_turn(first).await.unwrap();
        assert!(take(&store, "three", at("07:01:27")).await.is_none(), "an old turn ends nothing");
        store.end_turn(second).await.unwrap();
        take(&store, "three", at("07:01:27")).await.unwrap();
        let other = Tenant::new("other");
        let other = store.take_turn(&other, "one", at("07:01:27"), TimeDelta::seconds(45)).await.unwrap();
        assert!(other.is_some());
    })
    .await;
}

#[tokio::test]
async fn what_was_told_is_kept_for_the_next_and_by_whoever_has_the_turn_alone() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = take(&store, "one", at("07:00:00")).await.unwrap();
        assert_eq!(told(&store, &first).await, Vec::<String>::new());
        assert!(store.keep_told(&first, &["plan 7 waits 🦊"]).await.unwrap());
        assert!(store.keep_told(&first, &["plan 7 waits 🦊"]).await.unwrap(), "the same again");
        let second = take(&store, "two", at("07:00:45")).await.unwrap();
        assert!(!store.keep_told::<String>(&first, &[]).await.unwrap());
        assert_eq!(told(&store, &second).await, ["plan 7 waits 🦊"]);
        assert!(store.keep_told::<String>(&second, &[]).await.unwrap());
        assert_eq!(told(&store, &second).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn of_two_who_race_for_a_hundred_turns_each_turn_has_one() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        for minute in 0..100 {
            let now = at("07:00:00") + TimeDelta::minutes(minute);
            let (one, two) = tokio::join!(take(&store, "one", now), take(&other, "two", now));
            assert!(one.is_some() != two.is_some(), "{now}: {one:?} {two:?}");
        }
    })
    .await;
}
