//! A person's bodies are erased, and the chain stays whole.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diff::{ChangeId, EmailFlags, Field, FieldChange, PlanId, Policy, Report, Request, RunId, UserId};
use serde_json::{Value, json};
use store::{AuditEntry, AuditFilter, CallEnd, CallId, CallState, ERASED, Erased, Intent, Store};

use super::{assert_told, entry, said, ten};
use crate::world::{On, at, everywhere, grace, id, plan, tenant, user, yes};

#[tokio::test]
async fn bodies_go_and_hashes_stay() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        let of_user = AuditEntry { employee: None, ..entry("user_ignored", "4") };
        store.audit(&of_user, at("07:30:00")).await.unwrap();
        store.audit(&entry("auth0_user_unblocked", "4"), at("07:31:00")).await.unwrap();
        let erased = store.erase_audit(&id("4"), &grace(), "asked for", at("08:00:00")).await.unwrap();
        assert_eq!((erased.entries, erased.plans), (3, [PlanId(1)].into()));
        let verdict = store.verify_audit(&[]).await.unwrap();
        assert_eq!((said(&verdict).as_str(), verdict.chains[0].erased), ("whole", 3));
        for table in ["rollcall_audit", "rollcall_calls"] {
            let column = if table == "rollcall_audit" { "body" } else { "request" };
            let left =
                world.text(&format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%🦊 4\"%'")).await;
            assert_eq!(left.as_deref(), Some("0"), "{table}");
        }
        let of_person = AuditFilter { employee: Some(id("4")), ..AuditFilter::default() };
        let rows = store.audit_entries(&of_person).await.unwrap();
        let (act, before) = rows.split_last().unwrap();
        assert_eq!((act.entry.event.as_str(), &act.entry.body["reason"]), (ERASED, &json!("asked for")));
        assert_eq!(act.entry.body["erased"], json!([4, 12, 11]));
        for row in before {
            assert_eq!((&row.entry.body, row.erased_at), (&Value::Null, Some(at("08:00:00"))));
            let link = row.link.as_ref().unwrap();
            assert!(link.salt.is_none() && link.content.len() == 64 && link.hash.len() == 64);
        }
        let again = store.erase_audit(&id("4"), &grace(), "again", at("09:00:00")).await.unwrap();
        assert_eq!(again, Erased::default(), "there is nothing left, and no second act");
        assert_eq!(store.verify_audit(&[]).await.unwrap().chains[0].entries, 13);
    })
    .await;
}

#[tokio::test]
async fn a_body_that_somebody_else_takes_away_is_named() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        store.erase_audit(&id("4"), &grace(), "asked for", at("08:00:00")).await.unwrap();
        let take = |seq: i64| {
            format!("UPDATE rollcall_audit SET body = '', salt = NULL, erased_at = '2026-11-23 08:00:00' WHERE seq = {seq}")
        };
        world.sql(&take(6)).await;
        assert_told!(said(&store.verify_audit(&[]).await.unwrap()), @"entry 6 (2026-11-23 07:00:06 UTC, auth0_user_blocked): the body was removed, and no erasure on record names it");
        // Who takes away the act of erasing, takes away more than it.
        world.sql(&take(11)).await;
        assert_told!(said(&store.verify_audit(&[]).await.unwrap()), @"
        entry 4 (2026-11-23 07:00:04 UTC, auth0_user_blocked): the body was removed, and no erasure on record names it
        entry 6 (2026-11-23 07:00:06 UTC, auth0_user_blocked): the body was removed, and no erasure on record names it
        entry 11 (2026-11-23 08:00:00 UTC, audit_erased): the body was removed, and no erasure on record names it
        ");
    })
    .await;
}

#[tokio::test]
async fn when_it_was_erased_cannot_be_changed_either() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        store.erase_audit(&id("4"), &grace(), "asked for", at("08:00:00")).await.unwrap();
        world.sql("UPDATE rollcall_audit SET erased_at = '2026-11-23 10:00:00' WHERE seq = 4").await;
        assert_told!(said(&store.verify_audit(&[]).await.unwrap()), @"entry 4 (2026-11-23 07:00:04 UTC, auth0_user_blocked): the column erased_at was changed");
    })
    .await;
}

