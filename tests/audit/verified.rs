//! Whether anybody changed the record.

use insta::assert_snapshot;

use super::two_people;
use crate::cli::Desk;

fn applied() -> Desk {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.carry_out(1, "joiners of the week");
    desk
}

#[test]
fn a_whole_record_says_what_it_does_not_protect_from() {
    let mut desk = applied();
    let head = desk.head();
    desk.run("audit verify");
    desk.run(&format!("audit verify --head {head}"));
    desk.run("audit verify --format json");
    desk.run("audit verify --head 7");
    assert_snapshot!(desk.told());
}

#[test]
fn a_changed_record_names_the_entry_and_what_to_do() {
    let mut desk = applied();
    desk.sql("rollcall.db", "UPDATE rollcall_audit SET actor = 'mallory' WHERE seq = 3");
    desk.sql("rollcall.db", "DELETE FROM rollcall_audit WHERE seq = 5");
    desk.run("audit verify");
    desk.run("audit verify --format json");
    // The record itself is still read.
    desk.run("audit --employee 1");
    assert_snapshot!(desk.told());
}

#[test]
fn a_record_that_was_set_back_to_a_copy_is_not_the_one_that_was_noted() {
    let mut desk = applied();
    desk.quietly(&["employee ignore 2 --reason 'on trial'"]);
    let head = desk.head();
    desk.sql(
        "rollcall.db",
        "DELETE FROM rollcall_audit WHERE seq > 7; \
         UPDATE rollcall_audit_heads SET seq = 7, hash = (SELECT hash FROM rollcall_audit WHERE seq = 7)",
    );
    desk.run("audit verify");
    desk.run(&format!("audit verify --head {head}"));
    assert_snapshot!(desk.told());
}

#[test]
fn many_processes_append_at_once() {
    let mut desk = applied();
    let mut processes: Vec<_> = (0..8)
        .map(|at| {
            let of = if at % 2 == 0 { 1 } else { 2 };
            desk.command(&format!("employee ignore {of} --off")).spawn().unwrap()
        })
        .collect();
    assert!(processes.iter_mut().all(|it| it.wait().unwrap().success()));
    let said = desk.run("audit verify");
    assert_eq!(said.code, 0, "{}", said.stdout);
    let listed = desk.run("audit --event employee_heeded --format jsonl").stdout;
    assert_eq!(listed.lines().count(), 8);
}
