//! `doctor`: what is wrong, and the command that mends it.

mod reaching;
mod source;
mod store;
mod tenant;
mod tls;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::Desk;
use crate::world::Company;

/// What the README asks for, and what the doctor needs to see everything.
const SCOPES: [&str; 15] = [
    "create:role_members",
    "create:roles",
    "create:users",
    "delete:refresh_tokens",
    "delete:role_members",
    "delete:sessions",
    "read:connections",
    "read:connections_options",
    "read:custom_domains",
    "read:email_provider",
    "read:role_members",
    "read:roles",
    "read:users",
    "update:roles",
    "update:users",
];

/// Three people, all of them in order, in a tenant that is set up as it should be.
fn company() -> Company {
    let mut company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ben Okoye", "IT", "manager")
        .row(3, "Cem Aydin", "Packing", "team_lead")
        .user("auth0|1", json!({ "email": "ana.silva@example.com" }))
        .user("auth0|9", json!({ "email": "emergency@example.com" }))
        .application("rollcall", "hush-rollcall", &SCOPES);
    company.tenant.email_provider = Some(serde_json::from_value(json!({ "name": "ses" })).unwrap());
    company
}

/// Nothing is wrong here.
fn well() -> Desk {
    let mut desk = Desk::ready(&company(), &[]);
    set_up(&mut desk);
    desk
}

/// Everything is configured as it should be.
fn set_up(desk: &mut Desk) {
    configure(desk, "");
    desk.set("AUTH0_CLIENT_ID", "rollcall");
    desk.set("AUTH0_CLIENT_SECRET", "hush-rollcall");
    desk.set("AUTH0_RATE_PLAN", "private-cloud-10000");
    desk.set("AUTH0_RETRY_BACKOFF", "0");
    desk.set("ROLLCALL_AUDIT_KEY", "0123456789abcdef0123456789abcdef");
}

/// The usual file, with something more in it.
fn configure(desk: &Desk, more: &str) {
    let usual = "[policy]\nbreak_glass = [\"auth0|9\"]\n[onboarding]\nclient_id = \"simulator-web-app\"\n";
    desk.write("rollcall.toml", &format!("{usual}{more}"));
}

/// What is changed, then the doctor, who finds something: the exit code says how bad it is.
fn ails(desk: &mut Desk, what: &str, code: i32) {
    desk.remark(what);
    assert_eq!(desk.run("doctor").code, code, "{}", desk.transcript());
}

/// The transcript without what is well, and without titles that nothing stands under.
fn troubles(desk: &Desk) -> String {
    let lines = desk.transcript().lines().filter(|it| !it.starts_with("  ok ")).collect::<Vec<_>>();
    let is_title = |it: &str| ["Source", "Store", "Auth0", "Policy"].contains(&it);
    let mut kept: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let is_bare = is_title(line) && !next.starts_with("  ");
        let is_second_blank = line.is_empty() && kept.last().is_none_or(|it| it.is_empty());
        if !is_bare && !is_second_blank {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[test]
fn all_is_well_and_nothing_was_written() {
    let mut desk = well();
    // Else the next one to close the database would move what the last one wrote from the log into the file.
    desk.sql("rollcall.db", "PRAGMA wal_checkpoint(TRUNCATE)");
    let before = std::fs::read(desk.path().join("rollcall.db")).unwrap();
    let asked_before = desk.journal().len();
    assert_eq!(desk.run("doctor").code, 0);
    assert!(std::fs::read(desk.path().join("rollcall.db")).unwrap() == before, "the database is as it was");
    let calls: Vec<String> = desk.journal().split_off(asked_before).iter().map(asked).collect();
    assert_snapshot!(calls.join("\n"), @"
    POST /oauth/token
    GET /api/v2/connections
    GET /api/v2/roles
    GET /api/v2/users
    GET /api/v2/users/auth0%7C9
    GET /api/v2/custom-domains
    GET /api/v2/emails/provider
    ");
    assert_snapshot!(desk.transcript());
}

/// Method and path of a request.
fn asked(line: &Value) -> String {
    let path = line["path"].as_str().unwrap().split('?').next().unwrap_or_default();
    format!("{} {path}", line["method"].as_str().unwrap())
}

#[test]
fn nothing_is_configured() {
    let mut desk = Desk::empty();
    assert_eq!(desk.run("doctor").code, 1);
    desk.set("ROLLCALL_AUDIT_KEY", "short");
    desk.set("DATABASE_URL", "sqlite://rollcall.db");
    desk.set("AUTH0_DOMAIN", "acme.eu.auth0.com");
    ails(&mut desk, "one thing after the other", 1);
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0, "nothing was made by looking");
    assert_snapshot!(desk.transcript());
}

#[test]
fn nothing_is_there_yet() {
    let mut desk = Desk::with(&company(), &[]);
    set_up(&mut desk);
    assert_eq!(desk.run("doctor").code, 1);
    assert!(!desk.path().join("rollcall.db").exists());
    desk.run("migrate");
    desk.run("doctor");
    desk.run("employees import employees.csv");
    assert_eq!(desk.run("doctor").code, 0);
    assert_snapshot!(desk.transcript());
}

#[test]
fn programs_read_json() {
    let mut desk = well();
    desk.in_auth0(|it| it["roles"].as_array_mut().unwrap().retain(|it| it["name"] != "manager"));
    let said = desk.run("doctor --format json");
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let failed: Vec<&Value> =
        document["checks"].as_array().unwrap().iter().filter(|it| it["verdict"] == "failed").collect();
    assert_eq!((said.code, &document["failed"], failed.len()), (1, &json!(1), 1));
    assert_snapshot!(serde_json::to_string_pretty(failed[0]).unwrap());
}
