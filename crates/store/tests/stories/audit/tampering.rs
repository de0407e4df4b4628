//! What somebody does who can write to the database, and what is said about it.

use std::fmt::Write as _;

use store::{AuditFilter, AuditHead, Store};

use super::{assert_told, entry, said, ten};
use crate::world::{On, World, at, everywhere};

/// Columns that two rows may swap.
const COLUMNS: &str =
    "at, actor, verified, event, employee, user_id, plan, run, body, salt, content, hash, previous, key_id";

impl World {
    /// The record as it is, kept beside it.
    async fn keep(&self) {
        self.sql("CREATE TABLE kept AS SELECT * FROM rollcall_audit").await;
        self.sql("CREATE TABLE kept_heads AS SELECT * FROM rollcall_audit_heads").await;
    }

    /// The record as it was kept.
    async fn put_back(&self) {
        for (table, kept) in [("rollcall_audit", "kept"), ("rollcall_audit_heads", "kept_heads")] {
            self.sql(&format!("DELETE FROM {table}")).await;
            self.sql(&format!("INSERT INTO {table} SELECT * FROM {kept}")).await;
        }
    }

    /// Does it, reads the verdict, and undoes it.
    async fn after(&self, store: &Store, noted: &[AuditHead], statements: &[&str]) -> String {
        for it in statements {
            self.sql(it).await;
        }
        let verdict = store.verify_audit(noted).await.unwrap();
        self.put_back().await;
        assert!(store.verify_audit(noted).await.unwrap().is_whole(), "it was put back");
        said(&verdict)
    }
}

fn set(column: &str, value: &str, seq: i64) -> String {
    format!("UPDATE rollcall_audit SET {column} = {value} WHERE seq = {seq}")
}

#[tokio::test]
async fn a_changed_column_is_found_whichever_it_is() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let no = if world.on == On::Postgres { "true" } else { "1" };
        let mut told = String::new();
        for (column, value) in [
            ("at", "'2026-11-22 07:00:00'"),
            ("tenant", "'elsewhere.eu.auth0.com'"),
            ("actor", "'mallory'"),
            ("verified", no),
            ("event", "'auth0_user_unblocked'"),
            ("employee", "'7'"),
            ("employee", "NULL"),
            ("user_id", "'auth0|7'"),
            ("plan", "NULL"),
            ("run", "4"),
            ("body", "'{}'"),
            ("body", "''"),
            ("salt", "'00'"),
            ("salt", "NULL"),
            ("content", "'00'"),
            ("previous", "'00'"),
            ("hash", "'00'"),
            ("key_id", "'0123456789abcdef'"),
            ("erased_at", "'2026-11-23 09:00:00'"),
            ("seq", "NULL"),
            ("seq", "0"),
            ("seq", "12"),
        ] {
            let said = world.after(&store, &[], &[&set(column, value, 5)]).await;
            let _ = writeln!(told, "{column} = {value}\n    {}", said.replace('\n', "\n    "));
        }
        assert_told!(told.replace("verified = 1", "verified = true"), @"
        at = '2026-11-22 07:00:00'
            entry 5 (2026-11-22 07:00:00 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        tenant = 'elsewhere.eu.auth0.com'
            entry 5 (after 2026-11-23 07:00:04 UTC): removed
            entries 1 to 4: removed
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
            the head was removed
        actor = 'mallory'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        verified = true
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        event = 'auth0_user_unblocked'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_unblocked): changed, or put there past Rollcall: the hash is not that of what it says
        employee = '7'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        employee = NULL
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        user_id = 'auth0|7'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        plan = NULL
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        run = 4
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        body = '{}'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the body, or its salt, was changed
        body = ''
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the body, or its salt, was changed
        salt = '00'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the body, or its salt, was changed
        salt = NULL
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the body, or its salt, was changed
        content = '00'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the column content was changed
        previous = '00'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the column previous was changed
        hash = '00'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the column hash was changed
        key_id = '0123456789abcdef'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): chained with the key 0123456789abcdef, which was not given: not checked
        erased_at = '2026-11-23 09:00:00'
            entry 5 (2026-11-23 07:00:05 UTC, auth0_user_blocked): the column erased_at was changed
        seq = NULL
            what was written before the chain is not what its first entry covers: of the 1 there now, one was changed or added, or others were removed
            entry 5 (after 2026-11-23 07:00:04 UTC): removed
        seq = 0
            entry 0 (2026-11-23 07:00:05 UTC, auth0_user_blocked): inserted past Rollcall
            entry 5 (after 2026-11-23 07:00:04 UTC): removed
        seq = 12
            entry 5 (after 2026-11-23 07:00:04 UTC): removed
            entry 11 (after 2026-11-23 07:00:10 UTC): removed
            entry 12 (2026-11-23 07:00:05 UTC, auth0_user_blocked): written as entry 5, reordered, or others were inserted before it
            entries 11 to 12: beyond the head: put there past Rollcall, or the head was set back
        ");
    })
    .await;
}

