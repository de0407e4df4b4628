//! The audit record: appended in order, read in pages, checked, and erased.

mod erasing;
mod keys;
mod random;
mod tampering;

use diff::{EmployeeId, PlanId, Tenant};
use serde_json::json;
use store::{AuditEntry, AuditFilter, AuditKeys, AuditVerdict, Options, Store};

use crate::world::{World, at, everywhere, grace, id, tenant, user};

/// A snapshot that is the same on every database.
macro_rules! assert_told {
    ($text:expr, @$told:literal) => {{
        let text = $text;
        insta::allow_duplicates! { insta::assert_snapshot!(text, @$told) }
    }};
}
use assert_told;

/// Something that was done about somebody.
fn entry(event: &str, of: &str) -> AuditEntry {
    AuditEntry {
        tenant: tenant(),
        by: grace(),
        event: event.to_owned(),
        employee: Some(id(of)),
        user: Some(user(of)),
        plan: Some(PlanId(1)),
        run: None,
        body: json!({ "reason": format!("größer 🦊 {of}"), "before": null }),
    }
}

/// Ten entries about ten people.
async fn ten(store: &Store) {
    for number in 1..=10 {
        let entry = entry("auth0_user_blocked", &number.to_string());
        store.audit(&entry, at(&format!("07:00:{number:02}"))).await.unwrap();
    }
}

/// What the verdict says, a line a fault.
fn said(verdict: &AuditVerdict) -> String {
    let faults = verdict.chains.iter().flat_map(|it| &it.faults).map(ToString::to_string);
    let vouched = verdict.chains.iter().flat_map(|it| &it.vouched).map(|it| format!("vouched for: {it}"));
    let lost = verdict.lost.iter().map(ToString::to_string);
    let lines: Vec<String> = faults.chain(vouched).chain(lost).collect();
    assert_eq!(verdict.is_whole(), lines.iter().all(|it| it.starts_with("vouched")));
    if lines.is_empty() { "whole".to_owned() } else { lines.join("\n") }
}

impl World {
    /// Another process, with a key of its own.
    async fn with_keys(&self, keys: AuditKeys) -> Store {
        Store::open(Options { audit_keys: keys, ..Options::one(self.url.clone()) }).await.unwrap()
    }
}

#[tokio::test]
async fn the_record_is_found_by_whom_and_what_it_is_about() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = AuditEntry { employee: None, ..entry("plan_approved", "9") };
        store.audit(&first, at("07:00:00.001")).await.unwrap();
        let blocked = |of: &str, plan: i64| AuditEntry {
            plan: Some(PlanId(plan)),
            user: Some(user("1")),
            ..entry("user_blocked", of)
        };
        store.audit_all(&[blocked("1", 1), blocked("2", 2)], at("07:00:01")).await.unwrap();
        let found = |filter: AuditFilter| {
            let store = store.clone();
            async move { store.audit_entries(&filter).await.unwrap() }
        };
        let any = AuditFilter::default;
        let all = found(any()).await;
        assert_eq!((all.len(), &all[0].entry, all[0].at), (3, &first, at("07:00:00.001")));
        for (filter, count) in [
            (AuditFilter { plan: Some(PlanId(1)), ..any() }, 2),
            (AuditFilter { employee: Some(id("2")), ..any() }, 1),
            (AuditFilter { user: Some(user("1")), ..any() }, 2),
            (AuditFilter { event: Some("user_blocked".to_owned()), ..any() }, 2),
            (AuditFilter { since: Some(at("07:00:00.001")), ..any() }, 3),
            (AuditFilter { since: Some(at("07:00:00.002")), ..any() }, 2),
            (AuditFilter { until: Some(at("07:00:00.999")), ..any() }, 1),
            (AuditFilter { limit: Some(0), ..any() }, 0),
            (AuditFilter { limit: Some(9), ..any() }, 3),
        ] {
            assert_eq!(found(filter.clone()).await.len(), count, "{filter:?}");
        }
        let newest = found(AuditFilter { limit: Some(1), ..any() }).await;
        assert_eq!(newest[0].entry.employee, Some(id("2")));
    })
    .await;
}

