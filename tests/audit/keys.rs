//! The key of the record, and where it may come from.

use insta::assert_snapshot;

use super::{is_in_a_file, two_people};
use crate::cli::Desk;

const OLD: &str = "an-old-key-of-more-than-thirty-two-characters";
const NEW: &str = "the-new-key-of-more-than-thirty-two-characters";

#[test]
fn a_key_is_changed_forgotten_and_found_again() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.set("ROLLCALL_AUDIT_KEY", OLD);
    desk.carry_out(1, "joiners of the week");
    desk.run("audit verify");
    desk.remark("another key, and the old one is thrown away");
    desk.set("ROLLCALL_AUDIT_KEY", NEW);
    desk.run("employee ignore 1 --reason 'on trial'");
    desk.run("audit verify");
    desk.remark("both, in a file, the new one first");
    desk.set("ROLLCALL_AUDIT_KEY", "");
    desk.write("audit.key", &format!("{NEW}\n{OLD}\n"));
    desk.set("ROLLCALL_AUDIT_KEY_FILE", "audit.key");
    desk.run("audit verify");
    desk.remark("a machine without a key");
    desk.set("ROLLCALL_AUDIT_KEY_FILE", "");
    desk.run("employee ignore 1 --off");
    desk.set("ROLLCALL_AUDIT_KEY_FILE", "audit.key");
    desk.run("audit verify");
    let before = desk.told();
    let head = desk.head();
    desk.remark("looked at, and the head noted");
    desk.run(&format!("audit verify --head {head}"));
    assert_snapshot!(format!("{before}\n\n{}", desk.told()));
}

#[test]
fn a_key_is_named_in_the_file_and_never_in_it() {
    let mut desk = Desk::ready(&two_people(), &[]);
    for (config, key) in [
        ("[audit]\nkey_file = \"audit.key\"\n", "too short\n"),
        ("[audit]\nkey_file = \"audit.key\"\n", "\n"),
        ("[audit]\nkey_file = \"elsewhere.key\"\n", ""),
        ("[audit]\nkey = \"hush\"\n", ""),
        ("[audit]\nkeyfile = \"audit.key\"\n", ""),
    ] {
        desk.write("rollcall.toml", config);
        desk.write("audit.key", key);
        desk.remark(config.lines().nth(1).unwrap());
        desk.run("audit verify");
    }
    desk.set("ROLLCALL_AUDIT_KEY", "short");
    desk.write("rollcall.toml", "");
    desk.run("plan");
    assert_snapshot!(desk.told());
}

#[test]
fn the_doctor_knows_a_machine_without_the_key() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.set("ROLLCALL_AUDIT_KEY", NEW);
    desk.carry_out(1, "joiners of the week");
    desk.set("ROLLCALL_AUDIT_KEY", "");
    let said = desk.run("doctor");
    let about: Vec<&str> = said.stdout.lines().skip_while(|it| !it.contains("  audit  ")).take(2).collect();
    assert_snapshot!(about.join("\n"), @"
    failed   audit           its newest entry has the key dfd4e64c690c77e0, and this machine does not: audit verify will report what it appends
                             → give this machine the same ROLLCALL_AUDIT_KEY, or [audit] key_file
    ");
    assert_eq!(said.code, 1);
}

#[test]
fn nothing_shows_the_key() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.set("ROLLCALL_AUDIT_KEY", NEW);
    desk.set("RUST_LOG", "trace");
    let mut said = String::new();
    for line in ["sync --first-sync -vv", "audit verify -vv", "doctor -vv", "audit --format jsonl -vv"] {
        let ended = desk.run(line);
        said.push_str(&ended.stdout);
        said.push_str(&ended.stderr);
    }
    assert!(said.contains("key_id") && said.len() > 5_000, "everything was logged");
    assert!(!said.contains(NEW));
    assert!(!is_in_a_file(desk.path(), NEW));
}
