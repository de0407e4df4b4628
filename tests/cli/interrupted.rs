//! Ctrl-C, and a process that is killed, in the middle of a run.

use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;

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
