//! One person's whole story.

use insta::assert_snapshot;
use serde_json::Value;

use super::two_people;
use crate::cli::Desk;

#[test]
fn a_joiner_becomes_a_mover_and_a_leaver() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.carry_out(1, "joiners of the week");
    desk.hr(|it| it.replace("Packing,associate", "Heat Press,team_lead"));
    desk.carry_out(2, "moved to the presses");
    desk.run("employee ignore 1 --reason 'on trial at the presses'");
    desk.run("employee ignore 1 --off");
    desk.forget();
    desk.hr(|it| it.replace("team_lead,active", "team_lead,terminated"));
    desk.carry_out(3, "left in November");
    desk.run("employee show 1");
    assert_snapshot!(desk.told());

    let story: Value = serde_json::from_str(&desk.run("employee show 1 --format json").stdout).unwrap();
    let history = story["history"].as_array().unwrap();
    let created = &history[0]["body"];
    assert_eq!(created["change"]["action"]["fields"]["email"], "ana.silva@example.com");
    assert_eq!(created["approvals"][0]["reason"], "joiners of the week");
    assert_eq!(created["call"]["correlation_id"], "rollcall-1-1");
    assert!(created["call"]["auth0_request_id"].is_string());
    // The tenant knows the call by the same name.
    let asked = desk.journal();
    let sent = |it: &Value| it["correlation_id"] == "rollcall-1-1";
    assert!(asked.iter().any(sent), "{:?}", asked.first());
}

#[test]
fn what_went_wrong_is_in_the_story_as_well() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.faults(&serde_json::json!([
        { "match": { "method": "POST", "path": "/api/v2/users" }, "nth": 1, "times": 0, "do": "500" }
    ]));
    desk.run("plan");
    desk.run("plan approve 1");
    desk.run("apply 1");
    desk.forget();
    desk.run("employee show 2");
    assert_snapshot!(desk.told());
}

#[test]
fn somebody_whose_row_is_gone_has_a_story_still() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.carry_out(1, "joiners of the week");
    desk.sql("rollcall.db", "DELETE FROM employees WHERE id = 1");
    let said = desk.run("employee show 1");
    assert_eq!(said.code, 0);
    assert!(said.stdout.starts_with("standing      not in the employee table any more\n"), "{}", said.stdout);
    assert!(said.stdout.contains("user created · applied"));
    assert_eq!(desk.run("employee show 77").code, 1);
}

#[test]
fn an_erased_person_is_a_number_with_a_history() {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.carry_out(1, "joiners of the week");
    for line in [
        "audit erase --employee 1 --reason 'asked for on 3 March'",
        "employee show 1",
        "audit verify",
        "audit erase --employee 1 --reason 'asked for on 3 March'",
        "audit erase --employee 77 --reason 'a typo'",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.told());
}