#[tokio::test]
async fn the_last_entry_and_the_head_are_found_as_well() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let mut told = String::new();
        for statement in [
            set("actor", "'mallory'", 10),
            set("hash", "'00'", 10),
            set("body", "'{}'", 10),
            "UPDATE rollcall_audit_heads SET hash = '00'".to_owned(),
            "UPDATE rollcall_audit_heads SET seq = 8".to_owned(),
            "UPDATE rollcall_audit_heads SET seq = 12".to_owned(),
            "DELETE FROM rollcall_audit_heads".to_owned(),
        ] {
            let said = world.after(&store, &[], &[&statement]).await;
            let _ = writeln!(told, "{statement}\n    {}", said.replace('\n', "\n    "));
        }
        assert_told!(told, @"
        UPDATE rollcall_audit SET actor = 'mallory' WHERE seq = 10
            entry 10 (2026-11-23 07:00:10 UTC, auth0_user_blocked): changed, or put there past Rollcall: the hash is not that of what it says
        UPDATE rollcall_audit SET hash = '00' WHERE seq = 10
            entry 10 (2026-11-23 07:00:10 UTC, auth0_user_blocked): the column hash was changed
        UPDATE rollcall_audit SET body = '{}' WHERE seq = 10
            entry 10 (2026-11-23 07:00:10 UTC, auth0_user_blocked): the body, or its salt, was changed
        UPDATE rollcall_audit_heads SET hash = '00'
            the head names another hash than the last entry has
        UPDATE rollcall_audit_heads SET seq = 8
            entries 9 to 10: beyond the head: put there past Rollcall, or the head was set back
        UPDATE rollcall_audit_heads SET seq = 12
            entries 11 to 12 (after 2026-11-23 07:00:10 UTC): cut off from the end; the head still names the last one
        DELETE FROM rollcall_audit_heads
            the head was removed
        ");
    })
    .await;
}

#[tokio::test]
async fn a_removed_entry_is_named() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let gone = async |from: i64, to: i64| {
            let delete = format!("DELETE FROM rollcall_audit WHERE seq BETWEEN {from} AND {to}");
            world.after(&store, &[], &[&delete]).await
        };
        assert_told!(gone(1, 1).await, @"entry 1: removed");
        assert_told!(gone(5, 5).await, @"entry 5 (after 2026-11-23 07:00:04 UTC): removed");
        assert_told!(gone(4, 6).await, @"entries 4 to 6 (after 2026-11-23 07:00:03 UTC): removed");
        assert_told!(gone(9, 10).await, @"entries 9 to 10 (after 2026-11-23 07:00:08 UTC): cut off from the end; the head still names the last one");
        assert_told!(gone(1, 10).await, @"entries 1 to 10: cut off from the end; the head still names the last one");
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_was_removed_and_covered_up_is_named() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let close_up = close_up(&world, 5, 10, -1);
        let mut statements = vec!["DELETE FROM rollcall_audit WHERE seq = 5".to_owned()];
        statements.extend(close_up);
        statements.push("UPDATE rollcall_audit_heads SET seq = 9".to_owned());
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        assert_told!(world.after(&store, &[], &statements).await, @"entries 5 to 9 (from 2026-11-23 07:00:06 UTC): written as entries 6 to 10, reordered, or others were removed before it");
    })
    .await;
}

