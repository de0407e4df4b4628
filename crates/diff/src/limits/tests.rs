//! What each limit counts, at its edge.

use chrono::NaiveDate;

use super::*;
use crate::change::{Cause, EmailFlags, Matched, Who};
use crate::forecast::Forecast;
use crate::ids::{Tenant, UserId};
use crate::plan::{Digest, Draft, OpenHolders, PLAN_VERSION, SourceSummary, UsersSummary};
use crate::policy::Policy;
use crate::scope::Scope;

/// So many holders, who may all lose it.
fn holders_of(count: i64) -> OpenHolders {
    OpenHolders { count: count.try_into().unwrap(), losing: (1..=count).map(user).collect() }
}

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
    limits: Limits,
    source: SourceSummary,
}

impl At {
    fn of(managed: usize) -> Self {
        let (limits, source) = (Limits::default(), SourceSummary::default());
        Self { managed, holders: Vec::new(), first_sync: false, limits, source }
    }

    fn holders(mut self, role: &'static str, count: i64) -> Self {
        self.holders.push((role, count));
        self
    }

    fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// So many rows of so many at the last good run, and so many of the linked employees gone.
    fn source(self, in_scope: usize, last_rows: usize, vanished: i64, known: usize) -> Self {
        let vanished = (1..=vanished).map(EmployeeId::from).collect();
        let last_rows = Some(last_rows);
        Self { source: SourceSummary { in_scope, last_rows, known, vanished, ..self.source }, ..self }
    }

    fn breaches(&self, changes: Vec<Change>) -> String {
        let holders = self.holders.iter();
        let users = UsersSummary {
            managed: self.managed,
            open_holders: holders.map(|(role, count)| (RoleName::new(*role), holders_of(*count))).collect(),
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
            source: self.source.clone(),
            users,
            changes,
            notes: Vec::new(),
            forecast: Forecast::default(),
        })
        .unwrap();
        let told: Vec<String> =
            self.limits.breaches(&plan, &policy.roles).iter().map(ToString::to_string).collect();
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
fn a_first_sync_lifts_neither_revocations_nor_admin_grants_nor_mails() {
    let mut changes: Vec<Change> = (1..=201).map(create).collect();
    changes.extend((1..=3).map(|it| grant(it, "admin")));
    changes.extend((301..=311).flat_map(|it| [link(it), revoke(it, "manager")]));
    let first = At { first_sync: true, ..At::of(20) };
    assert_eq!(
        first.breaches(changes),
        "revocations: 11 planned, 5 allowed; admin-grants: 3 planned, 2 allowed; mails: 201 planned, 200 allowed"
    );
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

#[test]
fn a_leaver_who_is_not_linked_yet_counts_among_the_admins_that_are_lost() {
    let unlinked = Change { matched: Matched::Email, needs: vec![link(1).id], ..block(1) };
    let told = At::of(100).holders("admin", 2).breaches(vec![link(1), unlinked]);
    assert_eq!(told, "admins-left:admin: only 1 unblocked holders of admin would be left, and 2 must be");
}

#[test]
fn a_table_may_lose_a_tenth_of_its_rows() {
    assert_eq!(At::of(0).source(90, 100, 0, 0).breaches(Vec::new()), "");
    assert_eq!(
        At::of(0).source(89, 100, 0, 0).breaches(Vec::new()),
        "source-rows: only 89 rows were read, and at least 90 were expected"
    );
    assert_eq!(At::of(0).source(900, 100, 0, 0).breaches(Vec::new()), "", "growing is fine");
    let mut first = At::of(0).source(1, 0, 0, 0);
    first.source.last_rows = None;
    assert_eq!(first.breaches(Vec::new()), "", "before the first run there is nothing to compare with");
}

#[test]
fn a_tenth_of_the_linked_employees_may_vanish_and_five_in_any_case() {
    let gone = |vanished, known| At::of(0).source(1, 1, vanished, known).breaches(Vec::new());
    assert_eq!([gone(5, 5), gone(20, 200)], ["", ""]);
    assert_eq!(gone(6, 59), "source-employees: 6 linked employees have no row any more, 5 allowed");
    assert_eq!(gone(21, 200), "source-employees: 21 linked employees have no row any more, 20 allowed");
}

#[test]
fn a_limit_of_nothing_allows_none() {
    let none = Share { percent: 0, at_least: 0, at_most: 0 };
    let strict = |managed: usize| {
        At::of(managed).holders("manager", 20).limits(|it| {
            (it.blocks, it.revocations, it.updates, it.grants, it.creates) = (none, none, none, none, none);
            (it.admin_grants, it.mails, it.source_shrinks_percent, it.revocations_per_role_percent) =
                (0, 0, 0, 0);
        })
    };
    let changes =
        || vec![block(1), revoke(2, "manager"), update(3), grant(4, "manager"), create(5), grant(6, "admin")];
    assert_eq!(
        strict(1000).source(99, 100, 1, 1000).breaches(changes()).replace("; ", "\n"),
        "source-rows: only 99 rows were read, and at least 100 were expected\n\
         source-employees: 1 linked employees have no row any more, 0 allowed\n\
         blocks: 1 planned, 0 allowed\n\
         revocations: 1 planned, 0 allowed\n\
         updates: 1 planned, 0 allowed\n\
         grants: 2 planned, 0 allowed\n\
         admin-grants: 1 planned, 0 allowed\n\
         creates: 1 planned, 0 allowed\n\
         revocations-of:manager: 1 planned, 0 allowed\n\
         mails: 1 planned, 0 allowed"
    );
    assert_eq!(strict(1000).source(100, 100, 0, 1000).breaches(Vec::new()), "");
}

#[test]
fn holders_that_an_older_release_wrote_by_name_are_read_as_a_count() {
    let named: OpenHolders = serde_json::from_str(r#"["auth0|1","auth0|2"]"#).unwrap();
    assert_eq!(named, OpenHolders { count: 2, losing: ["auth0|1", "auth0|2"].map(UserId::new).into() });
    let counted: OpenHolders = serde_json::from_str(r#"{"count":7}"#).unwrap();
    assert_eq!(counted, OpenHolders { count: 7, losing: BTreeSet::new() });
    assert_eq!(serde_json::to_string(&counted).unwrap(), r#"{"count":7}"#);
    assert!(serde_json::from_str::<OpenHolders>(r#"{"losing":[]}"#).is_err());
}
