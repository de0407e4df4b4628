//! The quarantine at the command line.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::cli::{Desk, people};

/// Everybody is as they should be; then Ana is promoted and Eva leaves, and Auth0 gives no roles and does not
/// change Eva.
fn trouble() -> Desk {
    let company = people().row(5, "Eva Berg", "Packing", "associate");
    let company = company.user(
        "auth0|5",
        json!({ "email": "eva.berg@example.com", "name": "Eva Berg", "email_verified": true }),
    );
    let mut desk = Desk::settled(&company, &[]);
    desk.set("AUTH0_MAX_RETRIES", "0");
    let edited = |line: &str| match line {
        ana if ana.contains("Ana Silva") => ana.replace("associate", "team_lead"),
        eva if eva.contains("Eva Berg") => eva.replace("active", "terminated"),
        other => other.to_owned(),
    };
    let lines: Vec<String> = desk.read("employees.csv").lines().map(edited).collect();
    desk.write("employees.csv", &lines.join("\n"));
    assert_eq!(desk.run("employees import employees.csv").code, 0);
    let broken = |method: &str, path: &str| json!({ "match": { "method": method, "path": path }, "times": 0, "do": "500" });
    desk.faults(&json!([
        broken("POST", "/api/v2/users/{id}/roles"),
        broken("PATCH", "/api/v2/users/auth0*5")
    ]));
    desk
}

#[test]
fn what_failed_is_listed_released_and_given_up() {
    let mut desk = trouble();
    for line in [
        "quarantine",
        "sync",
        "quarantine",
        "sync",
        "quarantine",
        "plan",
        "employee explain 1",
        "employee explain 5",
        "quarantine drop 5 --reason 'tired of it'",
        "quarantine drop 7 --reason 'tired of it'",
        "quarantine drop 1 --kind update --reason 'tired of it'",
        "quarantine drop 1",
        "quarantine drop 1 --kind grant --reason 'she is promoted in May'",
        "quarantine",
        "plan --only grant",
        "quarantine release 1 5",
        "quarantine release 7",
        "quarantine release",
        "quarantine release 1 --all",
        "quarantine release --all --kind create",
        "plan",
    ] {
        desk.run(line);
    }
    desk.remark("Auth0 is mended");
    desk.faults(&json!([]));
    for line in ["sync", "quarantine"] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
    let audit = desk.run("audit --employee 1").stdout;
    assert!(audit.contains("change_given_up") && audit.contains("she is promoted in May"), "{audit}");
    assert!(audit.contains("change_released"), "{audit}");
}

#[test]
fn the_list_is_json_too() {
    let mut desk = trouble();
    desk.run("sync");
    desk.run("sync");
    let show = desk.run("employee show 1").stdout;
    assert!(show.contains("grant failed 2 times"), "{show}");
    let said = desk.run("quarantine --format json");
    let mut listed: Value = serde_json::from_str(&said.stdout).unwrap();
    for it in listed.as_array_mut().unwrap() {
        for time in ["first_failed_at", "last_failed_at"] {
            assert!(it[time].as_str().unwrap().ends_with('Z'));
            it[time] = "[time]".into();
        }
        it["next_try"]["at"] = "[time]".into();
    }
    let listed = serde_json::to_string_pretty(&listed).unwrap().replace(desk.address(), "[tenant]");
    assert_snapshot!(listed);
}