/// Numbers moved, one by one, so that no number is there twice on the way.
fn close_up(_world: &World, from: i64, to: i64, by: i64) -> Vec<String> {
    let mut order: Vec<i64> = (from..=to).collect();
    if by > 0 {
        order.reverse();
    }
    order.into_iter().map(|it| set("seq", &(it + by).to_string(), it)).collect()
}

#[tokio::test]
async fn a_cut_off_end_is_named_as_far_as_anybody_can_know() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let head = store.verify_audit(&[]).await.unwrap().chains[0].head.clone().unwrap();
        let moved = "UPDATE rollcall_audit_heads SET seq = 8, hash = \
                     (SELECT hash FROM rollcall_audit WHERE seq = 8)";
        let cut = "DELETE FROM rollcall_audit WHERE seq > 8";
        assert_told!(world.after(&store, &[], &[cut]).await, @"entries 9 to 10 (after 2026-11-23 07:00:08 UTC): cut off from the end; the head still names the last one");
        assert_told!(world.after(&store, &[], &[moved]).await, @"entries 9 to 10: beyond the head: put there past Rollcall, or the head was set back");
        // The chain alone cannot tell: it is what it was when entry 8 was the last.
        assert_told!(world.after(&store, &[], &[moved, cut]).await, @"whole");
        assert_told!(world.after(&store, &[head], &[moved, cut]).await, @"entry 10, which was noted, is not there: the record was cut off, or set back to a copy");
    })
    .await;
}

#[tokio::test]
async fn a_record_that_was_written_anew_is_not_the_one_that_was_noted() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        let head = store.verify_audit(&[]).await.unwrap().chains[0].head.clone().unwrap();
        let rows = store.audit_entries(&AuditFilter::default()).await.unwrap();
        world.sql("DELETE FROM rollcall_audit").await;
        world.sql("DELETE FROM rollcall_audit_heads").await;
        for row in rows {
            store.audit(&row.entry, row.at).await.unwrap();
        }
        assert!(store.verify_audit(&[]).await.unwrap().is_whole(), "there is no key");
        assert_told!(said(&store.verify_audit(&[head]).await.unwrap()), @"entry 10 has another hash than was noted: the record was rewritten, at 10 or before");
    })
    .await;
}

#[tokio::test]
async fn an_inserted_entry_is_named() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let copy = |number: i64, as_number: i64| {
            format!(
                "INSERT INTO rollcall_audit (id, tenant, seq, {COLUMNS}) \
                 SELECT 99, tenant, {as_number}, {COLUMNS} FROM rollcall_audit WHERE seq = {number}"
            )
        };
        assert_told!(world.after(&store, &[], &[&copy(3, 11)]).await, @"
        entry 11 (2026-11-23 07:00:03 UTC, auth0_user_blocked): written as entry 3, reordered, or others were inserted before it
        entry 11: beyond the head: put there past Rollcall, or the head was set back
        ");
        assert_told!(world.after(&store, &[], &[&copy(3, 0)]).await, @"entry 0 (2026-11-23 07:00:03 UTC, auth0_user_blocked): inserted past Rollcall");
        let mut statements = close_up(&world, 5, 10, 1);
        statements.push(copy(3, 5));
        statements.push("UPDATE rollcall_audit_heads SET seq = 11".to_owned());
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        assert_told!(world.after(&store, &[], &statements).await, @"
        entry 5 (2026-11-23 07:00:03 UTC, auth0_user_blocked): inserted past Rollcall
        entries 6 to 11 (from 2026-11-23 07:00:05 UTC): written as entries 5 to 10, reordered, or others were inserted before it
        ");
    })
    .await;
}

