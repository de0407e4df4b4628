//! From an empty folder to a settled tenant, and what stands in the way.

use insta::assert_snapshot;

use super::{Desk, people};

#[test]
fn the_main_job_by_hand() {
    let mut desk = Desk::with(&people(), &[]);
    for line in [
        "migrate --status",
        "migrate",
        "migrate",
        "employees import employees.csv",
        "employees import employees.csv",
        "employees list",
        "plan --detailed-exitcode",
        "plans",
        "plan show 1 --all",
        "plan approve 1 --reason 'looks right'",
        "apply 1",
        "plan",
        "plan --detailed-exitcode",
        "plans",
        "runs",
        "run show 1",
        "audit",
        "employee show 2",
        "employee explain 1",
        "employees list",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn init_writes_a_file_that_explains_itself_and_is_not_overwritten() {
    let mut desk = Desk::empty();
    desk.run("init");
    desk.run("init");
    desk.run("init --force");
    desk.run("migrate");
    assert_snapshot!(desk.transcript());
    assert!(desk.read("rollcall.toml").contains("[auth0]"));
}

#[test]
fn a_configuration_is_refused_as_a_whole_with_every_problem_at_once() {
    let mut desk = Desk::with(&people(), &[]);
    desk.write(
        "rollcall.toml",
        "[auth0]\ndomian = \"x\"\nrate_plan = \"fre\"\n\n[leavers]\naction = \"delete\"\n\n[mapping]\nname = \"{full_nam}\"\n",
    );
    desk.set("AUTH0_MAX_RETRIES", "many");
    desk.run("plan");
    desk.run("doctor --config nowhere.toml");
    desk.write("broken.toml", "[auth0\n");
    desk.run("doctor --config broken.toml");
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_is_missing_is_named() {
    let mut desk = Desk::empty();
    desk.run("plan");
    desk.set("DATABASE_URL", "sqlite://rollcall.db");
    desk.run("plan");
    desk.set("AUTH0_DOMAIN", "http://tenant.eu.auth0.com");
    desk.set("AUTH0_CLIENT_ID", "id");
    desk.set("AUTH0_CLIENT_SECRET", "secret");
    desk.run("plan");
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_cannot_be_reached_is_named() {
    let mut desk = Desk::with(&people(), &[]);
    desk.set("AUTH0_MAX_RETRIES", "0");
    desk.set("DATABASE_URL", "postgres://nobody:hush@127.0.0.1:1/hr");
    desk.run("plan");
    desk.set("DATABASE_URL", "sqlite://nowhere/rollcall.db");
    desk.run("migrate");
    desk.set("DATABASE_URL", "sqlite://rollcall.db");
    desk.run("plan");
    desk.run("migrate");
    desk.run("employees import employees.csv");
    desk.stop_tenant();
    desk.run("plan");
    assert!(!desk.transcript().contains("hush"));
    assert_snapshot!(desk.transcript());
}

#[test]
fn slips_of_the_keyboard_get_a_suggestion() {
    let mut desk = Desk::empty();
    for line in [
        "plam",
        "plan --only creat",
        "plan --where department",
        "apply seven",
        "plan approve",
        "plan --today 2026-11-23",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}
