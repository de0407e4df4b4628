//! What failed, as it is kept between runs.

use chrono::{DateTime, Utc};
use diff::{Digest, EmployeeId, Kind, NextTry, Quarantined, Tally, Tenant};

use crate::world::{at, everywhere, grace, id, tenant, user};

fn failed(employee: &str, kind: Kind, failures: u32, next: DateTime<Utc>) -> Quarantined {
    Quarantined {
        employee: id(employee),
        kind,
        user: Some(user(employee)),
        action: Digest::of(&"what was tried"),
        failures,
        first_failed_at: at("07:00:00.123"),
        last_failed_at: at("08:00:00"),
        error: "PATCH /users/auth0|1: Auth0 answers 400 Zoë's name 🦊 is too long".repeat(100),
        next: NextTry::At { at: next },
    }
}

fn counted(failed: &[&Quarantined]) -> Tally {
    Tally { failed: failed.iter().map(|it| (*it).clone()).collect(), over: Vec::new() }
}

fn over(keys: &[(EmployeeId, Kind)]) -> Tally {
    Tally { failed: Vec::new(), over: keys.to_vec() }
}

#[tokio::test]
async fn what_failed_is_kept_by_employee_and_kind_until_it_is_done() {
    everywhere(|world| async move {
        let store = world.store().await;
        let update = failed("e1", Kind::Update, 2, at("14:00:00.005"));
        let grant = Quarantined { user: None, ..failed("e1", Kind::GrantRoles, 1, at("08:00:00")) };
        let other = failed("E1", Kind::Update, 7, at("20:00:00"));
        store.count_failures(&tenant(), &counted(&[&update, &grant, &other])).await.unwrap();
        let known = store.quarantine(&tenant()).await.unwrap();
        assert_eq!(known.len(), 3);
        assert_eq!(known[&(id("e1"), Kind::Update)], update, "to the millisecond");
        assert_eq!(known[&(id("e1"), Kind::GrantRoles)], grant);
        assert_eq!(known[&(id("E1"), Kind::Update)], other);
        assert!(store.quarantine(&Tenant::new("other")).await.unwrap().is_empty());
        let again = Quarantined { failures: 3, next: NextTry::WhenReleased, ..update.clone() };
        let mut tally = counted(&[&again]);
        tally.over.push((id("e1"), Kind::GrantRoles));
        store.count_failures(&tenant(), &tally).await.unwrap();
        let of_one = store.quarantine_of(&tenant(), &id("e1")).await.unwrap();
        assert_eq!(of_one.into_values().collect::<Vec<_>>(), [again]);
        let done = over(&[(id("e1"), Kind::Update), (id("e7"), Kind::Update)]);
        store.count_failures(&tenant(), &done).await.unwrap();
        assert_eq!(store.quarantine(&tenant()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_and_the_same_ones_again() {
    everywhere(|world| async move {
        let store = world.store().await;
        let many: Vec<Quarantined> =
            (0..1_200).map(|it| failed(&it.to_string(), Kind::Create, 1, at("08:00:00"))).collect();
        let tally = Tally { failed: many, over: Vec::new() };
        store.count_failures(&tenant(), &tally).await.unwrap();
        store.count_failures(&tenant(), &tally).await.unwrap();
        assert_eq!(store.quarantine(&tenant()).await.unwrap().len(), 1_200);
    })
    .await;
}

#[tokio::test]
async fn a_decision_by_hand_changes_when_and_not_how_often() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = failed("1", Kind::Update, 2, at("14:00:00"));
        store.count_failures(&tenant(), &counted(&[&first])).await.unwrap();
        let dropped = first.clone().dropped(&grace(), "a contractor 🦊").unwrap();
        // A run counts one more while somebody decides about what was read before it.
        let more = Quarantined { failures: 3, ..first.clone() };
        store.count_failures(&tenant(), &counted(&[&more])).await.unwrap();
        assert!(store.set_next_try(&tenant(), &dropped).await.unwrap());
        let known = store.quarantine_of(&tenant(), &id("1")).await.unwrap();
        let known = &known[&(id("1"), Kind::Update)];
        let (by, why) = ("grace@host (unverified)".to_owned(), "a contractor 🦊".to_owned());
        assert_eq!((known.failures, &known.next), (3, &NextTry::Dropped { by, why }));
        let released = known.clone().released(at("09:00:00"));
        assert!(store.set_next_try(&tenant(), &released).await.unwrap());
        assert!(store.set_next_try(&tenant(), &released).await.unwrap(), "the same again is no news");
        let known = store.quarantine_of(&tenant(), &id("1")).await.unwrap();
        assert_eq!(known[&(id("1"), Kind::Update)], released);
        store.count_failures(&tenant(), &over(&[(id("1"), Kind::Update)])).await.unwrap();
        assert!(!store.set_next_try(&tenant(), &released).await.unwrap(), "it was done meanwhile");
    })
    .await;
}
