//! Our own tables, and databases that are not there.

use chrono::{TimeDelta, Utc};
use diff::{Feature, Policy, Tenant};
use insta::assert_snapshot;
use store::{Options, Store};

use super::{ails, company, configure, set_up, troubles, well};
use crate::cli::Desk;
use crate::world::Server;

#[test]
fn databases_that_are_not_there() {
    let mut desk = well();
    desk.set("ROLLCALL_STORE_URL", "sqlite://rollcall.db");
    desk.set("DATABASE_URL", "mysql://nobody:hush@127.0.0.1:1/hr");
    ails(&mut desk, "the source is down, and the store is not", 1);
    desk.set("DATABASE_URL", "sqlite://rollcall.db");
    desk.set("ROLLCALL_STORE_URL", "postgres://nobody:hush@127.0.0.1:1/rollcall");
    ails(&mut desk, "the store is down, and the source is not", 1);
    desk.set("DATABASE_URL", "sqlite://emplyees.db");
    desk.set("ROLLCALL_STORE_URL", "sqlite://rollcal.db");
    ails(&mut desk, "both are mistyped", 1);
    assert!(!desk.transcript().contains("hush@"));
    assert_snapshot!(troubles(&desk));
}

#[test]
fn a_store_that_may_not_be_written_or_is_of_another_tenant() {
    let mut desk = Desk::settled(&company(), &[]);
    set_up(&mut desk);
    desk.set("DATABASE_URL", "sqlite://rollcall.db?mode=ro");
    ails(&mut desk, "it may only be read", 1);
    desk.set("DATABASE_URL", "sqlite://rollcall.db");
    desk.set("AUTH0_DOMAIN", "production.invalid");
    desk.set("AUTH0_MAX_RETRIES", "0");
    ails(&mut desk, "it is of another tenant", 1);
    assert_eq!(desk.run("plan").code, 1);
    desk.run("unbind production.invalid");
    assert_eq!(desk.run("unbind simulator").code, 0);
    desk.run("unbind simulator");
    assert_snapshot!(troubles(&desk));
}

#[test]
fn a_store_without_a_key_for_its_audit() {
    let mut desk = well();
    desk.set("ROLLCALL_AUDIT_KEY", "guess-me");
    ails(&mut desk, "it is too short", 1);
    desk.set("ROLLCALL_AUDIT_KEY", "");
    ails(&mut desk, "there is none", 0);
    assert_snapshot!(troubles(&desk));
}

/// What happens in the store beside the program.
fn beside<T>(desk: &Desk, story: impl AsyncFnOnce(Store) -> T) -> T {
    let url = format!("sqlite://{}", desk.path().join("rollcall.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { story(Store::open(Options::one(url)).await.unwrap()).await })
}

#[test]
fn work_that_is_under_way_was_left_open_or_waits() {
    let tenant = || Tenant::new("simulator");
    let mut desk = well();
    assert_eq!(desk.run("plan --first-sync").code, 0);
    desk.remark("a plan waits, and somebody is at work");
    beside(&desk, async |store| {
        // So long that no slow machine lets it run out.
        let lease = store.lease(&tenant(), "grace@elsewhere:7", Utc::now(), TimeDelta::hours(1)).await;
        lease.unwrap();
    });
    assert_eq!(desk.run("doctor").code, 0);
    desk.remark("whoever it was has gone, and left something open");
    assert_eq!(desk.run("plan approve 1").code, 0);
    beside(&desk, async |store| {
        let later = Utc::now() + TimeDelta::hours(2);
        let lease = store.lease(&tenant(), "ada@elsewhere:8", later, TimeDelta::seconds(1)).await.unwrap();
        store.claim(diff::PlanId(1), &lease, &Policy::default(), later).await.unwrap();
        store.release(lease).await.unwrap();
        store.note_lack(&tenant(), Feature::Sessions, "403 Forbidden", Utc::now()).await.unwrap();
    });
    assert_eq!(desk.run("doctor").code, 0);
    desk.remark("it is known that sessions do not end");
    configure(&desk, "[leavers]\nend_sessions = false\n");
    desk.run("doctor");
    assert_snapshot!(desk.transcript());
}

/// On a server, with the server's own way of telling columns, rights and keys.
async fn on(server: Server) {
    let Some(own) = server.database().await else { return };
    let mut desk = Desk::with(&company(), &[]);
    set_up(&mut desk);
    desk.set("DATABASE_URL", &own.url);
    ails(&mut desk, "nothing is there", 1);
    assert_eq!(desk.run("migrate").code, 0);
    assert_eq!(desk.run("employees import employees.csv").code, 0);
    assert_eq!(desk.run("doctor").code, 0);
    let (scheme, _) = own.url.split_once(':').unwrap();
    let name = own.url.rsplit_once('/').unwrap().1;
    let told = desk.transcript().replace(name, "[name]").replace(scheme, "[scheme]");
    assert_snapshot!("on_a_server", told);
}

#[tokio::test]
async fn on_postgres() {
    on(Server::Postgres).await;
}

#[tokio::test]
async fn on_mysql() {
    on(Server::MySql).await;
}
