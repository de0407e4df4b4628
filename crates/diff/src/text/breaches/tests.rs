//! Every limit as people read it: figures, whom it concerns, and the ways out.

use crate::ids::{PlanId, RoleName};
use crate::limits::Limit;
use crate::note::Reason;
use crate::text::samples::{every_kind, user};
use crate::text::style::Style;

use super::*;

fn each() -> Vec<Breach> {
    let role = || RoleName::new("team lead");
    let breach = |limit, found, allowed, people: &[i64]| Breach {
        limit,
        found,
        allowed,
        people: people.iter().map(|it| EmployeeId::from(*it)).collect(),
    };
    vec![
        breach(Limit::SourceRows, 800, 1_080, &[77]),
        breach(Limit::SourceEmployees, 130, 114, &[77, 78]),
        breach(Limit::Blocks, 26, 25, &[17, 88]),
        breach(Limit::Revocations, 90, 80, &[31]),
        breach(Limit::RevocationsOf(role()), 1, 0, &[31]),
        breach(Limit::Updates, 400, 342, &[31, 52, 53]),
        breach(Limit::Grants, 400, 342, &[502]),
        breach(Limit::Creates, 230, 228, &[501]),
        breach(Limit::AdminGrants, 3, 2, &[502]),
        breach(Limit::AdminsLeft(role()), 1, 2, &[88]),
        breach(Limit::Mails, 201, 200, &[501]),
    ]
}

fn plan() -> Plan {
    every_kind().note(77, "Kim Lee", Reason::Absent { user: user(77), readings: None }).plan()
}

fn shown(breaches: &[Breach], id: Option<PlanId>) -> String {
    let mut page = Page::new(100, Style::new(false));
    write(&mut page, &plan(), breaches, id, false);
    page.into_string()
}

#[test]
fn every_limit_alone() {
    let alone: Vec<String> =
        each().iter().map(|it| shown(std::slice::from_ref(it), Some(PlanId(12)))).collect();
    insta::assert_snapshot!(alone.join("\n"));
}

#[test]
fn every_limit_at_once() {
    insta::assert_snapshot!(shown(&each(), None));
}

#[test]
fn every_limit_as_markdown() {
    let markdown = crate::text::markdown(&plan(), &each(), &[].into(), Some(PlanId(12)));
    let (_, limits) = markdown.split_once("<details open><summary><b>limits").unwrap();
    let (limits, _) = limits.split_once("</details>").unwrap();
    assert!(
        markdown
            .contains("> **Source suspect, limit exceeded: 11 breaches, and nothing at all is written.**")
    );
    insta::assert_snapshot!(limits);
}
