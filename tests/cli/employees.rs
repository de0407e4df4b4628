//! Importing, and deciding by hand.

use insta::assert_snapshot;

use super::{Desk, people};

#[test]
fn a_file_that_cannot_be_stored_is_refused_as_a_whole() {
    let mut desk = Desk::ready(&people(), &[]);
    let header = "id,email,full_name,status,department,role_code,starts_on,ends_on";
    for (name, text) in [
        ("no-id.csv", format!("{header}\n,a@example.com,A,active,,,,\n")),
        (
            "double.csv",
            format!(
                "{header}\n1,a@example.com,A,active,,,,\n2,b@example.com,B,active,,,,\n1,c@example.com,C,active,,,,\n"
            ),
        ),
        ("odd-id.csv", format!("{header}\n1 2,a@example.com,A,active,,,,\n")),
        ("word-id.csv", format!("{header}\nE1,a@example.com,A,active,,,,\n")),
        ("date.csv", format!("{header}\n1,a@example.com,A,active,,,soon,\n")),
        ("short.csv", format!("{header}\n1,a@example.com\n")),
        ("column.csv", "id,e_mail,full_name,status\n1,a@example.com,A,active\n".to_owned()),
        ("quote.csv", format!("{header}\n1,\"a@example.com,A,active,,,,\n")),
        ("empty.csv", String::new()),
    ] {
        desk.write(name, &text);
        assert_ne!(desk.run(&format!("employees import {name}")).code, 0, "{name}");
    }
    desk.run("employees import nowhere.csv");
    desk.run("employees list");
    assert_snapshot!(desk.transcript());
}

#[test]
fn rows_that_a_file_does_not_have_stay_unless_somebody_says_otherwise() {
    let mut desk = Desk::ready(&people(), &[]);
    let csv = desk.read("employees.csv");
    let without_ben: Vec<&str> = csv.lines().filter(|it| !it.contains("Ben Okoye")).collect();
    desk.write("employees.csv", &without_ben.join("\n"));
    desk.run("employees import employees.csv");
    desk.run("employees import employees.csv --replace-missing terminated");
    desk.run("employees list");
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_matching_leaves_open_is_decided_by_hand() {
    let mut desk = Desk::settled(&people(), &[]);
    for line in [
        "employee link 4 'auth0|9'",
        "employee link 3 'auth0|9'",
        "employee link 4 auth0",
        "employee unlink 4",
        "employee unlink 4",
        "employee recreate 1",
        "employee ignore 1 --reason 'on leave'",
        "employee ignore 'auth0|9' --reason 'a robot'",
        "employee show 1",
        "plan",
        "employee ignore 1 --off",
        "employee ignore 1 --off",
        "employee show 77",
        "employee explain 77",
        "employee ignore 77 --reason x",
    ] {
        desk.run(line);
    }
    desk.remark("somebody deletes Ana's user in Auth0");
    desk.in_auth0(|it| it["users"].as_array_mut().unwrap().retain(|it| it["user_id"] != "auth0|1"));
    for line in ["employee explain 1", "employee recreate 1", "sync", "audit --employee 1"] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn one_person_is_synced_and_sent_a_mail_at_once() {
    let mut desk = Desk::ready(&people(), &[]);
    for line in [
        "employee sync 3",
        "employee sync 3",
        "employee resend 3",
        "employee resend 3 --invitation",
        "employee resend 2",
        "employee resend 3 --invitation --verification",
        "employee sync 4",
        "employee resend 4",
        "employee sync 77",
        "employee resend 77",
        "runs",
        "run show 1",
    ] {
        desk.run(line);
    }
    desk.remark("Cem leaves");
    let left = desk.read("employees.csv").replace(",team_lead,active,", ",team_lead,terminated,");
    desk.write("employees.csv", &left);
    desk.run("employees import employees.csv");
    desk.run("employee sync 3");
    desk.run("employee resend 3");
    assert_snapshot!(desk.transcript());
}
