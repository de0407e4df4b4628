//! What takes back what, and what stays.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::ahead::Ahead;
use super::*;
use crate::account::{Access, Account, Field, Identity, User};
use crate::change::Action;
use crate::employee::Employee;
use crate::forecast::Reading;
use crate::ids::{RoleName, Tenant};
use crate::links::{Link, Links};
use crate::memory::Memory;
use crate::pace::RatePlan;
use crate::plan::RolesRead;
use crate::policy::{Policy, Welcome};
use crate::text::sentence;

/// Rows, users and links, and the runs that were made on them.
struct Company {
    rows: Vec<Employee>,
    users: Vec<User>,
    links: Links,
    policy: Policy,
}

/// A run: its plan, and the users that it made.
struct Ran {
    plan: Plan,
    made: BTreeMap<EmployeeId, UserId>,
}

fn user_id(id: i64) -> UserId {
    UserId::new(format!("auth0|{id}"))
}

fn row(id: i64, name: &str, department: &str, code: &str) -> Employee {
    let mut row = Employee::empty(id.into());
    row.email = format!("{}@example.com", name.to_lowercase());
    row.full_name = name.to_owned();
    row.department = department.to_owned();
    row.role_code = code.to_owned();
    row.status = "active".to_owned();
    row
}

/// The user that the default policy asks for, and the role.
fn user(row: &Employee, id: i64) -> User {
    let (connection, provider) = (Policy::default().connection, "auth0".to_owned());
    let mut account = Account { email: Some(row.email.clone()), ..Account::default() };
    account.name = Some(row.full_name.clone());
    for (key, value) in [
        ("employee_id", json!(row.id.as_number())),
        ("full_name", json!(row.full_name)),
        ("department", json!(row.department)),
    ] {
        account.user_metadata.insert(key.to_owned(), value);
    }
    account.app_metadata.insert("employee_id".to_owned(), json!(row.id.as_number()));
    account.app_metadata.insert("role_code".to_owned(), json!(row.role_code));
    let role = Policy::default().roles.by_code[&row.role_code].clone();
    account.roles = BTreeSet::from([role]);
    let identities = vec![Identity { connection, provider }];
    User { id: user_id(id), account, email_verified: true, identities, created_at: None }
}

impl Company {
    /// Settled people, by number.
    fn of(people: &[(i64, &str)]) -> Self {
        let (links, policy) = (Links::default(), Policy::default());
        let mut company = Self { rows: Vec::new(), users: Vec::new(), links, policy };
        for (id, name) in people {
            let row = row(*id, name, "Packing", "associate");
            company.users.push(user(&row, *id));
            company.tie(*id, *id);
            company.rows.push(row);
        }
        company
    }

    fn tie(&mut self, employee: i64, user: i64) {
        let link = Link { user: user_id(user), created_by_us: false, invited: true };
        self.links.tie(employee.into(), link).unwrap();
    }

    fn cell(&mut self, id: i64, column: &str, text: &str) {
        let row = self.rows.iter_mut().find(|it| it.id == id.into()).unwrap();
        row.set_cell(column, text.to_owned());
    }

    fn account(&mut self, id: i64) -> &mut Account {
        &mut self.users.iter_mut().find(|it| it.id == user_id(id)).unwrap().account
    }

