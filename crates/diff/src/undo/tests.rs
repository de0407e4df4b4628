//! What takes back what, and what stays.

mod company;
mod links;

use serde_json::{Value, json};

use super::*;
use crate::account::{Access, Field};
use crate::change::Action;
use crate::ids::RoleName;
use crate::policy::Welcome;
use company::{Company, row, told, user, user_id};

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
    company.account(2).user_metadata.insert("department", json!("Moon"));
    company.account(3).user_metadata.insert("department", json!("Packing "));
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
    stranger.account.app_metadata = crate::metadata::Metadata::default();
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
    company.account(1).roles = [RoleName::new("production_associate")].into_iter().collect();
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
    company.account(1).app_metadata.insert("rollcall_blocked", Value::Bool(true));
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
