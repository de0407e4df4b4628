//! What readings have found is kept by tenant and scope, and by employee.

use std::collections::{BTreeMap, BTreeSet};

use diff::{Absence, Digest, Feature, Left, Scope, Seen, Tenant};
use store::{Look, Looks, Store};

use crate::world::{at, everywhere, id, tenant};

fn it() -> Scope {
    Scope { columns: [("department".to_owned(), "it".to_owned())].into(), ..Scope::default() }
}

async fn rows(store: &Store, scope: &Scope) -> Option<usize> {
    store.last_rows(&tenant(), scope).await.unwrap()
}

#[tokio::test]
async fn the_last_good_number_of_rows_is_kept_for_each_scope_and_tenant() {
    everywhere(|world| async move {
        let store = world.store().await;
        assert_eq!(rows(&store, &Scope::everybody()).await, None);
        store.remember_rows(&tenant(), &Scope::everybody(), 100, at("08:00:00")).await.unwrap();
        store.remember_rows(&tenant(), &it(), 7, at("08:00:01")).await.unwrap();
        store.remember_rows(&tenant(), &Scope::everybody(), 98, at("09:00:00")).await.unwrap();
        assert_eq!((rows(&store, &Scope::everybody()).await, rows(&store, &it()).await), (Some(98), Some(7)));
        let other = store.last_rows(&Tenant::new("other.example"), &it()).await.unwrap();
        assert_eq!(other, None);
    })
    .await;
}

#[tokio::test]
async fn whose_row_is_gone_is_replaced_as_a_whole() {
    everywhere(|world| async move {
        let store = world.store().await;
        let absence = |readings| Absence { readings, since: at("08:00:00"), counted_at: at("09:30:00.123") };
        let first: BTreeMap<_, _> = (1..=1_100).map(|it| (id(&it.to_string()), absence(1))).collect();
        store.store_absences(&tenant(), &first).await.unwrap();
        assert_eq!(store.absences(&tenant()).await.unwrap(), first);
        let second = BTreeMap::from([(id("1"), absence(2)), (id("K-9"), absence(1))]);
        store.store_absences(&tenant(), &second).await.unwrap();
        assert_eq!(store.absences(&tenant()).await.unwrap(), second);
        assert_eq!(store.absences(&Tenant::new("other.example")).await.unwrap(), BTreeMap::new());
        store.store_absences(&tenant(), &BTreeMap::new()).await.unwrap();
        assert_eq!(store.absences(&tenant()).await.unwrap(), BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn what_the_tenant_lacks_is_known_since_it_was_last_found_out() {
    everywhere(|world| async move {
        let store = world.store().await;
        let known = async |after: &str| store.lacks(&tenant(), at(after)).await.unwrap();
        let note =
            async |feature, now: &str| store.note_lack(&tenant(), feature, "403 no", at(now)).await.unwrap();
        note(Feature::Sessions, "08:00:00").await;
        note(Feature::RefreshTokens, "08:00:01").await;
        assert_eq!(known("07:00:00").await, Feature::ALL.into());
        assert_eq!(known("08:00:00").await, [Feature::RefreshTokens].into());
        note(Feature::Sessions, "10:00:00").await;
        assert_eq!(known("09:00:00").await, [Feature::Sessions].into());
        store.forget_lacks(&tenant()).await.unwrap();
        assert!(known("07:00:00").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_was_seen_of_the_rows_is_kept_by_employee_and_when_by_tenant() {
    everywhere(|world| async move {
        let store = world.store().await;
        let seen = |text: &str, left| Seen { fingerprint: Digest::of(&text), left };
        let first: BTreeMap<_, _> =
            (1..=1_100).map(|it| (id(&it.to_string()), seen("first", Left::Settled))).collect();
        store.store_rows_seen(&tenant(), &first, &BTreeSet::new()).await.unwrap();
        assert_eq!(store.rows_seen(&tenant()).await.unwrap(), first);
        let news =
            BTreeMap::from([(id("1"), seen("second", Left::Waits)), (id("K-9"), seen("new", Left::Depends))]);
        let gone: BTreeSet<_> = (2..=1_100).map(|it| id(&it.to_string())).collect();
        store.store_rows_seen(&tenant(), &news, &gone).await.unwrap();
        assert_eq!(store.rows_seen(&tenant()).await.unwrap(), news);
        assert_eq!(store.rows_seen(&Tenant::new("other.example")).await.unwrap(), BTreeMap::new());

        assert_eq!(store.looks(&tenant()).await.unwrap(), Looks::default());
        store.note_look(&tenant(), Look::Quick, at("08:00:00")).await.unwrap();
        let quick = store.looks(&tenant()).await.unwrap();
        assert!(quick.is_quick_since() && quick.last() == Some(at("08:00:00")));
        store.note_look(&tenant(), Look::Whole, at("09:00:00")).await.unwrap();
        let both = Looks { quick: Some(at("08:00:00")), whole: Some(at("09:00:00")) };
        assert_eq!(store.looks(&tenant()).await.unwrap(), both);
        assert!(!both.is_quick_since());
    })
    .await;
}
