//! The reader of plan documents, and whatever is done with a plan that was read.

use std::collections::BTreeSet;

use diff::{Limits, Plan, Policy, RoleName, TextOptions, calls, markdown, sentence, text};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{bytes, is_harmless, mutated};
use crate::cli::{Desk, people};
use crate::properties::companies::companies;
use crate::properties::config;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_at_all_is_no_plan(bytes in bytes()) {
        prop_assert!(serde_json::from_slice::<Plan>(&bytes).is_err());
    }

    #[test]
    fn a_damaged_plan_is_refused_or_can_be_shown(bytes in companies().prop_map(|it| document(&it.plan())).prop_flat_map(mutated)) {
        if let Ok(plan) = serde_json::from_slice(&bytes) {
            used(&plan);
        }
    }

    #[test]
    fn a_plan_with_something_else_in_one_place_is_refused_or_can_be_shown(
        plan in companies().prop_map(|it| serde_json::to_value(it.plan()).expect("it can be written")),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..WRONG), 4),
    ) {
        let places = places(&plan);
        for (pick, wrong) in picks {
            let mut changed = plan.clone();
            *changed.pointer_mut(&places[pick.index(places.len())]).expect("it is a place of it") = nonsense(wrong);
            if let Ok(plan) = serde_json::from_value(changed) {
                used(&plan);
            }
        }
    }
}

fn document(plan: &Plan) -> Vec<u8> {
    serde_json::to_vec(plan).expect("it can be written")
}

/// Everything that reads a plan, which must do for every plan that there can be.
fn used(plan: &Plan) {
    let admin = BTreeSet::from([RoleName::new("admin")]);
    let policy = Policy::default();
    let breaches = Limits::default().breaches(plan, &policy.roles);
    for (all, width) in [(false, Some(0)), (true, None)] {
        let options = TextOptions { all, color: false, width, admin: &admin, id: None };
        let shown = text(plan, &breaches, options);
        assert!(is_harmless(&shown), "{shown:?}");
    }
    assert!(is_harmless(&markdown(plan, &breaches, &admin, None)));
    for change in plan.changes() {
        assert!(is_harmless(&sentence(change)));
        let rest = plan.without(&BTreeSet::from([change.id.clone()]));
        assert!(rest.changes().len() < plan.changes().len());
    }
    assert!(calls(plan.changes()).len() <= 8 * plan.changes().len());
    let _looked_at = (plan.mails(), plan.held(), plan.counts(), plan.needs_review(&policy).count());
    let back: Plan = serde_json::from_slice(&document(plan)).expect("what was written can be read");
    assert_eq!(back.digest(), plan.digest());
}

const WRONG: usize = 13;

fn nonsense(which: usize) -> Value {
    let all: [Value; WRONG] = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1.797e308),
        json!(-0.5),
        json!(""),
        json!("\u{1b}[2J\u{202e}\u{0}\n"),
        json!("9999-99-99"),
        json!([]),
        json!({}),
    ];
    all[which].clone()
}

/// The pointers to everything in a document.
fn places(document: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match document {
        Value::Array(items) => items.iter().enumerate().map(|(at, it)| (at.to_string(), it)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let mut found = vec![String::new()];
    for (name, it) in inner {
        let name = name.replace('~', "~0").replace('/', "~1");
        found.extend(places(it).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}

/// A plan of blocks, each of which needs the one before it.
fn chain(length: usize) -> Value {
    let block = |number: usize| {
        let needs = if number == 0 { vec![] } else { vec![format!("block-{}", number - 1)] };
        json!({
            "id": format!("block-{number}"), "employee": number.to_string(), "name": "A",
            "action": { "kind": "block", "user": format!("auth0|{number}"), "end_sessions": false },
            "cause": { "why": "on_demand" }, "matched": "link", "needs": needs,
        })
    };
    let company = companies().new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let mut plan = serde_json::to_value(company.plan()).unwrap();
    plan["notes"] = json!([]);
    plan["changes"] = (0..length).map(block).collect();
    plan
}

#[test]
fn changes_that_need_each_other_in_a_long_row_are_a_plan_and_in_a_circle_none() {
    let plan: Plan = serde_json::from_value(chain(20_000)).unwrap();
    assert_eq!(plan.changes().len(), 20_000);
    let mut circle = chain(20_000);
    circle["changes"][0]["needs"] = json!(["block-19999"]);
    let error = serde_json::from_value::<Plan>(circle).unwrap_err().to_string();
    assert_eq!(error, "the changes block-0 and others need each other");
}

#[test]
fn depth_and_numbers_beyond_all_reason_are_refused() {
    let plan = chain(1).to_string();
    for (before, after) in [
        ("\"version\":1", "\"version\":4294967297".to_owned()),
        ("\"version\":1", "\"version\":1e400".to_owned()),
        ("\"version\":1", format!("\"version\":{}", "[".repeat(200_000))),
        ("\"notes\":[]", format!("\"notes\":{}{}", "[".repeat(200_000), "]".repeat(200_000))),
        ("\"first_sync\":false", "\"first_sync\":\"\\ud800\"".to_owned()),
        ("\"first_sync\":false", "\"first_sync\":false,\"first_sync\":true".to_owned()),
    ] {
        assert!(plan.contains(before), "{before} is in {plan}");
        let changed = plan.replacen(before, &after, 1);
        assert!(serde_json::from_str::<Plan>(&changed).is_err(), "{}", &after[..after.len().min(60)]);
    }
}

#[test]
fn figures_beyond_all_reason_can_be_shown() {
    let most = json!({ "read_users": u64::MAX, "other": u64::MAX });
    let mut plan = chain(1);
    plan["forecast"]["writes"] = most.clone();
    plan["forecast"]["reading"]["calls"] = most;
    for figures in ["source", "users", "forecast"] {
        for (_, figure) in plan[figures].as_object_mut().unwrap().iter_mut().filter(|(_, it)| it.is_u64()) {
            *figure = json!(u64::MAX);
        }
    }
    used(&serde_json::from_value(plan).unwrap());
}

/// Tells about a plan that somebody, or a bad disk, has changed in the database.
#[test]
fn a_stored_plan_that_was_changed_is_refused_with_what_to_do() {
    for (what, change) in [
        ("half of it is gone", "document = substr(document, 1, 900)"),
        ("another version", "document = replace(document, '\"version\":1', '\"version\":7')"),
        (
            "a name where a list should be",
            "document = replace(document, '\"notes\":[', '\"notes\":\"Hush Nobody\",\"x\":[')",
        ),
    ] {
        let mut desk = Desk::ready(&people(), &[]);
        assert_eq!(desk.run("plan").code, 0);
        desk.forget();
        desk.sql("rollcall.db", &format!("UPDATE rollcall_plan_parts SET {change}"));
        desk.remark(what);
        assert_ne!(desk.run("plan show 1").code, 0, "{what}");
        assert_ne!(desk.run("plan approve 1").code, 0, "{what}");
        assert!(!desk.transcript().contains("Hush"), "{}", desk.transcript());
        assert_eq!(desk.writes(), Vec::<String>::new());
        insta::assert_snapshot!(what.replace(' ', "_"), desk.transcript());
        assert_eq!(desk.run("sync --first-sync").code, 0, "{what}: a new plan is made and runs");
    }
}
