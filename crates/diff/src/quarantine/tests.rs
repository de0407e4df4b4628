//! How failures are counted, and when they are tried again.

use super::*;
use crate::change::{Action, Cause, Matched, Who};
use crate::forecast::Forecast;
use crate::ids::Tenant;
use crate::ids::{PlanId, RoleName, RunId};
use crate::note::Note;
use crate::plan::{Draft, PLAN_VERSION, SourceSummary, UsersSummary};
use crate::scope::Scope;

const MORNING: &str = "2026-11-23T08:00:00Z";

fn morning() -> DateTime<Utc> {
    MORNING.parse().unwrap()
}

fn change(action: Action) -> Change {
    let employee = EmployeeId::from(1);
    let id = Change::id_of(action.kind(), &employee);
    let (cause, matched) = (Cause::OnDemand, Matched::Link);
    Change { id, employee, name: String::new(), action, cause, matched, needs: Vec::new() }
}

fn user(text: &str) -> UserId {
    UserId::new(format!("auth0|{text}"))
}

fn grant(who: Who, role: &str) -> Change {
    change(Action::GrantRoles { who, roles: [RoleName::new(role)].into() })
}

fn block() -> Change {
    change(Action::Block { user: user("a"), end_sessions: true })
}

fn plan(change: &Change) -> Plan {
    plan_of(vec![change.clone()], Vec::new())
}

fn plan_of(changes: Vec<Change>, notes: Vec<Note>) -> Plan {
    let draft = Draft {
        version: PLAN_VERSION,
        tenant: Tenant::new("acme.eu.auth0.com"),
        scope: Scope::everybody(),
        policy: Digest::of(&"policy"),
        today: morning().date_naive(),
        first_sync: false,
        source: SourceSummary::default(),
        users: UsersSummary::default(),
        changes,
        notes,
        forecast: Forecast::default(),
    };
    Plan::new(draft).unwrap()
}

/// What a run that ended so makes of what was known.
fn after(change: &Change, outcome: Outcome, stopped: Option<&str>, known: &Quarantine) -> Tally {
    let report = Report {
        run: RunId(1),
        plan: PlanId(1),
        outcomes: [(change.id.clone(), outcome)].into(),
        stopped: stopped.map(str::to_owned),
        spent: None,
    };
    tally(&plan(change), &report, known, morning())
}

fn failed(blame: Blame) -> Outcome {
    Outcome::Failed { why: "no".to_owned(), blame }
}

fn known(change: &Change) -> Quarantine {
    let entry = Quarantined::first(change, "no", morning());
    [((entry.employee.clone(), entry.kind), entry)].into()
}

/// Fails whenever it is tried, and is tried as soon as it may be: hours after the first failure.
fn tries(change: &Change) -> Vec<i64> {
    let mut entry = Quarantined::first(change, "no", morning());
    let mut tries = Vec::new();
    while let NextTry::At { at } = entry.next {
        tries.push((at - morning()).num_hours());
        if tries.len() > 40 {
            break;
        }
        assert!(!entry.is_parked(at));
        entry = entry.again(change, "no", at);
    }
    assert!(entry.is_parked(morning() + TimeDelta::days(365)));
    tries
}

#[test]
fn it_is_tried_at_once_then_after_6_12_and_24_hours_daily_and_for_28_days() {
    let tries = tries(&grant(Who::User(user("a")), "manager"));
    assert_eq!(tries[..6], [0, 6, 18, 41, 64, 87]);
    let last = tries.last().copied().unwrap();
    assert!((27 * 24..=28 * 24).contains(&last), "{last}");
}

#[test]
fn a_nightly_run_finds_it_due_every_night() {
    let change = grant(Who::User(user("a")), "manager");
    let mut entry = Quarantined::first(&change, "no", morning());
    for day in 1..28 {
        let night = morning() + TimeDelta::days(day);
        assert!(!entry.is_parked(night), "night {day}");
        entry = entry.again(&change, "no", night + TimeDelta::minutes(50));
    }
    assert_eq!(entry.failures, 28);
}

#[test]
fn what_takes_access_away_is_counted_and_never_parked_or_dropped() {
    let mut entry = Quarantined::first(&block(), "no", morning());
    for _ in 0..100 {
        entry = entry.again(&block(), "no", entry.last_failed_at + TimeDelta::days(1));
        assert!(!entry.is_parked(entry.last_failed_at));
    }
    assert_eq!(entry.failures, 101);
    let grace = Approver::Verified { name: "grace".to_owned() };
    assert_eq!(entry.dropped(&grace, "tired of it"), None);
}

