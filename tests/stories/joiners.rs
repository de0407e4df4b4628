//! People who come.

use diff::{Limit, Welcome};
use insta::assert_snapshot;
use simulator::{MailKind, PUBLIC_APPLICATION};

use crate::world::{Company, World};

fn one_here_one_coming() -> Company {
    Company::new().settled(1, "Ana Silva", "Packing", "associate").row(2, "Ben Okoye", "IT", "manager")
}

#[tokio::test]
async fn a_joiner_gets_an_account_and_a_role() {
    let world = World::with(one_here_one_coming()).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         1 person (1 verification mail): 2 Ben Okoye
    changes           2: 1 new account, 1 grant
    held              nobody

    create · 1 person
      employed, no account yet · verification mail · sets email, name, user_metadata {department,
      employee_id, full_name}, app_metadata {employee_id, role_code} · cannot be undone, only blocked
      + 2 Ben Okoye  ben.okoye@example.com  department: IT, role_code: manager

    grant · 1 person
      + 2 Ben Okoye  new account  manager (role_code = manager)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    POST /users {"app_metadata":{"employee_id":2,"role_code":"manager"},"connection":"Username-Password-Authentication","email":"ben.okoye@example.com","email_verified":false,"name":"Ben Okoye","password":"[redacted]","user_metadata":{"department":"IT","employee_id":2,"full_name":"Ben Okoye"},"verify_email":true} → 201
    POST /users/auth0|[ben.okoye]/roles {"roles":["[manager]"]} → 204
    "#);
    let user = world.linked(2).await.unwrap();
    assert_eq!(world.members("manager"), [user.as_str()]);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_joiner_who_must_verify_the_address_gets_one_mail_about_that() {
    let world = World::with(one_here_one_coming()).await;
    world.carry_on().await;
    assert_eq!(mails(&world), [(MailKind::VerifyEmail, "ben.okoye@example.com".to_owned())]);
    world.assert_settled().await;
}

#[tokio::test]
async fn an_invited_joiner_gets_one_mail_with_which_a_password_is_set() {
    let invitation = Welcome::Invitation { client_id: PUBLIC_APPLICATION.to_owned() };
    let company = one_here_one_coming().policy(|it| it.onboarding.welcome = invitation);
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         1 person (1 invitation): 2 Ben Okoye
    changes           3: 1 new account, 1 grant, 1 invitation
    held              nobody

    create · 1 person
      employed, no account yet · invitation mail · sets email, name, user_metadata {department,
      employee_id, full_name}, app_metadata {employee_id, role_code} · cannot be undone, only blocked
      + 2 Ben Okoye  ben.okoye@example.com  department: IT, role_code: manager

    grant · 1 person
      + 2 Ben Okoye  new account  manager (role_code = manager)

    invite · 1 person
      not invited yet · application simulator-web-app · cannot be undone
      @ 2 Ben Okoye  new account  ben.okoye@example.com
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    POST /users {"app_metadata":{"employee_id":2,"role_code":"manager"},"connection":"Username-Password-Authentication","email":"ben.okoye@example.com","email_verified":false,"name":"Ben Okoye","password":"[redacted]","user_metadata":{"department":"IT","employee_id":2,"full_name":"Ben Okoye"},"verify_email":false} → 201
    POST /users/auth0|[ben.okoye]/roles {"roles":["[manager]"]} → 204
    POST /dbconnections/change_password {"client_id":"simulator-web-app","connection":"Username-Password-Authentication","email":"ben.okoye@example.com"} → 200
    "#);
    assert_eq!(mails(&world), [(MailKind::ChangePassword, "ben.okoye@example.com".to_owned())]);
    world.assert_settled().await;
}

/// Nobody knows whether a mail went out when Auth0 fails over it: a person decides about a second one.
#[tokio::test]
async fn an_invitation_that_auth0_failed_over_is_sent_again_on_demand_alone() {
    let invitation = Welcome::Invitation { client_id: PUBLIC_APPLICATION.to_owned() };
    let company = one_here_one_coming().policy(|it| it.onboarding.welcome = invitation);
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.faults(vec![crate::world::fault(
        "POST",
        "/dbconnections/change_password",
        1,
        0,
        simulator::Trouble::ServerError,
    )]);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    create-2: applied
    grant-2: applied
    invite-2: failed: the mail may have gone out or not, and is not sent twice: rollcall employee resend 2 --invitation sends another
    ");
    world.faults(Vec::new());
    world.assert_settled().await;
    let (by, stop) = (crate::world::person("op"), engine::Stop::new());
    Box::pin(world.engine.resend(&2.into(), diff::Mail::Invitation, &by, "host:1", &stop, &|_| ()))
        .await
        .unwrap();
    assert_eq!(mails(&world), [(MailKind::ChangePassword, "ben.okoye@example.com".to_owned())]);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_joiner_of_a_trusted_domain_is_verified_and_gets_no_mail() {
    let company =
        one_here_one_coming().policy(|it| it.onboarding.trusted_domains = ["example.com".to_owned()].into());
    let world = World::with(company).await;
    world.carry_on().await;
    assert_eq!(mails(&world), []);
    assert_eq!(world.users_with("ben.okoye@example.com")[0].email_verified, Some(true));
    world.assert_settled().await;
}

#[tokio::test]
async fn a_joiner_waits_until_the_account_is_due() {
    let mut world = World::with(one_here_one_coming().cell(2, "starts_on", "2026-12-01")).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: not due yet · 1 person
      2 Ben Okoye: starts on 2026-12-01; the account is made from 2026-11-24 on

    nothing to do
    ");
    world.assert_settled().await;
    world.clock("2026-11-24T08:00:00Z");
    world.carry_on().await;
    assert_eq!(world.users_with("ben.okoye@example.com").len(), 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_company_of_fifty_is_taken_in_at_once() {
    let mut company = Company::new();
    for id in 1..=50 {
        company = company.row(id, &format!("Staff {id}"), "Packing", "associate");
    }
    company.first_sync = true;
    let mut world = World::with(company).await;
    world.in_flight(16);
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         50 people (50 verification mails): 1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4,
                      5 Staff 5, and 45 more
    changes           100: 50 new accounts, 50 grants
    held              nobody

    create · 50 people
      employed, no account yet · verification mail · sets email, name, user_metadata {department,
      employee_id, full_name}, app_metadata {employee_id, role_code} · cannot be undone, only blocked
      + department: Packing, role_code: associate · 50 people
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 45 more

    grant · 50 people
      + production_associate (role_code = associate) · 50 people
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 45 more
    ");
    world.approve_as("grace").await;
    world.apply().await;
    // One call an account, and one for all grants.
    assert_eq!(world.count("POST /api/v2/users"), 50);
    assert_eq!(world.count("POST /api/v2/roles/{id}/users"), 1);
    assert_eq!(world.simulator.stats().total, 51);
    assert_eq!(world.members("production_associate").len(), 50);
    world.assert_settled().await;
}

fn mails(world: &World) -> Vec<(MailKind, String)> {
    world.simulator.mails().into_iter().map(|it| (it.kind, it.to)).collect()
}

/// HR's export as it really looks, imported, planned and applied: the next plan is empty.
#[tokio::test]
async fn a_messy_export_settles_in_one_run() {
    for file in ["messy.csv", "hr_export.csv"] {
        let mut company = Company::new().policy(|it| it.onboarding.verification_mails = false);
        company.first_sync = true;
        let mut world = World::with(company).await;
        world.in_flight(16);
        let path = format!("{}/../fixtures/hr/{file}", env!("CARGO_MANIFEST_DIR"));
        let report = world.import(&std::fs::read(path).unwrap()).await;
        assert!(report.added > 30, "{file}: {report:?}");
        let plan = world.plan().await;
        // An announced first sync gives nobody an admin role that no person has looked at.
        let limits: Vec<Limit> = plan.breaches.iter().map(|it| it.limit.clone()).collect();
        assert!(limits.iter().all(|it| *it == Limit::AdminGrants), "{file}: {limits:?}");
        world.accept_as("grace", &plan).await;
        world.apply().await;
        world.assert_settled().await;
    }
}