    fn at<T>(&self, look: impl FnOnce(&Situation<'_>) -> T) -> T {
        look(&Situation {
            tenant: &Tenant::new("tenant.example"),
            employees: &self.rows,
            users: &self.users,
            roles: RolesRead::Read,
            links: &self.links,
            memory: &Memory { last_rows: Some(1_000), ..Memory::default() },
            policy: &self.policy,
            scope: &Scope::everybody(),
            first_sync: true,
            today: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
            reading: &Reading::default(),
            rate_plan: RatePlan::Free,
            share: 1.0,
        })
    }

    /// Plans and carries out, with an account for everybody who gets one: `auth0|900` and on.
    fn run(&mut self) -> Ran {
        let plan = self.at(plan);
        self.carry_out(plan)
    }

    fn carry_out(&mut self, plan: Plan) -> Ran {
        let mut made = BTreeMap::new();
        let ahead = self.at(|at| Ahead::of(at, plan.changes()));
        (self.rows, self.users, self.links) = ahead.into_parts();
        for change in plan.changes().iter().filter(|it| it.kind() == Kind::Create) {
            let number = 900 + change.employee.as_number().unwrap();
            let row = self.rows.iter().find(|it| it.id == change.employee).unwrap();
            self.users.push(user(row, number));
            let link = Link { user: user_id(number), created_by_us: true, invited: true };
            self.links.tie(change.employee.clone(), link).unwrap();
            made.insert(change.employee.clone(), user_id(number));
        }
        Ran { plan, made }
    }

    fn undo(&self, ran: &Ran) -> Plan {
        self.undo_but(ran, &[])
    }

    /// The same, where Auth0 held some of it already.
    fn undo_but(&self, ran: &Ran, already: &[&str]) -> Plan {
        let ids = ran.plan.changes().iter().map(|it| it.id.clone());
        let done = ids.filter(|it| !already.contains(&it.as_str())).collect();
        let past = PastRun { id: RunId(7), plan: &ran.plan, done: &done, made: &ran.made };
        self.at(|at| undo(&past, at))
    }

    /// Carries the undo out, and tells it.
    fn take_back(&mut self, ran: &Ran) -> (Ran, String) {
        let plan = self.undo(ran);
        let said = told(&plan);
        (self.carry_out(plan), said)
    }
}

/// A line a change with what it needs, and a line a note.
fn told(plan: &Plan) -> String {
    let changes = plan.changes().iter().map(|it| {
        let needs: Vec<&str> = it.needs.iter().map(ChangeId::as_str).collect();
        let needs = if needs.is_empty() { String::new() } else { format!(" [needs {}]", needs.join(", ")) };
        format!("{}{needs}", sentence(it).replace(" · undoes run 7", "").replace(": undoes run 7", ""))
    });
    let name = |it: &Note| it.employee.as_ref().map(ToString::to_string).unwrap_or_default();
    let notes = plan.notes().iter().map(|it| format!("({}) {}", name(it), it.reason));
    changes.chain(notes).collect::<Vec<_>>().join("\n")
}

fn department() -> Field {
    Field::UserMetadata("department".to_owned())
}

#[test]
fn fields_go_back_and_what_somebody_changed_since_stays() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben"), (3, "Cem"), (4, "Dora")]);
    for id in 1..=4 {
        company.cell(id, "department", "IT");
    }
    company.cell(1, "role_code", "");
    company.cell(1, "full_name", "Ana Silva");
    let ran = company.run();
    company.account(2).user_metadata.insert("department".to_owned(), json!("Moon"));
    company.account(3).user_metadata.insert("department".to_owned(), json!("Packing "));
    for id in 1..=3 {
        company.cell(id, "department", "Packing");
    }
    company.cell(1, "full_name", "Ana");
    let plan = company.undo_but(&ran, &["update-4"]);
    insta::assert_snapshot!(told(&plan), @"
    update 1 Ana Silva (auth0|1): name: Ana Silva → Ana, user_metadata.department: IT → Packing, user_metadata.full_name: Ana Silva → Ana
    (2) user_metadata.department was changed since, and stays (update)
    ");
    let Action::Update { fields, .. } = &plan.changes()[0].action else { panic!("it is an update") };
    let undone = fields.iter().find(|it| it.field == department()).unwrap();
    assert_eq!((&undone.before, &undone.after), (&json!("IT"), &json!("Packing")));
}

#[test]
fn addresses_are_released_before_they_are_claimed_and_say_how_they_travel() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben"), (3, "Cem")]);
    company.cell(1, "email", "ben@example.com");
    company.cell(2, "email", "ben.okoye@trusted.example");
    company.cell(3, "email", "cem.aydin@example.com");
    let ran = company.run();
    company.policy.onboarding.trusted_domains = BTreeSet::from(["example.com".to_owned()]);
    let plan = company.undo(&ran);
    insta::assert_snapshot!(told(&plan), @"
    update 1 Ana (auth0|1): email: ben@example.com → ana@example.com
    update 2 Ben (auth0|2): email: ben.okoye@trusted.example → ben@example.com [needs update-1]
    update 3 Cem (auth0|3): email: cem.aydin@example.com → cem@example.com
    (1) ended sessions stay ended (update)
    (1) a mail cannot be taken back (verification mail)
    (2) ended sessions stay ended (update)
    (2) a mail cannot be taken back (verification mail)
    (3) ended sessions stay ended (update)
    (3) a mail cannot be taken back (verification mail)
    (1) as the table stands, the next plan would update
    (2) as the table stands, the next plan would update
    (3) as the table stands, the next plan would update
    ");
    for change in plan.changes() {
        let Action::Update { email: Some(email), .. } = change.action else { panic!("an address goes back") };
        assert!(email.verified && !email.send_verification, "the domain is trusted now");
    }
}

#[test]
fn an_address_that_is_taken_meanwhile_is_told_and_so_is_whoever_waits_for_it() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.cell(1, "email", "ben@example.com");
    company.cell(2, "email", "ben.okoye@example.com");
    company.cell(2, "department", "IT");
    let ran = company.run();
    let mut stranger = user(&row(9, "Ana", "Packing", "associate"), 9);
    stranger.account.app_metadata.clear();
    company.users.push(stranger);
    company.cell(2, "department", "Packing");
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    update 2 Ben (auth0|2): user_metadata.department: IT → Packing
    (1) the address ana@example.com is on auth0|9 now (update)
    (2) the address ben@example.com is on auth0|1 now (update)
    ");
}

