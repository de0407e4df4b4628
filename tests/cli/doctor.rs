//! `doctor`: what is wrong, and the command that mends it.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Desk, people};

fn doctor(desk: &mut Desk) -> i32 {
    desk.run("doctor").code
}

#[test]
fn all_is_well() {
    let mut desk = Desk::ready(&people(), &[]);
    assert_eq!(doctor(&mut desk), 0);
    assert_snapshot!(desk.transcript());
}

#[test]
fn nothing_is_there_yet() {
    let mut desk = Desk::with(&people(), &[]);
    assert_eq!(doctor(&mut desk), 1);
    desk.run("migrate");
    doctor(&mut desk);
    assert_snapshot!(desk.transcript());
}

#[test]
fn roles_that_are_missing_are_made() {
    let mut desk = Desk::ready(&people(), &[]);
    desk.in_auth0(|it| it["roles"].as_array_mut().unwrap().retain(|it| it["name"] != "manager"));
    assert_eq!(doctor(&mut desk), 1);
    desk.run("plan");
    desk.run("doctor --fix");
    assert_eq!(doctor(&mut desk), 0);
    assert_snapshot!(desk.transcript());
}

#[test]
fn credentials_scopes_and_connections_that_do_not_work() {
    let mut company = people();
    company = company.application("weak", "weak-secret", &["read:users", "read:roles", "read:connections"]);
    company = company.application("empty", "empty-secret", &[]);
    let scopes = [
        "read:users",
        "create:users",
        "update:users",
        "read:roles",
        "read:role_members",
        "read:connections",
        "create:role_members",
        "delete:role_members",
        "update:roles",
    ];
    company = company.application("no-sessions", "no-sessions-secret", &scopes);
    let mut desk = Desk::ready(&company, &[]);
    for (id, secret) in [
        ("nobody", "nothing"),
        ("empty", "empty-secret"),
        ("weak", "weak-secret"),
        ("no-sessions", "no-sessions-secret"),
    ] {
        desk.remark(&format!("as {id}"));
        desk.set("AUTH0_CLIENT_ID", id);
        desk.set("AUTH0_CLIENT_SECRET", secret);
        doctor(&mut desk);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn connections_in_which_no_account_can_be_made() {
    let mut desk = Desk::ready(&people(), &[]);
    let connection = |desk: &mut Desk, what: &str, change: &dyn Fn(&mut Value)| {
        desk.remark(what);
        desk.in_auth0(|it| change(&mut it["connections"][0]));
        assert_eq!(doctor(desk), 1);
    };
    connection(&mut desk, "it is switched off everywhere", &|it| it["enabled_clients"] = json!([]));
    connection(&mut desk, "it asks for a username", &|it| {
        it["enabled_clients"] = json!(["simulator-web-app"]);
        it["options"]["requires_username"] = json!(true);
    });
    connection(&mut desk, "it is no database", &|it| it["strategy"] = json!("samlp"));
    connection(&mut desk, "it is not there", &|it| it["name"] = json!("Another"));
    assert_snapshot!(desk.transcript());
}

#[test]
fn databases_and_tenants_that_are_not_there() {
    let mut desk = Desk::ready(&people(), &[]);
    desk.set("AUTH0_MAX_RETRIES", "0");
    desk.stop_tenant();
    assert_eq!(doctor(&mut desk), 1);
    desk.set("DATABASE_URL", "mysql://nobody:hush@127.0.0.1:1/hr");
    desk.run("doctor");
    assert!(!desk.transcript().contains("hush"));
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_store_that_belongs_to_another_tenant() {
    let mut desk = Desk::settled(&people(), &[]);
    // Nobody answers there; the store is asked first.
    desk.set("AUTH0_DOMAIN", "https://production.invalid");
    desk.set("AUTH0_MAX_RETRIES", "0");
    assert_eq!(desk.run("plan").code, 1);
    desk.run("unbind production.invalid");
    assert_eq!(desk.run("unbind simulator").code, 0);
    desk.run("unbind simulator");
    assert_snapshot!(desk.transcript());
}
