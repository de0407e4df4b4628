//! One person's whole story.

use diff::{Concern, Outcome};
use engine::{AuditedChange, Chapter};
use insta::assert_snapshot;
use serde_json::Value;
use simulator::Options;

use super::two_people;
use crate::cli::Desk;
use crate::world::{Company, World};

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

#[tokio::test]
async fn everybody_who_said_yes_is_in_the_story() {
    let company = Company::new()
        .settled(1, "Ana Silva", "IT", "manager")
        .settled(3, "Cem Aydin", "IT", "admin")
        .settled(4, "Dora Novak", "IT", "admin")
        .cell(1, "role_code", "admin")
        .policy(|it| it.review.two_approvers = [Concern::AdminGrants].into());
    let world = World::with(company).await;
    world.plan().await;
    world.try_approve_as("grace").await.unwrap();
    world.approve_as("hal").await;
    world.apply().await;
    let story = world.engine.story(&1.into()).await.unwrap().unwrap();
    let granted = story.history.iter().find(|it| it.record.entry.event == "auth0_roles_assigned").unwrap();
    let AuditedChange { outcome, digest, approvals, call, .. } = granted.change.as_ref().unwrap();
    let said: Vec<&str> = approvals.iter().map(|it| it.by.name()).collect();
    assert_eq!((said.as_slice(), outcome), (["grace", "hal"].as_slice(), &Outcome::Applied));
    assert!(approvals.iter().all(|it| Some(&it.digest) == digest.as_ref()));
    assert!(call.as_ref().unwrap().auth0_request_id.is_some());
    assert!(world.engine.store().verify_audit(&[]).await.unwrap().is_whole());
}

#[tokio::test]
async fn what_a_dead_process_did_is_in_the_story_by_the_name_it_gave_the_call() {
    let world = World::at(two_people(), Options { latency_ms: 15, ..Options::default() }).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(world.die_when(|it| it.method == "POST" && it.path == "/api/v2/users").await);
    let mut world = world;
    world.clock("2026-11-23T08:01:00Z");
    world.apply().await;
    let created = |it: &&Chapter| it.record.entry.event == "auth0_user_created";
    let mut names = Vec::new();
    for id in [1, 2] {
        let story = world.engine.story(&id.into()).await.unwrap().unwrap();
        let chapter = story.history.iter().find(created).unwrap();
        names.push(chapter.change.as_ref().unwrap().call.as_ref().unwrap().correlation_id.clone());
    }
    assert_eq!(names, ["rollcall-1-1", "rollcall-2-1"], "one was done by the first run, one by the second");
    assert!(world.engine.store().verify_audit(&[]).await.unwrap().is_whole());
    world.assert_settled().await;
}