#[test]
fn a_mover_gets_the_old_role_back_and_the_table_asks_for_the_new_one_still() {
    let mut company = Company::of(&[(1, "Ana")]);
    company.cell(1, "role_code", "manager");
    let ran = company.run();
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    revoke 1 Ana (auth0|1): manager
    update 1 Ana (auth0|1): app_metadata.role_code: manager → associate
    grant 1 Ana (auth0|1): production_associate [needs revoke-1]
    (1) as the table stands, the next plan would revoke, update and grant
    ");
    company.cell(1, "role_code", "associate");
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    revoke 1 Ana (auth0|1): manager
    update 1 Ana (auth0|1): app_metadata.role_code: manager → associate
    grant 1 Ana (auth0|1): production_associate [needs revoke-1]
    ");
}

#[test]
fn of_roles_only_what_is_held_goes_and_only_what_is_managed_comes_back() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.cell(1, "role_code", "manager");
    company.cell(2, "role_code", "manager");
    let ran = company.run();
    company.account(1).roles = BTreeSet::from([RoleName::new("production_associate")]);
    company.policy.roles.by_code.retain(|code, _| code != "associate");
    company.policy.roles.default_code = "manager".to_owned();
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    revoke 2 Ben (auth0|2): manager
    update 1 Ana (auth0|1): app_metadata.role_code: manager → associate
    update 2 Ben (auth0|2): app_metadata.role_code: manager → associate
    (1) the policy does not name the role production_associate any more (revocation)
    (2) the policy does not name the role production_associate any more (revocation)
    (1) as the table stands, the next plan would update
    (2) as the table stands, the next plan would update and grant
    ");
    company.policy.roles.assign = false;
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    revoke 2 Ben (auth0|2): manager
    update 1 Ana (auth0|1): app_metadata.role_code: manager → associate
    update 2 Ben (auth0|2): app_metadata.role_code: manager → associate
    (1) the policy gives no roles (revocation)
    (2) the policy gives no roles (revocation)
    (1) as the table stands, the next plan would update
    (2) as the table stands, the next plan would update
    ");
}

