//! Planning from files alone: no database, no network, the same bytes every time.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::Desk;

fn scenario(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/scenarios")
        .join(name)
        .canonicalize()
        .unwrap()
        .display()
        .to_string()
}

fn line(folder: &str) -> String {
    format!(
        "plan --employees {folder}/employees.csv --users {folder}/users.json --roles {folder}/roles.json --today 2026-11-23"
    )
}

#[test]
fn a_plan_from_files_is_the_same_to_the_byte() {
    let mut desk = Desk::empty();
    let line = line(&scenario("link-by-email"));
    for format in ["text", "json", "markdown"] {
        let line = format!("{line} --format {format}");
        let (one, other) = (desk.run(&line), desk.run(&line));
        assert_eq!((one.code, &one.stdout), (0, &other.stdout), "{}", one.stderr);
        assert!(!one.stdout.is_empty());
    }
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn ci_reads_what_a_change_would_do() {
    let mut desk = Desk::empty();
    let folder = scenario("link-by-email");
    let said = desk.run(&line(&folder));
    let waiting = desk.run(&format!("{} --detailed-exitcode", line(&folder)));
    assert_eq!((said.code, waiting.code), (0, 2));
    assert_snapshot!(said.stdout);
}

/// Whoever plans for many wants to know what it takes.
#[test]
fn what_a_plan_takes_is_told_with_v() {
    let mut desk = Desk::empty();
    let said = desk.run(&format!("{} -v --log-format json", line(&scenario("link-by-email"))));
    let lines: Vec<Value> = said.stderr.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    let fields = |message: &str| {
        let line = lines.iter().find(|it| it["fields"]["message"] == message);
        line.unwrap_or_else(|| panic!("{}", said.stderr))["fields"].clone()
    };
    let read = fields("both files are read");
    assert!(read["rows"].as_u64() > Some(0) && read["users"].as_u64() > Some(0), "{read}");
    let ended = fields("the command has ended");
    assert!(ended["took_ms"].is_u64(), "{ended}");
    assert_eq!(
        ended["peak_memory_mib"].as_u64().is_some_and(|it| it > 0),
        cfg!(target_os = "linux"),
        "{ended}"
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let mut desk = Desk::empty();
    desk.write(
        "employees.csv",
        "id,email,full_name,status,department,role_code,starts_on,ends_on\n1,a@example.com,A,active,,,,\n",
    );
    desk.write("users.json", "[]");
    desk.write("broken.json", "{\"user_id\": \"auth0|1\", \"email\": \"hush@example.com\"\n");
    desk.write("roles.json", "[1]");
    for line in [
        "plan --employees employees.csv",
        "plan --employees nowhere.csv --users users.json --today 2026-11-23",
        "plan --employees employees.csv --users nowhere.json --today 2026-11-23",
        "plan --employees employees.csv --users broken.json --today 2026-11-23",
        "plan --employees employees.csv --users users.json --roles roles.json --today 2026-11-23",
        "plan --employees employees.csv --users users.json --today tomorrow",
        "plan --employees employees.csv --users users.json --today 2026-11-23",
    ] {
        desk.run(line);
    }
    assert!(!desk.transcript().contains("hush@"));
    assert_snapshot!(desk.transcript());
}
