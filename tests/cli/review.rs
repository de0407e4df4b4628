//! Saying yes, no, and not quite.

use insta::assert_snapshot;

use super::{Desk, people};

#[test]
fn plans_are_shown_rejected_thinned_and_approved() {
    let mut desk = Desk::ready(&people(), &[]);
    for line in [
        "plan --only create --limit 1",
        "plan --where departmnt=IT",
        "plan --employee 2",
        "plan",
        "plan approve 3 --digest 0123456789ab",
        "apply 3",
        "plan without 3 grant-2",
        "plan without 4 grant-7",
        "plan reject 4 --reason 'not today'",
        "plan approve 4",
        "apply 4",
        "plan show 77",
        "apply 77",
        "run show 77",
        "plans",
    ] {
        desk.run(line);
    }
    assert_eq!(desk.writes(), Vec::<String>::new());
    assert_snapshot!(desk.transcript());
}

#[test]
fn every_document_is_json_too() {
    let mut desk = Desk::ready(&people(), &[]);
    // The environment alone is configuration enough.
    std::fs::remove_file(desk.path().join("rollcall.toml")).unwrap();
    for line in [
        "plan --format json",
        "plans --format json",
        "plan show 1 --format json",
        "plan approve 1 --format json",
        "apply 1 --format json",
        "runs --format json",
        "run show 1 --format json",
        "audit --format json",
        "doctor --format json",
        "employees list --format json",
        "employee show 1 --format json",
        "employee explain 1 --format json",
        "sync --format json",
        "sync --dry-run --format json",
        "migrate --status --format json",
    ] {
        let said = desk.run(line);
        assert_eq!(said.code, 0, "{line}: {}", said.stderr);
        let document: Result<serde_json::Value, _> = serde_json::from_str(&said.stdout);
        assert!(document.is_ok() || said.stdout.is_empty(), "{line}: {}", said.stdout);
    }
}

#[test]
fn a_pull_request_gets_markdown() {
    let mut desk = Desk::ready(&people(), &[]);
    desk.run("plan --format markdown");
    desk.run("plan show 1 --format markdown");
    assert_snapshot!(desk.transcript());
}
