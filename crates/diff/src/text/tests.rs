//! What a reviewer reads, kind by kind.

use std::collections::BTreeSet;

use serde_json::json;

use super::samples::{
    Sample, by_code, day, every_kind, every_note, every_reason, field, terminated, thousand, user,
};
use super::{MARKDOWN_MAX, TextOptions, markdown, sentence, text};
use crate::change::{Cause, Matched};
use crate::ids::{EmployeeId, RoleName, Tenant};
use crate::limits::{Breach, Limit};
use crate::note::{Note, Reason};
use crate::plan::{Plan, RolesRead};
use crate::standing::{Held, Leaving};

fn admin() -> BTreeSet<RoleName> {
    [RoleName::new("admin")].into()
}

fn shown(plan: &Plan) -> String {
    shown_with(plan, &[])
}

fn shown_with(plan: &Plan, breaches: &[Breach]) -> String {
    text(plan, breaches, TextOptions { all: false, color: false, width: None, admin: &admin(), id: None })
}

fn unfolded(plan: &Plan) -> String {
    text(plan, &[], TextOptions { all: true, color: false, width: None, admin: &admin(), id: None })
}

fn breach(limit: Limit, found: usize, allowed: usize, people: impl IntoIterator<Item = i64>) -> Breach {
    Breach { limit, found, allowed, people: people.into_iter().map(EmployeeId::from).collect() }
}

/// Enough of everything for lists to be folded, and small enough to be read here.
fn movers() -> Sample {
    let names = ["Jessica Morris", "Ola Nord", "Ida Lund", "Bo Ek", "Priya Nair", "Li Wei", "Eva Dahl"];
    let moved = || vec![field("user_metadata.department", json!("Packing"), json!("Heat Press"))];
    (12..).zip(names).fold(Sample::new().costs(7, 7, 4), |sample, (id, name)| {
        sample.update(id, name, moved()).grant(id, name, "team_lead")
    })
}

#[test]
fn every_kind_of_change() {
    insta::assert_snapshot!(shown(&every_kind().plan()));
}

#[test]
fn every_kind_of_change_unfolded() {
    insta::assert_snapshot!(unfolded(&every_kind().plan()));
}

