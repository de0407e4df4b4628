//! Two processes at once, one that slept, and answers that come late.

use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;
use serde_json::json;

use super::scene::Scene;
use crate::cli::until;

/// Nine people move, one call each.
fn nine_move(scene: &Scene) {
    scene.sql("UPDATE employees SET department = 'Stock' WHERE id BETWEEN 101 AND 109");
}

fn start(scene: &Scene, line: &str) -> Child {
    scene.desk.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap_or(-1), said)
}

fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn what_runs_is_what_was_approved_and_nothing_else() {
    let mut scene = Scene::set();
    nine_move(&scene);
    scene.run("plan", 0);
    scene.run("plan approve 1", 0);
    // The approver changes a rule, and a row changes too.
    scene.desk.write(
        "rollcall.toml",
        "[auth0]\nmax_in_flight = 1\n[mapping.user_metadata]\ndepartment = \"{role_code}\"\n",
    );
    scene.run("apply 1", 1);
    scene.assert_untouched();
    scene.desk.write("rollcall.toml", "[auth0]\nmax_in_flight = 1\n");
    scene.sql("UPDATE employees SET department = 'IT' WHERE id = 105");
    scene.run("apply 1", 5);
    assert_snapshot!(scene.desk.transcript());
    assert_eq!(scene.user("auth0|104")["user_metadata"]["department"], "Stock");
    assert_eq!(scene.user("auth0|105")["user_metadata"]["department"], "Packing", "nobody approved IT");
    scene.assert_settles();
}

#[test]
fn a_plan_that_two_people_approve_at_once_is_approved_once() {
    let mut scene = Scene::set();
    nine_move(&scene);
    scene.run("plan", 0);
    let both: Vec<Child> = (0..2).map(|_| start(&scene, "plan approve 1")).collect();
    let mut codes: Vec<i32> = both.into_iter().map(|it| ended(it).0).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1]);
    scene.run("plan approve 1", 1);
    assert_snapshot!(scene.desk.transcript());
    scene.run("apply 1", 0);
    scene.assert_settles();
}

#[test]
fn of_two_appliers_at_once_one_applies() {
    let mut scene = Scene::set();
    nine_move(&scene);
    scene.run("plan", 0);
    scene.run("plan approve 1", 0);
    let before = scene.desk.writes().len();
    let both: Vec<Child> = (0..2).map(|_| start(&scene, "apply 1")).collect();
    let mut codes: Vec<i32> = both.into_iter().map(|it| ended(it).0).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1]);
    assert_eq!(scene.desk.writes().len() - before, 9, "each call is made once");
    scene.assert_settles();
}

#[test]
fn a_process_that_slept_through_its_lease_does_nothing_more() {
    let mut scene = Scene::set();
    nine_move(&scene);
    scene.run("plan", 0);
    scene.run("plan approve 1", 0);
    scene
        .desk
        .faults(&json!([{ "match": { "method": "PATCH" }, "nth": 1, "times": 0, "do": "delay", "ms": 80 }]));
    let before = scene.desk.writes().len();
    let sleeper = start(&scene, "apply 1");
    until("three calls are made", || scene.desk.writes().len() >= before + 3);
    signal(&sleeper, "STOP");
    scene.sql("UPDATE rollcall_leases SET expires_at = '1970-01-02 00:00:00'"); // it sleeps for long
    scene.run("apply 1", 0);
    let done = scene.desk.writes().len();
    signal(&sleeper, "CONT");
    let (code, said) = ended(sleeper);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("the lease was lost to another process"), "{said}");
    assert_eq!(scene.desk.writes().len(), done, "it calls no more");
    scene.assert_settles();
}

/// A search that lags for an hour shows nothing of what was just done.
#[test]
fn a_search_that_lags_makes_nobody_twice() {
    let mut scene = Scene::at(&["--search-lag-ms", "3600000"]);
    scene.sql(
        "INSERT INTO employees (id, email, full_name, department, role_code, status)
         VALUES (901, 'noor.haddad@example.com', 'Noor Haddad', 'IT', 'associate', 'active')",
    );
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 110");
    let users = scene.users();
    scene.run("sync", 0);
    let done = scene.desk.writes().len();
    scene.run("sync", 0);
    scene.run("plan --detailed-exitcode", 0);
    assert_eq!(scene.desk.writes().len(), done, "nothing is done again");
    assert_eq!(scene.users(), users + 1);
}