#[test]
fn only_failures_of_its_own_count() {
    let change = grant(Who::User(user("a")), "manager");
    let none = Quarantine::new();
    for (blame, stopped, counted) in [
        (Blame::Change, None, 1),
        (Blame::Change, Some("too many failures"), 1),
        (Blame::Trouble, None, 1),
        (Blame::Trouble, Some("Auth0 is down"), 0),
        (Blame::Run, None, 0),
        (Blame::Run, Some("no token"), 0),
    ] {
        let tally = after(&change, failed(blame), stopped, &none);
        assert_eq!(tally.failed.len(), counted, "{blame:?} {stopped:?}");
    }
    let why = String::new;
    for outcome in [Outcome::Stale { why: why() }, Outcome::NotTried { why: why() }] {
        assert_eq!(after(&change, outcome, None, &known(&change)), Tally::default());
    }
}

#[test]
fn a_success_forgets_and_what_was_never_known_is_not_mentioned() {
    let change = grant(Who::User(user("a")), "manager");
    for outcome in [Outcome::Applied, Outcome::AlreadySo] {
        let tally = after(&change, outcome.clone(), None, &known(&change));
        assert_eq!(tally.over, [(EmployeeId::from(1), Kind::GrantRoles)]);
        assert_eq!(after(&change, outcome, None, &Quarantine::new()), Tally::default());
    }
}

#[test]
fn another_thing_begins_anew_and_the_same_thing_is_known_again() {
    let before = known(&grant(Who::CreatedFor(1.into()), "manager"));
    let count = |change: &Change, known: &Quarantine| {
        after(change, failed(Blame::Change), None, known).failed[0].failures
    };
    let made = grant(Who::User(user("a")), "manager");
    assert_eq!(count(&made, &before), 2, "the account was made meanwhile, and the grant is the same");
    assert_eq!(count(&grant(Who::User(user("a")), "team_lead"), &before), 1);
    let relinked = grant(Who::User(user("b")), "manager");
    assert_eq!(count(&relinked, &known(&made)), 1, "the employee has another user now");
}

#[test]
fn what_is_parked_is_left_out_only_as_long_as_it_is_the_same() {
    let change = grant(Who::User(user("a")), "manager");
    let mut known = known(&change);
    for entry in known.values_mut() {
        *entry = entry.again(&change, "no", morning());
    }
    let memory = |hours| Memory {
        parked: Memory::parked(&known, morning() + TimeDelta::hours(hours)),
        ..Memory::default()
    };
    assert!(memory(5).parks(&change).is_some());
    assert!(memory(6).parks(&change).is_none());
    assert!(memory(5).parks(&grant(Who::User(user("a")), "team_lead")).is_none());
    assert!(memory(5).parks(&grant(Who::User(user("b")), "manager")).is_none());
    assert!(memory(5).parks(&block()).is_none());
}

#[test]
fn what_is_dropped_stays_so_until_it_is_released() {
    let change = grant(Who::User(user("a")), "manager");
    let grace = Approver::Verified { name: "grace".to_owned() };
    let dropped = Quarantined::first(&change, "no", morning()).dropped(&grace, "a contractor").unwrap();
    let later = morning() + TimeDelta::days(300);
    assert!(dropped.is_parked(later));
    assert!(dropped.again(&change, "no", later).is_parked(later), "a try by hand changes nothing");
    assert!(!dropped.released(later).is_parked(later));
}

#[test]
fn what_a_plan_of_everybody_does_not_ask_for_any_more_is_forgotten() {
    let change = grant(Who::User(user("a")), "manager");
    let known = known(&change);
    let key = (EmployeeId::from(1), Kind::GrantRoles);
    assert_eq!(moot(&plan(&block()), &known), [key]);
    let mut pilot = plan(&block()).document().clone();
    pilot.scope.only.insert(Kind::Block);
    assert_eq!(moot(&Plan::new(pilot).unwrap(), &known), []);
    assert_eq!(moot(&plan(&change), &known), []);
    let (kind, error, next) = (Kind::GrantRoles, String::new(), NextTry::WhenReleased);
    let reason = Reason::Parked { kind, failures: 3, error, next };
    let note = Note { employee: Some(1.into()), name: "Ana".to_owned(), reason };
    assert_eq!(moot(&plan_of(Vec::new(), vec![note]), &known), []);
}

#[test]
fn an_undo_counts_for_nothing_and_forgets_nothing() {
    let undo = |change: Change| Change { cause: Cause::Undo { run: RunId(3) }, ..change };
    assert_eq!(after(&undo(block()), failed(Blame::Change), None, &Quarantine::new()), Tally::default());
    let known = Quarantined::first(&block(), "no", morning());
    let known = Quarantine::from([((known.employee.clone(), known.kind), known)]);
    assert_eq!(after(&undo(block()), Outcome::Applied, None, &known), Tally::default());
}
