//! What each limit counts, at its edge.

use chrono::NaiveDate;

use super::*;
use crate::change::{Cause, EmailFlags, Matched, Who};
use crate::forecast::Forecast;
use crate::ids::{Tenant, UserId};
use crate::plan::{Digest, Draft, PLAN_VERSION, SourceSummary, UsersSummary};
use crate::policy::Policy;
use crate::scope::Scope;

fn user(number: i64) -> UserId {
    UserId::new(format!("auth0|{number}"))
}

fn roles(name: &str) -> BTreeSet<RoleName> {
    BTreeSet::from([RoleName::new(name)])
}

fn change(number: i64, action: Action) -> Change {
    let employee = EmployeeId::from(number);
    Change {
        id: Change::id_of(action.kind(), &employee),
        employee,
        name: String::new(),
        action,
        cause: Cause::OnDemand,
        matched: Matched::Link,
        needs: Vec::new(),
    }
}

fn block(number: i64) -> Change {
    change(number, Action::Block { user: user(number), end_sessions: true })
}

fn revoke(number: i64, role: &str) -> Change {
    change(number, Action::RevokeRoles { user: user(number), roles: roles(role) })
}

fn grant(number: i64, role: &str) -> Change {
    change(number, Action::GrantRoles { who: Who::User(user(number)), roles: roles(role) })
}

fn update(number: i64) -> Change {
    change(number, Action::Update { user: user(number), fields: Vec::new(), email: None })
}

fn create(number: i64) -> Change {
    let email = EmailFlags { verified: false, send_verification: true };
    change(number, Action::Create { fields: std::collections::BTreeMap::new(), email })
}

fn link(number: i64) -> Change {
    change(number, Action::Link { user: user(number), address: String::new() })
}

/// A tenant with so many managed users, of whom the first so many hold each role.
struct At {
    managed: usize,
    holders: Vec<(&'static str, i64)>,
    first_sync: bool,
}

impl At {
    fn of(managed: usize) -> Self {
        Self { managed, holders: Vec::new(), first_sync: false }
    }

    fn holders(mut self, role: &'static str, count: i64) -> Self {
        self.holders.push((role, count));
        self
    }

    fn breaches(&self, changes: Vec<Change>) -> String {
        let holders = self.holders.iter();
        let users = UsersSummary {
            managed: self.managed,
            open_holders: holders
                .map(|(role, count)| (RoleName::new(*role), (1..=*count).map(user).collect()))
                .collect(),
            ..UsersSummary::default()
        };
        let policy = Policy::default();
        let plan = Plan::new(Draft {
            version: PLAN_VERSION,
            tenant: Tenant::new("tenant.example"),
            scope: Scope::everybody(),
            policy: Digest::of(&policy),
            today: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
            first_sync: self.first_sync,
            source: SourceSummary::default(),
            users,
            changes,
            notes: Vec::new(),
            forecast: Forecast::default(),
        })
        .unwrap();
        let told: Vec<String> =
            policy.limits.breaches(&plan, &policy.roles).iter().map(ToString::to_string).collect();
        told.join("; ")
    }
}

#[test]
fn a_share_has_a_least_and_a_most() {
    let blocks = Limits::default().blocks;
    assert_eq!([0, 100, 101, 200, 500, 100_000].map(|it| blocks.of(it)), [5, 5, 5, 10, 25, 25]);
}

#[test]
fn blocks_are_counted_and_a_leavers_revocations_with_them() {
    let leavers = |count: i64| (1..=count).flat_map(|it| [block(it), revoke(it, "manager")]).collect();
    assert_eq!(At::of(20).holders("manager", 12).breaches(leavers(5)), "");
    assert_eq!(At::of(20).holders("manager", 12).breaches(leavers(6)), "blocks: 6 planned, 5 allowed");
}

#[test]
fn revocations_without_a_block_have_a_limit_of_their_own_and_one_for_each_role() {
    let movers = |count: i64| (1..=count).map(|it| revoke(it, "manager")).collect::<Vec<_>>();
    assert_eq!(At::of(900).holders("manager", 20).holders("lead", 180).breaches(movers(10)), "");
    assert_eq!(
        At::of(900).holders("manager", 20).holders("lead", 180).breaches(movers(11)),
        "revocations-of:manager: 11 planned, 10 allowed"
    );
    assert_eq!(
        At::of(900).holders("manager", 20).holders("lead", 40).breaches(movers(7)),
        "revocations: 7 planned, 6 allowed"
    );
    let few_holders = At::of(900).holders("manager", 9).breaches(movers(5));
    assert_eq!(few_holders, "", "a role of few may lose half of them in an ordinary week");
}

#[test]
fn updates_grants_and_creates_have_theirs() {
    assert_eq!(At::of(10).breaches((1..=11).map(update).collect()), "updates: 11 planned, 10 allowed");
    let grants = (1..=11).map(|it| grant(it, "manager")).collect();
    assert_eq!(At::of(10).breaches(grants), "grants: 11 planned, 10 allowed");
    assert_eq!(At::of(10).breaches((1..=100).map(create).collect()), "");
    assert_eq!(At::of(10).breaches((1..=101).map(create).collect()), "creates: 101 planned, 100 allowed");
}

#[test]
fn a_first_sync_lifts_what_is_about_newcomers_and_never_blocks() {
    let mut changes: Vec<Change> = (1..=150).flat_map(|it| [create(it), grant(it, "manager")]).collect();
    changes.extend((201..=250).flat_map(|it| [link(it), update(it), grant(it, "manager")]));
    changes.extend((301..=311).map(update));
    changes.extend((401..=406).map(block));
    let first = At { first_sync: true, ..At::of(20) };
    assert_eq!(first.breaches(changes), "blocks: 6 planned, 5 allowed; updates: 11 planned, 10 allowed");
}

#[test]
fn more_than_two_new_admins_are_a_breach() {
    let grants = |count: i64| (1..=count).map(|it| grant(it, "admin")).collect();
    assert_eq!(At::of(100).breaches(grants(2)), "");
    assert_eq!(At::of(100).breaches(grants(3)), "admin-grants: 3 planned, 2 allowed");
}

#[test]
fn two_admins_must_be_left_by_a_plan_that_takes_any_away() {
    let told = At::of(100).holders("admin", 3).breaches(vec![block(1), revoke(2, "admin")]);
    assert_eq!(told, "admins-left:admin: only 1 unblocked holders of admin would be left, and 2 must be");
    assert_eq!(At::of(100).holders("admin", 3).breaches(vec![block(1)]), "");
    assert_eq!(At::of(100).holders("admin", 1).breaches(vec![block(50)]), "", "it is not this plan's doing");
}

#[test]
fn mails_are_counted_whatever_makes_them() {
    let invite = |number: i64| {
        let email = "ana@example.com".to_owned();
        let client_id = "application".to_owned();
        change(number, Action::SendInvitation { who: Who::User(user(number)), email, client_id })
    };
    let mut changes: Vec<Change> = (1..=100).map(create).collect();
    changes.extend((1..=100).map(invite));
    assert_eq!(At::of(1000).breaches(changes.clone()), "");
    changes.push(invite(101));
    assert_eq!(At::of(1000).breaches(changes), "mails: 201 planned, 200 allowed");
}