#[test]
fn a_block_is_lifted_unless_the_person_has_left_or_it_is_anothers_now() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben"), (3, "Cem"), (4, "Dora")]);
    for id in 1..=4 {
        company.cell(id, "status", "terminated");
    }
    let ran = company.run();
    company.cell(1, "status", "active");
    company.account(3).access = Access::BlockedByOther;
    company.account(4).access = Access::Open;
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    unblock 1 Ana (auth0|1)
    grant 1 Ana (auth0|1): production_associate
    (1) ended sessions stay ended (block)
    (2) the person has left, as the status is terminated; correct the row first (block)
    (2) the person has left, as the status is terminated; correct the row first (revocation)
    (3) somebody else has blocked the user since (block)
    (3) the person has left, as the status is terminated; correct the row first (revocation)
    (4) the person has left, as the status is terminated; correct the row first (revocation)
    ");
}

#[test]
fn who_was_unblocked_is_blocked_with_our_mark_again() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    for id in [1, 2] {
        company.account(id).access = Access::BlockedByUs;
    }
    let ran = company.run();
    company.account(2).access = Access::BlockedByOther;
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    block 1 Ana (auth0|1): sessions end
    (2) somebody else has blocked the user since (unblock)
    (1) as the table stands, the next plan would unblock
    ");
}

#[test]
fn our_mark_is_not_put_back_on_an_open_account() {
    let mut company = Company::of(&[(1, "Ana")]);
    company.account(1).app_metadata.insert("rollcall_blocked".to_owned(), Value::Bool(true));
    let ran = company.run();
    assert_eq!(ran.plan.changes().len(), 1);
    insta::assert_snapshot!(told(&company.undo(&ran)), @"(1) our mark stays off an account that was not blocked (update)");
}

