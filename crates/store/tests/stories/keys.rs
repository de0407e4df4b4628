//! The same request twice: by whichever process, it is done once.

use chrono::TimeDelta;
use store::{KEY_LIFETIME, KeptAnswer, Key, KeyBegun};

use crate::world::{at, everywhere, tenant};

fn answer() -> KeptAnswer {
    KeptAnswer {
        status: 201,
        content_type: Some("application/json".to_owned()),
        location: Some("/api/plans/7".to_owned()),
        body: "{\"employee\":\"7\"}".to_owned(),
    }
}

#[tokio::test]
async fn a_request_is_done_once_and_answered_alike_until_tomorrow() {
    everywhere(|world| async move {
        let (store, tenant, now) = (world.store().await, tenant(), at("08:00:00"));
        let key = Key { tenant: &tenant, caller: "grace", name: "k-1" };
        assert_eq!(store.begin_key(key, "a", now).await.unwrap(), KeyBegun::Now);
        assert_eq!(store.begin_key(key, "a", now).await.unwrap(), KeyBegun::UnderWay);
        store.end_key(key, &answer()).await.unwrap();
        assert_eq!(store.begin_key(key, "a", now).await.unwrap(), KeyBegun::Answered(answer()));
        assert_eq!(store.begin_key(key, "b", now).await.unwrap(), KeyBegun::OtherRequest);
        let hal = Key { caller: "hal", ..key };
        assert_eq!(store.begin_key(hal, "b", now).await.unwrap(), KeyBegun::Now, "the key of somebody else");
        store.forget_key(hal).await.unwrap();
        assert_eq!(store.begin_key(hal, "c", now).await.unwrap(), KeyBegun::Now, "given back");
        let later = now + TimeDelta::minutes(11);
        assert_eq!(store.begin_key(hal, "c", later).await.unwrap(), KeyBegun::Now, "its process died");
        let tomorrow = now + KEY_LIFETIME + TimeDelta::seconds(1);
        assert_eq!(store.begin_key(key, "b", tomorrow).await.unwrap(), KeyBegun::Now);
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    everywhere(|world| async move {
        let (store, tenant) = (world.store().await, tenant());
        let begun = futures_util::future::join_all((0..8).map(|_| {
            let key = Key { tenant: &tenant, caller: "grace", name: "k" };
            store.begin_key(key, "a", at("08:00:00"))
        }));
        let begun: Vec<KeyBegun> = begun.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(begun.iter().filter(|it| **it == KeyBegun::Now).count(), 1);
    })
    .await;
}
