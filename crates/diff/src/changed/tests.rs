//! Whose row has changed, and what a plan leaves for the next look.

use super::*;
use crate::at_once::tests::{block, grant, plan, update};
use crate::plan::Draft;
use crate::scope::Scope;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn row(number: i64) -> Employee {
    let mut row = Employee::empty(number.into());
    row.email = format!("p{number}@example.com");
    row.full_name = "Ann Example".to_owned();
    row.status = "active".to_owned();
    row
}

fn prints(rows: &[Employee], today: &str) -> BTreeMap<EmployeeId, Digest> {
    fingerprints(rows, &Policy::default(), day(today))
}

fn settled(rows: &BTreeMap<EmployeeId, Digest>, left: Left) -> BTreeMap<EmployeeId, Seen> {
    rows.iter().map(|(id, it)| (id.clone(), Seen { fingerprint: it.clone(), left })).collect()
}

fn ids(numbers: &[i64]) -> BTreeSet<EmployeeId> {
    numbers.iter().copied().map(EmployeeId::from).collect()
}

#[test]
fn every_cell_but_the_written_back_one_is_seen() {
    let before = settled(&prints(&[row(1)], "2026-11-23"), Left::Settled);
    let is_changed = |change: &dyn Fn(&mut Employee)| {
        let mut row = row(1);
        change(&mut row);
        !changed(&prints(&[row], "2026-11-23"), &before).is_empty()
    };
    assert!(!is_changed(&|_| {}));
    assert!(!is_changed(&|it| it.written_back = Some(crate::ids::UserId::new("auth0|1"))));
    for column in Employee::COLUMNS.into_iter().filter(|it| *it != "id").chain(["cost_centre"]) {
        assert!(is_changed(&|it| it.set_cell(column, "other".to_owned())), "{column}");
    }
    // What moves from one cell to the next is a change too.
    assert!(is_changed(&|it| (it.given_name, it.full_name) = (it.full_name.clone(), String::new())));
}

#[test]
fn a_day_that_changes_what_a_row_means_changes_the_row() {
    let (mut leaver, mut joiner) = (row(1), row(2));
    leaver.ends_on = "2026-11-23".to_owned();
    joiner.starts_on = "2026-12-01".to_owned();
    let rows = [leaver, joiner, row(3)];
    let seen = settled(&prints(&rows, "2026-11-23"), Left::Settled);
    assert_eq!(changed(&prints(&rows, "2026-11-23"), &seen), ids(&[]));
    assert_eq!(changed(&prints(&rows, "2026-11-24"), &seen), ids(&[1, 2]), "left, and due in a week");
}

#[test]
fn another_policy_makes_every_row_another() {
    let rows = [row(1), row(2)];
    let seen = settled(&prints(&rows, "2026-11-23"), Left::Settled);
    let policy = Policy { joiner_lead_days: 3, ..Policy::default() };
    assert_eq!(changed(&fingerprints(&rows, &policy, day("2026-11-23")), &seen), ids(&[1, 2]));
}

#[test]
fn whoever_another_row_stands_in_the_way_of_is_looked_at_when_any_has_changed() {
    let rows = [row(1), row(2), row(3)];
    let mut seen = settled(&prints(&rows, "2026-11-23"), Left::Settled);
    seen.get_mut(&2.into()).unwrap().left = Left::Depends;
    assert_eq!(changed(&prints(&rows, "2026-11-23"), &seen), ids(&[]));
    seen.remove(&3.into());
    assert_eq!(changed(&prints(&rows, "2026-11-23"), &seen), ids(&[2, 3]));
    assert_eq!(changed(&prints(&rows[2..], "2026-11-23"), &seen), ids(&[3]), "a row that is gone is not due");
}

#[test]
fn what_was_not_done_is_due_again_and_what_waits_is_not() {
    let rows = prints(&[row(1), row(2), row(3), row(4)], "2026-11-23");
    let plan = plan(vec![update(1), block(2), grant(3, "manager")]);
    let done = BTreeSet::from([update(1).id]);
    let left = |waits| -> Vec<(String, Left)> {
        let seen = dealt_with(&plan, &rows, &done, waits);
        seen.into_iter().map(|(id, it)| (id.to_string(), it.left)).collect()
    };
    let (one, four) = (("1".to_owned(), Left::Settled), ("4".to_owned(), Left::Settled));
    assert_eq!(left(false), [one.clone(), four.clone()]);
    assert_eq!(
        left(true),
        [one, ("3".to_owned(), Left::Waits), four],
        "access is taken away until it is done"
    );
}

#[test]
fn what_is_parked_is_due_and_what_depends_says_so() {
    let note = |number: i64, reason| Note { employee: Some(number.into()), name: String::new(), reason };
    let parked = Reason::Parked {
        kind: Kind::Update,
        failures: 3,
        error: String::new(),
        next: crate::memory::NextTry::WhenReleased,
    };
    let shared = Reason::SharedEmail { email: String::new(), others: ids(&[2]) };
    let code = Reason::UnknownRoleCode { code: "x".to_owned() };
    let notes = vec![note(1, parked), note(2, shared), note(2, code.clone()), note(3, code)];
    let draft = Draft { notes, ..plan(Vec::new()).document().clone() };
    let rows = prints(&[row(1), row(2), row(3)], "2026-11-23");
    let seen = dealt_with(&Plan::new(draft).unwrap(), &rows, &BTreeSet::new(), false);
    let left: Vec<Left> = seen.values().map(|it| it.left).collect();
    assert_eq!((seen.keys().cloned().collect(), left), (ids(&[2, 3]), vec![Left::Depends, Left::Settled]));
}

#[test]
fn a_part_of_what_is_due_settles_nobody() {
    let rows = prints(&[row(1)], "2026-11-23");
    for scope in [
        Scope { only: [Kind::Create].into(), ..Scope::default() },
        Scope { limit: Some(5), ..Scope::default() },
    ] {
        let draft = Draft { scope, ..plan(Vec::new()).document().clone() };
        assert!(dealt_with(&Plan::new(draft).unwrap(), &rows, &BTreeSet::new(), false).is_empty());
    }
}

#[test]
fn only_what_was_settled_and_is_the_same_was_missed() {
    let before = prints(&[row(1), row(2), row(3), row(4)], "2026-11-23");
    let mut seen = settled(&before, Left::Settled);
    seen.get_mut(&2.into()).unwrap().left = Left::Waits;
    let mut third = row(3);
    third.department = "IT".to_owned();
    let today = prints(&[row(1), row(2), third, row(4)], "2026-11-24");
    assert_eq!(missed(&plan(vec![update(1), update(2), update(3)]), &today, &seen), ids(&[1]));
}