#[tokio::test]
async fn what_is_from_before_the_chain_is_erased_too() {
    everywhere(|world| async move {
        let store = world.store().await;
        let no = if world.on == On::Postgres { "false" } else { "0" };
        world
            .sql(&format!(
                "INSERT INTO rollcall_audit (id, at, tenant, actor, verified, event, employee, body) VALUES \
                 (77, '2026-11-20 07:00:00', 'colore.eu.auth0.com', 'grace', {no}, 'employee_ignored', '4', '{{\"a\":1}}')"
            ))
            .await;
        if world.on == On::Postgres {
            world.sql("SELECT setval(pg_get_serial_sequence('rollcall_audit', 'id'), 100)").await;
        }
        ten(&store).await;
        store.erase_audit(&id("4"), &grace(), "asked for", at("08:00:00")).await.unwrap();
        assert_told!(said(&store.verify_audit(&[]).await.unwrap()), @"whole");
        assert_eq!(world.text("SELECT body FROM rollcall_audit WHERE id = 77").await.as_deref(), Some(""));
        world.sql("UPDATE rollcall_audit SET erased_at = '2026-11-23 10:00:00' WHERE id = 77").await;
        assert_told!(said(&store.verify_audit(&[]).await.unwrap()), @"what was written before the chain is not what its first entry covers: of the 1 there now, one was changed or added, or others were removed");
    })
    .await;
}

async fn running(store: &Store) -> (RunId, PlanId) {
    let plan = plan(&["4", "5"]);
    let id = store.propose(&plan, &[], "client", at("06:00:00")).await.unwrap().id;
    store.approve(id, yes(&plan), &Policy::default(), at("06:00:00")).await.unwrap();
    let lease = store.lease(&tenant(), "one", at("06:00:00"), TimeDelta::hours(3)).await.unwrap();
    (store.claim(id, &lease, &Policy::default(), at("06:00:00")).await.unwrap().run, id)
}

/// A call that was made at that time and is done.
async fn called(store: &Store, call: CallId, request: &Request<UserId>, carries: &str, time: &str) {
    let carries = [ChangeId::new(carries)];
    let intent = Intent { id: call, request, carries: &carries, correlation_id: "c" };
    store.intend(&[intent], at(time)).await.unwrap();
    let end = CallEnd {
        id: call,
        state: CallState::Done,
        status: Some(200),
        answer: Some(json!({ "email": "fox@x.example" })),
        made: None,
        auth0_request_id: Some("req-1".to_owned()),
        outcomes: BTreeMap::new(),
    };
    store.conclude(&[end], at(time)).await.unwrap();
}

fn patch(of: &str) -> Request<UserId> {
    let (before, after) = (json!("fox@x.example"), json!("vixen@x.example"));
    let email = EmailFlags { verified: false, send_verification: false };
    let fields = vec![FieldChange { field: Field::Email, before, after, rule: "{email}".to_owned() }];
    Request::Patch { user: user(of), fields, email: Some(email), access: None }
}

#[tokio::test]
async fn calls_lose_their_values_unless_somebody_still_needs_them() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        let (run, plan) = running(&store).await;
        let call = |seq: i64| CallId { run, seq };
        called(&store, call(1), &patch("4"), "update-4", "06:00:01").await;
        called(&store, call(2), &patch("44"), "update-44", "06:00:02").await;
        called(&store, call(3), &patch("4"), "update-4", "07:30:00").await;
        let unanswered = patch("4");
        let carries = [ChangeId::new("update-4")];
        let intent = Intent { id: call(4), request: &unanswered, carries: &carries, correlation_id: "c" };
        store.intend(&[intent], at("06:00:04")).await.unwrap();

        let early = store.erase_audit(&id("4"), &grace(), "asked for", at("08:00:00")).await.unwrap();
        assert_eq!((early.entries, early.calls, early.calls_kept), (1, 0, 3), "the run is under way");
        let report = Report { run, plan, outcomes: BTreeMap::new(), stopped: None, spent: None };
        store.finish(&report, at("08:01:00")).await.unwrap();
        let erased = store.erase_audit(&id("4"), &grace(), "asked for", at("08:02:00")).await.unwrap();
        assert_eq!((erased.entries, erased.calls, erased.calls_kept), (0, 2, 1), "the new one is kept");
        let calls = store.calls(run).await.unwrap();
        let Request::Patch { user: of, fields, .. } = &calls[0].request else { panic!("it is a patch") };
        assert_eq!((of, fields.len(), &calls[0].answer), (&user("4"), 0, &None));
        assert_eq!(calls[0].auth0_request_id.as_deref(), Some("req-1"), "ids stay");
        assert_eq!(calls[1].request, patch("44"), "somebody else's stay");
        assert_eq!((&calls[2].request, &calls[3].request), (&patch("4"), &calls[0].request));

        let later = store.erase_audit(&id("4"), &grace(), "the rest", at("09:00:00")).await.unwrap();
        assert_eq!((later.entries, later.calls, later.calls_kept), (0, 1, 0));
        let left =
            world.text("SELECT count(*) FROM rollcall_calls WHERE request LIKE '%fox@x.example%'").await;
        assert_eq!(left.as_deref(), Some("1"), "the other person's");
        assert_eq!(said(&store.verify_audit(&[]).await.unwrap()), "whole");
    })
    .await;
}
