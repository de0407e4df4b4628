//! Ctrl-C, and a process that is killed, in the middle of a run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;
use serde_json::json;

use super::Desk;
use super::desk::until;
use crate::world::Company;

fn many() -> Company {
    (1..=9).fold(Company::new(), |it, id| it.row(id, &format!("Staff {id}"), "Packing", "associate"))
}

/// Nine joiners are approved, one call at a time, and the first three have been made.
fn in_the_middle() -> (Desk, Child) {
    let mut desk = Desk::ready(&many(), &["--latency-ms", "60"]);
    desk.run("plan");
    desk.run("plan approve 1");
    let apply = desk.command("apply 1").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("three accounts are made", || desk.writes().len() >= 3);
    (desk, apply)
}

fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn users(desk: &Desk) -> usize {
    desk.get("/_simulator/state")["users"].as_array().unwrap().len()
}

#[test]
fn ctrl_c_finishes_what_is_under_way_and_the_plan_can_be_finished() {
    let (mut desk, apply) = in_the_middle();
    signal(&apply, "INT");
    let ended = apply.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(5));
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert!(stderr.contains("stopping: calls under way are finished and recorded"), "{stderr}");
    let made = users(&desk);
    assert!((3..9).contains(&made), "{made}");
    assert_eq!(desk.run("apply 1").code, 0);
    assert_eq!(users(&desk), 9);
    assert_eq!(desk.run("plan --detailed-exitcode").code, 0);
}

/// The fourth account is under way for ten seconds when the first signal comes, and the second.
fn aborted_by(signals: [&str; 2]) -> (Desk, Option<i32>, String) {
    let mut desk = Desk::ready(&many(), &[]);
    desk.run("plan");
    desk.run("plan approve 1");
    let slow = json!({
        "match": { "method": "POST", "path": "/api/v2/users" }, "nth": 4, "times": 1, "do": "delay", "ms": 10_000,
    });
    desk.faults(&json!([slow]));
    let mut apply = desk.command("apply 1").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(apply.stderr.take().unwrap()).lines();
    until("the fourth account is under way", || {
        desk.writes().iter().filter(|it| *it == "POST /api/v2/users").count() == 4
    });
    signal(&apply, signals[0]);
    let mut said = String::new();
    while !said.contains("stopping") {
        said.push_str(&stderr.next().expect("it says that it stops").unwrap());
        said.push('\n');
    }
    signal(&apply, signals[1]);
    let ended = apply.wait().unwrap();
    for line in stderr {
        said.push_str(&line.unwrap());
        said.push('\n');
    }
    (desk, ended.code(), said.lines().filter(|it| !it.contains(" calls · ")).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_the_next_run_finds_out() {
    let (mut desk, code, said) = aborted_by(["INT", "INT"]);
    assert_eq!(code, Some(130));
    assert_snapshot!(said, @r"
    stopping: calls under way are finished and recorded; Ctrl-C again ends at once
    ended at once: calls under way may have been done or not
      → rollcall apply ID, or rollcall sync, finds out and goes on, once the lease has ended (15 s)
    ");
    desk.faults(&json!([]));
    until("the lease has ended", || desk.command("apply 1").output().unwrap().status.success());
    assert_eq!(users(&desk), 9);
    let conflicts = desk.journal().iter().filter(|it| it["status"] == 409).count();
    assert_eq!(conflicts, 0, "nobody was made twice, not even in vain");
    assert_eq!(desk.run("plan --detailed-exitcode").code, 0);
    assert!(desk.run("runs").stdout.contains("abandoned"));
}

#[test]
fn a_second_sigterm_ends_at_once_as_a_service_manager_expects() {
    let (_desk, code, said) = aborted_by(["TERM", "TERM"]);
    assert_eq!(code, Some(143));
    assert!(said.contains("ended at once"), "{said}");
}

#[test]
fn a_process_that_is_killed_is_settled_by_the_next_one() {
    let (mut desk, mut apply) = in_the_middle();
    apply.kill().unwrap();
    apply.wait().unwrap();
    let refused = desk.run("apply 1");
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("holds it until"), "{}", refused.stderr);
    // The lease of the dead ends after fifteen seconds.
    until("the lease has ended", || desk.command("apply 1").output().unwrap().status.success());
    assert_eq!(users(&desk), 9);
    let conflicts = desk.journal().iter().filter(|it| it["status"] == 409).count();
    assert_eq!(conflicts, 0, "nobody was made twice, not even in vain");
    let said = desk.run("runs");
    assert_eq!(said.code, 0);
    assert_eq!(desk.run("plan --detailed-exitcode").code, 0);
    let runs: Vec<&str> = desk.transcript().lines().filter(|it| it.contains("abandoned")).collect();
    assert_eq!(runs.len(), 1, "{}", desk.transcript());
}

#[test]
fn a_reader_that_goes_away_ends_nothing() {
    let mut desk = Desk::ready(&many(), &[]);
    let mut plan = desk.command("plan").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(plan.stdout.take());
    assert!(plan.wait().unwrap().success());
    desk.run("plans");
    assert_snapshot!(desk.transcript());
}
