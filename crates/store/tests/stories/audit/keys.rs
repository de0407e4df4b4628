//! The key, which somebody who can write to the database does not have.

use store::{AuditKeys, FaultKind};

use super::{assert_told, entry, said, ten};
use crate::world::{at, everywhere};

const OLD: &str = "an-old-key-of-more-than-thirty-two-characters";
const NEW: &str = "the-new-key-of-more-than-thirty-two-characters";

fn keys(lines: &[&str]) -> AuditKeys {
    AuditKeys::parse(&lines.join("\n")).unwrap()
}

#[tokio::test]
async fn a_chain_with_a_key_is_checked_by_whoever_has_the_key() {
    everywhere(|world| async move {
        let without = world.store().await;
        let with = world.with_keys(keys(&[NEW])).await;
        ten(&with).await;
        let verdict = with.verify_audit(&[]).await.unwrap();
        assert_told!(said(&verdict), @"whole");
        assert_eq!(verdict.chains[0].keys[0].key_id.as_deref(), keys(&[NEW]).id());
        assert_told!(said(&without.verify_audit(&[]).await.unwrap()), @"entries 1 to 10 (from 2026-11-23 07:00:01 UTC): chained with the key dfd4e64c690c77e0, which was not given: not checked");
        let other = world.with_keys(keys(&[OLD])).await;
        assert_told!(said(&other.verify_audit(&[]).await.unwrap()), @"entries 1 to 10 (from 2026-11-23 07:00:01 UTC): chained with the key dfd4e64c690c77e0, which was not given: not checked");
    })
    .await;
}

#[tokio::test]
async fn keys_are_changed_and_the_older_entries_are_still_checked() {
    everywhere(|world| async move {
        ten(&world.store().await).await;
        ten(&world.with_keys(keys(&[OLD])).await).await;
        let both = world.with_keys(keys(&[NEW, OLD])).await;
        ten(&both).await;
        let verdict = both.verify_audit(&[]).await.unwrap();
        assert_told!(said(&verdict), @"whole");
        let spans: Vec<_> = verdict.chains[0].keys.iter().map(|it| (it.first, it.entries)).collect();
        assert_eq!(spans, [(1, 10), (11, 10), (21, 10)]);
        // Somebody's own process, with a key that is not trusted any more, or with none.
        let cuts = ["DELETE FROM rollcall_audit WHERE seq > 25", "DELETE FROM rollcall_audit_heads"];
        for keys in [keys(&[OLD]), AuditKeys::none()] {
            for it in cuts {
                world.sql(it).await;
            }
            world
                .sql(
                    "INSERT INTO rollcall_audit_heads (tenant, seq, hash) \
                     SELECT tenant, seq, hash FROM rollcall_audit WHERE seq = 25",
                )
                .await;
            world.with_keys(keys).await.audit(&entry("forged", "5"), at("09:00:00")).await.unwrap();
            let verdict = both.verify_audit(&[]).await.unwrap();
            let fault = &verdict.chains[0].faults[0];
            assert!(matches!(fault.kind, FaultKind::Downgraded { .. }) && fault.first == 26, "{fault}");
        }
        assert_told!(said(&both.verify_audit(&[]).await.unwrap()), @"entry 26 (2026-11-23 09:00:00 UTC, forged): chained without a key, after entries that have one: anybody could have written it");
    })
    .await;
}

#[tokio::test]
async fn a_noted_head_vouches_for_the_entries_of_a_machine_that_had_no_key() {
    everywhere(|world| async move {
        let without = world.store().await;
        let with = world.with_keys(keys(&[NEW])).await;
        ten(&with).await;
        without
            .audit_all(&[entry("plan_approved", "1"), entry("plan_rejected", "2")], at("08:00:00"))
            .await
            .unwrap();
        with.audit(&entry("plan_approved", "3"), at("08:00:01")).await.unwrap();
        let verdict = with.verify_audit(&[]).await.unwrap();
        assert_told!(said(&verdict), @"entries 11 to 12 (from 2026-11-23 08:00:00 UTC): chained without a key, after entries that have one: anybody could have written it");
        let head = verdict.chains[0].head.clone().unwrap();
        with.audit(&entry("plan_approved", "4"), at("08:00:02")).await.unwrap();
        assert_told!(said(&with.verify_audit(std::slice::from_ref(&head)).await.unwrap()), @"vouched for: entries 11 to 12 (from 2026-11-23 08:00:00 UTC): chained without a key, after entries that have one: anybody could have written it");
        without.audit(&entry("plan_approved", "5"), at("08:00:03")).await.unwrap();
        let verdict = with.verify_audit(&[head]).await.unwrap();
        assert_eq!((verdict.is_whole(), verdict.chains[0].faults[0].first), (false, 15), "after the note");
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_key_cannot_make_an_entry_fit() {
    everywhere(|world| async move {
        let with = world.with_keys(keys(&[NEW])).await;
        with.migrate().await.unwrap();
        ten(&with).await;
        // As if entry 5 had never had a key: its hash is still not one of the published key.
        world.sql("UPDATE rollcall_audit SET key_id = NULL, actor = 'mallory' WHERE seq = 5").await;
        assert_told!(said(&with.verify_audit(&[]).await.unwrap()), @"entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says");
    })
    .await;
}