#[test]
fn every_kind_of_change_in_color() {
    let options = TextOptions { all: false, color: true, width: None, admin: &admin(), id: None };
    let breaches = [breach(Limit::AdminGrants, 3, 2, [502])];
    let text = text(&every_kind().plan(), &breaches, options);
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn every_kind_of_change_on_a_narrow_terminal() {
    let options = TextOptions { all: false, color: false, width: Some(60), admin: &admin(), id: None };
    insta::assert_snapshot!(text(&every_kind().plan(), &[], options));
}

#[test]
fn every_kind_of_change_as_markdown() {
    let breaches = [breach(Limit::AdminGrants, 3, 2, [502])];
    insta::assert_snapshot!(markdown(&every_kind().plan(), &breaches, &admin(), None));
}

#[test]
fn every_kind_of_change_in_a_sentence() {
    let plan = every_kind().plan();
    let sentences: Vec<String> = plan.changes().iter().map(sentence).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn every_reason_with_its_command() {
    insta::assert_snapshot!(shown(&every_note().plan()));
}

#[test]
fn a_thousand_changes() {
    let plan = thousand();
    assert_eq!(plan.changes().len(), 1_000);
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn a_thousand_changes_as_markdown() {
    insta::assert_snapshot!(markdown(&thousand(), &[], &admin(), None));
}

#[test]
fn limits_exceeded_with_figures_people_and_the_ways_out() {
    let breaches = [
        breach(Limit::Blocks, 26, 25, 1..=26),
        breach(Limit::RevocationsOf(RoleName::new("team_lead")), 31, 20, 10..=40),
        breach(Limit::Updates, 740, 342, 61..=800),
        breach(Limit::AdminsLeft(RoleName::new("admin")), 1, 2, [4]),
        breach(Limit::Mails, 210, 200, []),
    ];
    let text = shown_with(&thousand(), &breaches);
    let (breaches, _) = text.split_once("\nblock ·").unwrap();
    insta::assert_snapshot!(breaches);
}

#[test]
fn an_empty_plan_says_that_there_is_nothing_to_do() {
    insta::assert_snapshot!(shown(&Sample::new().plan()), @"
    Plan for acme.eu.auth0.com · 2026-11-23 · everybody

    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    read      1,200 rows: 1,150 employed, 20 left, 3 not due yet, 27 held
              1,190 users by pages in 16 calls: 1,140 managed, 50 nobody's and left alone

    nothing to do
    ");
}

#[test]
fn an_empty_plan_still_says_who_is_held() {
    let held = Reason::Held { held: Held::Status { status: "furlough".into() } };
    let plan = Sample::new().note(7, "Kim Lee", held.clone()).note(9, "Bo Ek", held).plan();
    assert!(shown(&plan).ends_with("\nnothing to do · 2 held\n"));
    assert!(markdown(&plan, &[], &admin(), None).starts_with("## Rollcall: nothing to do · 2 held\n"));
}

#[test]
fn identical_changes_are_one_entry() {
    insta::assert_snapshot!(shown(&movers().plan()), @"
    Plan for acme.eu.auth0.com · 2026-11-23 · everybody

    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           14: 7 updates, 7 grants
    held              nobody

    update · 7 people
      ~ user_metadata.department: Packing → Heat Press (from department) · 7 people
          12 Jessica Morris, 13 Ola Nord, 14 Ida Lund, 15 Bo Ek, 16 Priya Nair, and 2 more

    grant · 7 people
      + team_lead (role_code = team_lead) · 7 people
          12 Jessica Morris, 13 Ola Nord, 14 Ida Lund, 15 Bo Ek, 16 Priya Nair, and 2 more

    read      1,200 rows: 1,150 employed, 20 left, 3 not due yet, 27 held
              1,190 users by pages in 16 calls: 1,140 managed, 50 nobody's and left alone
    forecast  14 calls (7 write users, 7 roles and others), about 4 seconds at 80 % of the free plan

    plan 1e3fd832118e: 14 changes
    ");
}

#[test]
fn long_values_that_only_look_the_same_are_not_folded() {
    let long = |end: char| json!(format!("{}{end}", "x".repeat(500)));
    let fields = |end| vec![field("user_metadata.bio", long('c'), long(end))];
    let plan = Sample::new().update(1, "N", fields('a')).update(2, "N", fields('b')).plan();
    assert_eq!(shown(&plan).matches("user_metadata.bio").count(), 2);
}

#[test]
fn unfolded_every_change_stands_for_itself() {
    let text = unfolded(&movers().plan());
    assert_eq!(text.matches("user_metadata.department: Packing → Heat Press (from department)").count(), 7);
    assert_eq!(text.matches("team_lead (role_code = team_lead)").count(), 7);
}

#[test]
fn a_pilot_says_whom_it_is_about_and_that_roles_were_not_read() {
    let mut sample = movers();
    let draft = &mut sample.draft;
    draft.scope.columns.insert("department".into(), "IT".into());
    draft.scope.only.insert(crate::change::Kind::Create);
    draft.scope.limit = Some(5);
    draft.first_sync = true;
    draft.users.roles = RolesRead::NotRead;
    draft.source.in_scope = 12;
    draft.changes.retain(|it| it.kind() == crate::change::Kind::Update);
    insta::assert_snapshot!(shown(&sample.plan()), @"
    Plan for acme.eu.auth0.com · 2026-11-23 · department = IT · only create · at most 5 people · first
    sync

    loses access      nobody
    gains admin role  nobody; roles were not read
    gets mail         nobody
    changes           7 updates
    held              nobody

    update · 7 people
      ~ user_metadata.department: Packing → Heat Press (from department) · 7 people
          12 Jessica Morris, 13 Ola Nord, 14 Ida Lund, 15 Bo Ek, 16 Priya Nair, and 2 more

    read      1,200 rows, 12 in scope: 1,150 employed, 20 left, 3 not due yet, 27 held
              1,190 users by pages in 16 calls: 1,140 managed, 50 nobody's and left alone; roles were
              not read, so nothing about them is planned
    forecast  14 calls (7 write users, 7 roles and others), about 4 seconds at 80 % of the free plan

    plan e75ed9e428b2: 7 changes
    ");
}

#[test]
fn who_loses_access_or_touches_an_admin_role_is_never_folded() {
    let mut sample = Sample::new();
    for id in 1..=12 {
        sample = sample.block(id, "N", terminated()).grant(id + 100, "M", "admin");
    }
    let text = shown(&sample.plan());
    assert_eq!(text.matches("  - ").count(), 12, "{text}");
    assert_eq!(text.matches("ADMIN ROLE · admin").count(), 12, "{text}");
}

#[test]
fn notes_that_go_on_and_on_are_cut_with_a_count_and_loud_ones_never() {
    let notes = |reason: fn(i64) -> Reason| {
        let plan = (1..=30).fold(Sample::new(), |it, id| it.note(id, "N", reason(id))).plan();
        shown(&plan)
    };
    let gone = notes(|id| Reason::UserGone { user: user(id) });
    assert_eq!(gone.matches("does not exist any more").count(), 10, "{gone}");
    assert!(gone.contains("  and 20 more, which --all shows\n"), "{gone}");
    assert_eq!(gone.matches("⤷ rollcall employee recreate ID").count(), 1, "{gone}");
    let open = notes(|id| Reason::OpenAccess { user: user(id) });
    assert_eq!(open.matches("can still log in").count(), 30, "{open}");
}

#[test]
fn every_reason_is_a_sentence_of_its_own_that_names_every_id() {
    let sentences: BTreeSet<String> = every_reason().iter().map(ToString::to_string).collect();
    assert_eq!(sentences.len(), every_reason().len());
    for reason in every_reason() {
        let json = serde_json::to_string(&reason).unwrap();
        for id in json.split('"').filter(|it| it.starts_with("auth0|")) {
            assert!(reason.to_string().contains(id), "{reason} does not name {id}");
        }
    }
}

const HOSTILE: &str =
    "</details><img src=x onerror=alert(1)>\n```\n| `a` | @octocat #1 \u{1b}]0;x\u{7}\u{202e}[x](y)";

/// Every text of a plan that can come from outside is hostile here.
fn hostile() -> Plan {
    let mut sample = every_kind();
    for (id, reason) in (700..).zip(every_reason()) {
        sample = sample.note(id, HOSTILE, reason);
    }
    let held = Held::Status { status: HOSTILE.into() };
    sample = sample
        .note(1, HOSTILE, Reason::Held { held })
        .note(2, HOSTILE, Reason::UnknownRoleCode { code: HOSTILE.into() })
        .note(3, HOSTILE, Reason::IgnoredEmployee { why: HOSTILE.into() })
        .block(800, HOSTILE, Leaving::Status { status: HOSTILE.into() })
        .grant(801, HOSTILE, HOSTILE)
        .revoke(801, HOSTILE, HOSTILE, by_code(HOSTILE))
        .update(
            802,
            HOSTILE,
            vec![field("user_metadata.a`|<b>", json!(HOSTILE), json!({ HOSTILE: HOSTILE }))],
        )
        .create(803, HOSTILE, HOSTILE, HOSTILE)
        .link(804, HOSTILE, Matched::Email);
    let draft = &mut sample.draft;
    draft.tenant = Tenant::new(HOSTILE);
    draft.scope.columns.insert(HOSTILE.into(), HOSTILE.into());
    draft.notes.push(Note {
        employee: None,
        name: HOSTILE.into(),
        reason: Reason::BreakGlass { user: user(1) },
    });
    sample.plan()
}

#[test]
fn hostile_names_cannot_steer_a_terminal() {
    let plan = hostile();
    let mut texts = vec![shown(&plan), unfolded(&plan), markdown(&plan, &[], &admin(), None)];
    texts.extend(plan.changes().iter().map(sentence));
    for text in texts {
        let steering = |it: char| (it.is_control() && it != '\n') || matches!(it, '\u{202a}'..='\u{202e}');
        assert_eq!(text.chars().find(|it| steering(*it)), None, "{text}");
        assert!(text.contains("\\u{1b}]0;x\\u{7}\\u{202e}") || !text.contains("octocat"), "{text}");
    }
}

#[test]
fn hostile_names_are_no_markup() {
    let markdown = markdown(&hostile(), &[breach(Limit::Blocks, 9, 5, [800])], &admin(), None);
    let mut fence: Option<&str> = None;
    let mut details = 0;
    for line in markdown.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if ticks.len() >= open.len() && line == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                details += line.matches("<details").count();
                details -= line.matches("</details>").count();
                assert!(!line.contains("<img") && !line.contains("@o") && !line.contains(" #1"), "{line}");
            }
        }
    }
    assert_eq!((fence, details), (None, 0));
}

#[test]
fn a_comment_is_never_too_long_and_says_what_was_cut() {
    let long = "x".repeat(200);
    let mut sample = Sample::new();
    for id in 1..=2_000 {
        let fields = vec![field("name", json!(format!("{long}{id}")), json!(id.to_string()))];
        sample = sample.update(id, "Somebody With Quite a Long Name", fields);
        sample = sample.note(id + 5_000, "N", Reason::UserGone { user: user(id) });
    }
    sample = sample.note(3, "N", Reason::OpenAccess { user: user(9) }).block(9_001, "N", terminated());
    let markdown = markdown(&sample.plan(), &[], &admin(), None);
    assert!(markdown.len() <= MARKDOWN_MAX && markdown.len() > MARKDOWN_MAX / 2, "{}", markdown.len());
    assert!(markdown.contains("**Cut to fit a comment: 1,"), "the cut is said");
    assert!(markdown.contains(" notes are not shown here. `rollcall plan --all` shows all.**"));
    assert!(markdown.contains("OPEN ACCESS: leaver's second account"));
    assert!(markdown.ends_with("</sub>\n"), "the foot stays");
}

#[test]
fn the_same_plan_in_any_order_is_the_same_text() {
    let mut turned = every_kind();
    turned.draft.changes.reverse();
    turned.draft.notes.reverse();
    assert_eq!(shown(&turned.plan()), shown(&every_kind().plan()));
    let mut turned = every_note();
    turned.draft.notes.reverse();
    assert_eq!(shown(&turned.plan()), shown(&every_note().plan()));
}

#[test]
fn a_leaver_found_by_address_says_so_beside_the_block() {
    let leaving = Leaving::Ended { ends_on: day("2026-11-20") };
    let action = crate::change::Action::Block { user: user(5), end_sessions: false };
    let plan = Sample::new().change(5, "Bo Ek", action, Cause::Left { leaving }, Matched::Email).plan();
    let found = "last day was 2026-11-20 · found by address · sessions run on until they expire";
    assert!(shown(&plan).contains(found), "{}", shown(&plan));
}