#[tokio::test]
async fn a_long_record_is_read_and_checked_in_pages() {
    everywhere(|world| async move {
        let store = world.store().await;
        let entries: Vec<AuditEntry> =
            (1..=1_203).map(|it| entry("auth0_user_created", &it.to_string())).collect();
        store.audit_all(&entries, at("07:00:00")).await.unwrap();
        let mut pages = store.audit_pages(&AuditFilter::default()).await.unwrap();
        let mut read = Vec::new();
        while let Some(page) = pages.next().await.unwrap() {
            assert!(page.len() <= 500, "{}", page.len());
            read.extend(page.into_iter().map(|it| it.entry));
        }
        assert!(read == entries);
        let newest = AuditFilter { limit: Some(700), ..AuditFilter::default() };
        let newest = store.audit_entries(&newest).await.unwrap();
        assert_eq!((newest.len(), &newest[0].entry), (700, &entries[503]));
        let verdict = store.verify_audit(&[]).await.unwrap();
        let chain = &verdict.chains[0];
        assert_eq!((said(&verdict).as_str(), chain.entries), ("whole", 1_203));
        assert_eq!(chain.head.as_ref().unwrap().seq, 1_203);
        assert_eq!(store.newest_audit_head(&chain.tenant).await.unwrap(), chain.head);
        assert_eq!(store.newest_audit_head(&diff::Tenant::new("nobody")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn two_processes_append_at_once_and_both_are_in_order() {
    everywhere(|world| async move {
        let first = world.store().await;
        let second = world.with_keys(AuditKeys::none()).await;
        let appends = (0..40).map(|number: i64| {
            let store = if number % 2 == 0 { first.clone() } else { second.clone() };
            async move {
                let of = EmployeeId::from(number).to_string();
                let entries = [entry("auth0_user_updated", &of), entry("auth0_roles_assigned", &of)];
                store.audit_all(&entries, at("07:00:00")).await.unwrap();
            }
        });
        futures_util::future::join_all(appends.map(tokio::spawn))
            .await
            .into_iter()
            .for_each(|it| it.unwrap());
        let verdict = first.verify_audit(&[]).await.unwrap();
        assert_eq!((said(&verdict).as_str(), verdict.chains[0].entries), ("whole", 80));
        let rows = first.audit_entries(&AuditFilter::default()).await.unwrap();
        for pair in rows.chunks(2) {
            let [one, other] = pair else { panic!("they come in pairs") };
            assert_eq!(one.entry.employee, other.entry.employee, "what is appended together stays together");
        }
        let numbers: Vec<i64> = rows.iter().map(|it| it.link.as_ref().unwrap().seq).collect();
        assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn every_tenant_has_a_chain_of_its_own() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = Tenant::new("staging.eu.auth0.com");
        let of_other = AuditEntry { tenant: other.clone(), ..entry("employee_linked", "3") };
        let entries =
            [entry("employee_linked", "1"), of_other.clone(), entry("employee_linked", "2"), of_other];
        store.audit_all(&entries, at("07:00:00")).await.unwrap();
        let verdict = store.verify_audit(&[]).await.unwrap();
        let chains: Vec<_> = verdict.chains.iter().map(|it| (it.tenant.clone(), it.entries)).collect();
        assert_eq!(chains, [(tenant(), 2), (other, 2)]);
        let heads: Vec<_> = verdict.chains.iter().filter_map(|it| it.head.clone()).collect();
        assert_eq!(said(&store.verify_audit(&heads).await.unwrap()), "whole", "a head may be any tenant's");
        world.sql("DELETE FROM rollcall_audit WHERE tenant LIKE 'staging%'").await;
        let verdict = store.verify_audit(&heads).await.unwrap();
        assert!(verdict.chains[0].is_whole() && !verdict.chains[1].is_whole());
        assert_eq!(verdict.lost[0].head, heads[1]);
    })
    .await;
}

#[tokio::test]
async fn nothing_on_record_is_whole() {
    everywhere(|world| async move {
        let verdict = world.store().await.verify_audit(&[]).await.unwrap();
        assert!(verdict.is_whole() && verdict.chains.is_empty());
    })
    .await;
}
