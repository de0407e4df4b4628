//! The shape of the JSON document is a promise to others: every kind of plan fits the schema that is
//! shipped, and what does not belong into a plan does not fit it.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::samples::{Sample, day, every_kind, every_note, every_reason, thousand, user};
use crate::change::{Action, Cause, Change, Kind, Matched};
use crate::forecast::ReadingForm;
use crate::ids::{EmployeeId, RoleName, RunId};
use crate::memory::Feature;
use crate::note::Note;
use crate::pace::RatePlan;
use crate::plan::{OpenHolders, Plan, RolesRead};
use crate::standing::Leaving;

fn schema() -> Validator {
    let text = include_str!("../../schema/plan.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn assert_fits(plan: &Plan) {
    let json = serde_json::to_value(plan).unwrap();
    let errors: Vec<String> =
        schema().iter_errors(&json).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let back: Plan = serde_json::from_value(json).unwrap();
    assert_eq!((back.digest(), &back), (plan.digest(), plan));
}

#[test]
fn every_kind_of_plan_fits_the_schema() {
    let mut kinds = every_kind();
    for (id, cause) in (900..).zip(every_cause()) {
        kinds = kinds.change(id, "N", Action::Unblock { user: user(id) }, cause, Matched::MarkAndName);
    }
    let kinds = kinds.plan();
    let seen: BTreeSet<Kind> = kinds.changes().iter().map(Change::kind).collect();
    assert_eq!(seen.len(), Kind::ALL.len(), "a sample of every kind");
    assert_fits(&kinds);
    assert_fits(&every_note().plan());
    assert_fits(&thousand());
    assert_fits(&Sample::new().plan());
}

/// Whoever reads plans reads this. A change of it is a new version of the document.
#[test]
fn the_document_is_as_it_was() {
    let reasons = every_reason().into_iter();
    let sample = (201..).zip(reasons).fold(every_kind(), |it, (id, reason)| it.note(id, "N", reason));
    insta::assert_snapshot!(serde_json::to_string_pretty(&sample.plan()).unwrap());
}

#[test]
fn everything_optional_fits_the_schema() {
    let mut sample = every_kind();
    let draft = &mut sample.draft;
    draft.scope.employees = [EmployeeId::from(7), "E-9".parse().unwrap()].into();
    draft.scope.columns.insert("department".into(), "IT".into());
    draft.scope.only = Kind::ALL.into();
    draft.scope.limit = Some(5);
    draft.scope.undo = Some(RunId(3));
    draft.source.last_rows = Some(1_300);
    draft.source.known = 1_140;
    draft.source.vanished = [EmployeeId::from(9)].into();
    draft.first_sync = true;
    draft.users.roles = RolesRead::NotRead;
    draft
        .users
        .open_holders
        .insert(RoleName::new("admin"), OpenHolders { count: 3, losing: [user(1), user(2)].into() });
    draft.users.lacks = Feature::ALL.into();
    let reasons = every_reason().into_iter();
    draft.notes.extend(reasons.map(|reason| Note { employee: None, name: String::new(), reason }));
    assert_fits(&sample.plan());
}

#[test]
fn every_rate_plan_and_way_of_reading_fits_the_schema() {
    let custom = RatePlan::Custom { burst: 10, per_minute: 600 };
    for rate_plan in RatePlan::PUBLISHED.into_iter().chain([RatePlan::Essentials, custom]) {
        let pages = [ReadingForm::Pages, ReadingForm::Export, ReadingForm::Windows];
        for form in pages.into_iter().chain([ReadingForm::Files, ReadingForm::ById]) {
            let mut sample = Sample::new();
            sample.draft.forecast.rate_plan = rate_plan;
            sample.draft.forecast.reading.form = form;
            assert_fits(&sample.plan());
        }
    }
}

#[test]
fn what_is_no_part_of_a_plan_does_not_fit() {
    let schema = schema();
    let plan = serde_json::to_value(every_kind().plan()).unwrap();
    let spoilt = |path: &str, key: &str, value: Value| {
        let mut plan = plan.clone();
        plan.pointer_mut(path).unwrap()[key] = value;
        plan
    };
    assert!(schema.is_valid(&spoilt("", "first_sync", json!(true))));
    for (path, key, value) in [
        ("", "version", json!(2)),
        ("", "digest", json!("more")),
        ("", "policy", json!("short")),
        ("/scope", "limit", json!(-1)),
        ("/forecast", "cost", json!(1)),
        ("/changes/0", "undone", json!(true)),
        ("/changes/0", "matched", json!("guessed")),
        ("/changes/0/action", "kind", json!("delete")),
        ("/changes/0/action", "reason", json!("extra")),
        ("/changes/0/cause", "why", json!("whim")),
    ] {
        assert!(!schema.is_valid(&spoilt(path, key, value)), "{path}/{key}");
    }
}

fn every_cause() -> Vec<Cause> {
    vec![
        Cause::NoAccount,
        Cause::NoLink,
        Cause::Left { leaving: Leaving::Status { status: "terminated".into() } },
        Cause::Left { leaving: Leaving::Ended { ends_on: day("2026-11-20") } },
        Cause::Rehired,
        Cause::Drift,
        Cause::Roles { rules: [(RoleName::new("admin"), "role_code = admin".to_owned())].into() },
        Cause::NotInvited,
        Cause::OnDemand,
        Cause::Absent { readings: 2 },
        Cause::Undo { run: RunId(3) },
    ]
}
