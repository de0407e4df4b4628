//! Ties, people to leave alone, and the tenant.

use diff::{Link, LinkError, Tenant};
use store::{Error, Tie};

use crate::world::{at, everywhere, id, tenant, tie, user};

#[tokio::test]
async fn one_employee_has_one_user_and_one_user_one_employee() {
    everywhere(|world| async move {
        let store = world.store().await;
        let now = at("07:00:00");
        store.tie(&tenant(), tie("1", "a"), now).await.unwrap();
        store.tie(&tenant(), tie("1", "a"), now).await.unwrap();
        let taken = store.tie(&tenant(), tie("1", "b"), now).await;
        assert!(matches!(taken, Err(Error::Link(LinkError::EmployeeTaken { .. }))));
        let taken = store.tie(&tenant(), tie("2", "a"), now).await;
        assert!(matches!(taken, Err(Error::Link(LinkError::UserTaken { .. }))));
        store.tie(&Tenant::new("other"), tie("2", "a"), now).await.unwrap();
        assert_eq!(store.links(&tenant()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ids_that_differ_in_case_are_different() {
    everywhere(|world| async move {
        let store = world.store().await;
        let now = at("07:00:00");
        store.tie_all(&tenant(), &[tie("e1", "abc"), tie("E1", "ABC")], now).await.unwrap();
        let links = store.links(&tenant()).await.unwrap();
        assert_eq!(links.owner(&user("abc")), Some(&id("e1")));
        assert_eq!(links.owner(&user("ABC")), Some(&id("E1")));
        assert_eq!(store.untie(&tenant(), &id("E1")).await.unwrap(), Some(user("ABC")));
        assert_eq!(store.untie(&tenant(), &id("E1")).await.unwrap(), None);
        assert_eq!(store.links(&tenant()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn all_or_none_of_many() {
    everywhere(|world| async move {
        let store = world.store().await;
        let now = at("07:00:00");
        let mut many: Vec<Tie> = (0..1_200).map(|it| tie(&it.to_string(), &it.to_string())).collect();
        store.tie_all(&tenant(), &many, now).await.unwrap();
        many.push(tie("5000", "5000"));
        many.push(tie("5001", "5000"));
        assert!(store.tie_all(&tenant(), &many, now).await.is_err());
        assert_eq!(store.links(&tenant()).await.unwrap().len(), 1_200);
    })
    .await;
}

#[tokio::test]
async fn two_at_once_tie_once() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (tenant, now) = (tenant(), at("07:00:00"));
        let (a, b) =
            tokio::join!(store.tie(&tenant, tie("1", "a"), now), store.tie(&tenant, tie("1", "b"), now));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let lost = a.and(b);
        assert!(matches!(lost, Err(Error::Link(LinkError::EmployeeTaken { .. }))), "{lost:?}");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_owed_until_it_is_sent() {
    everywhere(|world| async move {
        let store = world.store().await;
        let ours = |invited| Tie {
            link: Link { user: user("a"), created_by_us: true, invited },
            created_at: Some(at("06:59:59.123")),
            ..tie("1", "a")
        };
        store.tie(&tenant(), ours(false), at("07:00:00")).await.unwrap();
        assert!(!store.links(&tenant()).await.unwrap().of(&id("1")).unwrap().invited);
        store.mark_invited(&tenant(), &id("1"), at("07:00:01")).await.unwrap();
        store.mark_invited(&tenant(), &id("1"), at("09:00:00")).await.unwrap();
        store.tie(&tenant(), tie("1", "a"), at("10:00:00")).await.unwrap();
        store.seen(&tenant(), &[user("a"), user("z")], at("11:00:00.005")).await.unwrap();
        let link = store.link_of(&tenant(), &id("1")).await.unwrap().unwrap();
        assert!(link.created_by_us, "the same tie again forgets nothing");
        assert_eq!(link.created_at, Some(at("06:59:59.123")), "to the millisecond");
        assert_eq!((link.linked_at, link.invited_at), (at("07:00:00"), Some(at("07:00:01"))));
        assert_eq!(link.last_seen_at, Some(at("11:00:00.005")));
        assert!(store.links(&tenant()).await.unwrap().of(&id("1")).unwrap().invited);
    })
    .await;
}

#[tokio::test]
async fn a_rehire_takes_the_former_rows_user_over() {
    everywhere(|world| async move {
        let store = world.store().await;
        let now = at("07:00:00");
        store.tie_all(&tenant(), &[tie("1", "a"), tie("3", "c")], now).await.unwrap();
        store.relink(&tenant(), &user("a"), &id("1"), &id("2")).await.unwrap();
        store.relink(&tenant(), &user("a"), &id("1"), &id("2")).await.unwrap();
        let links = store.links(&tenant()).await.unwrap();
        assert_eq!((links.of(&id("1")), links.owner(&user("a"))), (None, Some(&id("2"))));
        let gone = store.relink(&tenant(), &user("a"), &id("1"), &id("4")).await;
        assert!(matches!(gone, Err(Error::NoLink { .. })));
        let taken = store.relink(&tenant(), &user("a"), &id("2"), &id("3")).await;
        assert!(matches!(taken, Err(Error::Link(LinkError::EmployeeTaken { .. }))));
    })
    .await;
}

#[tokio::test]
async fn people_are_left_alone_until_it_is_taken_back() {
    everywhere(|world| async move {
        let store = world.store().await;
        let now = at("07:00:00");
        store.ignore_employee(&tenant(), &id("1"), "a test row", now).await.unwrap();
        store.ignore_user(&tenant(), &user("a"), "a robot", now).await.unwrap();
        store.ignore_user(&tenant(), &user("a"), "the café's robot 🤖", now).await.unwrap();
        let links = store.links(&tenant()).await.unwrap();
        assert_eq!(links.ignored_employees[&id("1")], "a test row");
        assert_eq!(links.ignored_users[&user("a")], "the café's robot 🤖");
        assert!(store.unignore_employee(&tenant(), &id("1")).await.unwrap());
        assert!(!store.unignore_employee(&tenant(), &id("1")).await.unwrap());
        assert!(store.unignore_user(&tenant(), &user("a")).await.unwrap());
        assert!(store.links(&tenant()).await.unwrap().ignored_users.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_store_serves_one_tenant_until_it_is_unbound_by_name() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (now, other) = (at("07:00:00"), Tenant::new("staging"));
        store.check_tenant(&other).await.unwrap();
        store.bind(&tenant(), now).await.unwrap();
        store.bind(&tenant(), now).await.unwrap();
        let refused = store.bind(&other, now).await.unwrap_err();
        assert_eq!(refused.to_string(), "use the tenant staging: this store is bound to colore.eu.auth0.com");
        assert!(matches!(store.unbind(&other).await, Err(Error::NotBound { bound: Some(_), .. })));
        store.unbind(&tenant()).await.unwrap();
        assert_eq!(store.bound_tenant().await.unwrap(), None);
        store.bind(&other, now).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_block_is_remembered_until_all_of_it_is_done() {
    everywhere(|world| async move {
        let store = world.store().await;
        store.begin_blocks(&tenant(), &[id("e1"), id("E1")]).await.unwrap();
        store.begin_blocks(&tenant(), &[id("e1")]).await.unwrap();
        store.end_blocks(&tenant(), &[id("E1"), id("3")]).await.unwrap();
        let links = store.links(&tenant()).await.unwrap();
        assert_eq!(links.unfinished_blocks.into_iter().collect::<Vec<_>>(), [id("e1")]);
        assert!(store.links(&Tenant::new("other")).await.unwrap().unfinished_blocks.is_empty());
    })
    .await;
}