#[test]
fn nobody_is_deleted_and_mails_and_sessions_are_named() {
    let mut company = Company::of(&[]);
    company.rows = vec![row(1, "Ana", "Packing", "associate"), row(2, "Ben", "Packing", "manager")];
    company.policy.onboarding.welcome = Welcome::Invitation { client_id: "app".to_owned() };
    let ran = company.run();
    company.rows.retain(|it| it.id == 1.into());
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    block 1 Ana (auth0|901): sessions end
    block 2 Ben (auth0|902): sessions end
    revoke 1 Ana (auth0|901): production_associate
    revoke 2 Ben (auth0|902): manager
    (1) the account is blocked, not deleted (new account)
    (1) a mail cannot be taken back (invitation)
    (2) the account is blocked, not deleted (new account)
    (2) a mail cannot be taken back (invitation)
    (1) as the table stands, the next plan would unblock and grant
    ");
    insta::assert_snapshot!(told(&company.undo_but(&ran, &["create-1", "create-2"])), @"
    revoke 1 Ana (auth0|901): production_associate
    revoke 2 Ben (auth0|902): manager
    (1) a mail cannot be taken back (invitation)
    (2) a mail cannot be taken back (invitation)
    (1) as the table stands, the next plan would grant
    ");
}

#[test]
fn a_wrong_link_is_untied_behind_everything_that_it_brought_and_may_be_brought_back() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.links.untie(&1.into());
    company.cell(1, "department", "IT");
    company.cell(1, "role_code", "manager");
    company.account(1).app_metadata.clear();
    let before = company.users.clone();
    let ran = company.run();
    company.cell(1, "email", "ana.silva@example.com");
    let (undone, said) = company.take_back(&ran);
    insta::assert_snapshot!(said, @"
    revoke 1 Ana (auth0|1): manager
    update 1 Ana (auth0|1): user_metadata.department: IT → Packing, app_metadata.employee_id: 1 → not set, app_metadata.role_code: manager → not set
    grant 1 Ana (auth0|1): production_associate [needs revoke-1]
    unlink 1 Ana (auth0|1) [needs grant-1, revoke-1, update-1]
    (1) as the table stands, the next plan would create and grant
    ");
    assert_eq!((company.links.of(&1.into()), company.users.clone()), (None, before.clone()));
    let (_, said) = company.take_back(&undone);
    insta::assert_snapshot!(said, @"
    link 1 Ana (auth0|1)
    revoke 1 Ana (auth0|1): production_associate [needs link-1]
    update 1 Ana (auth0|1): user_metadata.department: Packing → IT, app_metadata.employee_id: not set → 1, app_metadata.role_code: not set → manager [needs link-1]
    grant 1 Ana (auth0|1): manager [needs link-1, revoke-1]
    (1) as the table stands, the next plan would update
    ");
    assert_eq!(company.links.of(&1.into()).map(|it| &it.user), Some(&user_id(1)));
    assert_ne!(company.users, before);
}

#[test]
fn a_link_stays_where_nobody_could_lift_our_block_afterwards() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.links.untie(&1.into());
    company.cell(1, "status", "terminated");
    let ran = company.run();
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    (1) the person has left, as the status is terminated; correct the row first (block)
    (1) the person has left, as the status is terminated; correct the row first (revocation)
    (1) auth0|1 is blocked by us, and could not be opened again once it is nobody's (link)
    ");
    company.cell(1, "status", "active");
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    unblock 1 Ana (auth0|1)
    grant 1 Ana (auth0|1): production_associate
    unlink 1 Ana (auth0|1) [needs grant-1, unblock-1]
    (1) ended sessions stay ended (block)
    (1) as the table stands, the next plan would link
    ");
}

#[test]
fn an_account_that_changed_hands_goes_back_to_the_row_that_had_it_and_again() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.cell(1, "status", "terminated");
    company.rows.push(row(3, "Ana", "IT", "associate"));
    let before = company.users.clone();
    let ran = company.run();
    let (undone, said) = company.take_back(&ran);
    insta::assert_snapshot!(said, @"
    update 3 Ana (auth0|1): user_metadata.department: IT → Packing, user_metadata.employee_id: 3 → 1, app_metadata.employee_id: 3 → 1
    relink 1 Ana (auth0|1): was the account of employee 3 [needs update-3]
    (3) as the table stands, the next plan would relink and update
    ");
    assert_eq!((company.links.owner(&user_id(1)), company.users.clone()), (Some(&1.into()), before));
    let (_, said) = company.take_back(&undone);
    insta::assert_snapshot!(said, @"
    relink 3 Ana (auth0|1): was the account of employee 1
    update 3 Ana (auth0|1): user_metadata.department: Packing → IT, user_metadata.employee_id: 1 → 3, app_metadata.employee_id: 1 → 3 [needs relink-3]
    ");
    assert_eq!(company.links.owner(&user_id(1)), Some(&3.into()));
}

#[test]
fn who_is_not_ours_any_more_is_left_alone() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben"), (3, "Cem"), (4, "Dora"), (5, "Eva")]);
    for id in 1..=5 {
        company.cell(id, "department", "IT");
    }
    let ran = company.run();
    company.links.untie(&1.into());
    company.links.ignored_employees.insert(2.into(), "under discussion".to_owned());
    company.links.ignored_users.insert(user_id(3), "a robot".to_owned());
    company.policy.break_glass.insert(user_id(4));
    company.users.retain(|it| it.id != user_id(5));
    let plan = company.undo(&ran);
    assert!(plan.is_empty());
    insta::assert_snapshot!(told(&plan), @r#"
    (1) the employee is not linked to auth0|1 any more (update)
    (2) somebody said to leave the employee alone: "under discussion" (update)
    (3) somebody said to leave auth0|3 alone: "a robot" (update)
    (4) auth0|4 is a break-glass account and never touched (update)
    (5) auth0|5 does not exist any more (update)
    "#);
}

#[test]
fn an_undo_is_looked_at_whatever_it_does_and_no_table_stands_in_its_way() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.cell(1, "department", "IT");
    let ran = company.run();
    company.rows.retain(|it| it.id == 2.into());
    let plan = company.undo(&ran);
    assert_eq!(plan.document().scope.undo, Some(RunId(7)));
    assert!(!plan.document().first_sync);
    assert_eq!(plan.needs_review(&company.policy).count(), plan.changes().len());
    assert_eq!(company.policy.limits.breaches(&plan, &company.policy.roles), []);
    assert_eq!(plan.document().source.in_scope, 0);
}