#[tokio::test]
async fn entries_in_another_order_are_named() {
    everywhere(|world| async move {
        let store = world.store().await;
        ten(&store).await;
        world.keep().await;
        let swap = [set("seq", "99", 3), set("seq", "3", 7), set("seq", "7", 99)];
        let swap: Vec<&str> = swap.iter().map(String::as_str).collect();
        assert_told!(world.after(&store, &[], &swap).await, @"
        entry 3 (2026-11-23 07:00:07 UTC, auth0_user_blocked): written as entry 7, reordered, or others were removed before it
        entry 7 (2026-11-23 07:00:03 UTC, auth0_user_blocked): written as entry 3, reordered, or others were inserted before it
        ");
        let bodies = [
            "CREATE TABLE bodies AS SELECT seq, body, salt FROM rollcall_audit WHERE seq IN (3, 7)",
            "UPDATE rollcall_audit SET body = (SELECT body FROM bodies WHERE seq = 7), \
             salt = (SELECT salt FROM bodies WHERE seq = 7) WHERE seq = 3",
            "UPDATE rollcall_audit SET body = (SELECT body FROM bodies WHERE seq = 3), \
             salt = (SELECT salt FROM bodies WHERE seq = 3) WHERE seq = 7",
        ];
        assert_told!(world.after(&store, &[], &bodies).await, @"
        entry 3 (2026-11-23 07:00:03 UTC, auth0_user_blocked): the body, or its salt, was changed
        entry 7 (2026-11-23 07:00:07 UTC, auth0_user_blocked): the body, or its salt, was changed
        ");
    })
    .await;
}

#[tokio::test]
async fn a_record_in_ruins_is_told_in_short() {
    everywhere(|world| async move {
        let store = world.store().await;
        let entries: Vec<_> = (1..=700).map(|it| entry("auth0_user_created", &it.to_string())).collect();
        store.audit_all(&entries, at("07:00:00")).await.unwrap();
        world.sql("UPDATE rollcall_audit SET actor = 'mallory'").await;
        assert_told!(said(&store.verify_audit(&[]).await.unwrap()), @"entries 1 to 700 (from 2026-11-23 07:00:00 UTC): changed, or put there past Rollcall: the hash is not that of what it says");
        world.sql("UPDATE rollcall_audit SET actor = 'grace@host' WHERE seq % 2 = 0").await;
        let verdict = store.verify_audit(&[]).await.unwrap();
        assert_eq!((verdict.chains[0].faults.len(), verdict.chains[0].more_faults), (100, 250));
    })
    .await;
}

#[tokio::test]
async fn what_was_written_before_the_chain_is_covered_by_its_first_entry() {
    everywhere(|world| async move {
        let store = world.store().await;
        for (number, event) in [(1, "plan_approved"), (2, "run_started"), (3, "run_ended")] {
            let no = if world.on == On::Postgres { "false" } else { "0" };
            world
                .sql(&format!(
                    "INSERT INTO rollcall_audit (id, at, tenant, actor, verified, event, body) VALUES \
                     ({number}, '2026-11-20 07:00:00', 'colore.eu.auth0.com', 'grace@host', {no}, '{event}', 'null')"
                ))
                .await;
        }
        if world.on == On::Postgres {
            world.sql("SELECT setval(pg_get_serial_sequence('rollcall_audit', 'id'), 10)").await;
        }
        let report = store.verify_audit(&[]).await.unwrap().chains.remove(0);
        assert_eq!((report.before_chain, report.entries, report.is_whole()), (3, 0, true));
        ten(&store).await;
        let report = store.verify_audit(&[]).await.unwrap().chains.remove(0);
        assert_eq!((report.before_chain, report.entries, report.is_whole()), (3, 10, true));
        world.keep().await;
        let mut told = Vec::new();
        for statement in [
            "UPDATE rollcall_audit SET actor = 'mallory' WHERE id = 2",
            "UPDATE rollcall_audit SET body = '{}' WHERE id = 2",
            "DELETE FROM rollcall_audit WHERE id = 2",
        ] {
            told.push(world.after(&store, &[], &[statement]).await);
        }
        assert_told!(told.join("\n"), @"
        what was written before the chain is not what its first entry covers: of the 3 there now, one was changed or added, or others were removed
        what was written before the chain is not what its first entry covers: of the 3 there now, one was changed or added, or others were removed
        what was written before the chain is not what its first entry covers: of the 2 there now, one was changed or added, or others were removed
        ");
    })
    .await;
}
