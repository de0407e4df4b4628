//! Whose yes counts, and how many are asked.

use diff::{Approver, Concern, EmployeeId};
use engine::Yes;
use insta::assert_snapshot;
use store::{AuditFilter, Given};

use crate::world::{Company, World, person};

/// Ana becomes an admin, beside two who are; Ben moves.
fn ana_becomes_an_admin() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "IT", "manager")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "IT", "admin")
        .settled(4, "Dora Novak", "IT", "admin")
        .cell(1, "role_code", "admin")
        .cell(2, "department", "IT")
}

fn two_for(concern: Concern) -> Company {
    ana_becomes_an_admin().policy(|it| it.review.two_approvers = [concern].into())
}

async fn refused(world: &World, by: Approver) -> String {
    let refused = world.engine.approve(world.latest(), by, Yes::default()).await.unwrap_err();
    world.chain(&refused)
}

/// Who did what to the latest plan, and why.
async fn told(world: &World) -> String {
    let filter = AuditFilter { plan: Some(world.latest()), ..AuditFilter::default() };
    let rows = world.engine.store().audit_entries(&filter).await.unwrap();
    let line = |it: &store::AuditRow| {
        let reason = it.entry.body["reason"].as_str().map(|it| format!(": {it}")).unwrap_or_default();
        format!("{} by {}{reason}", it.entry.event, it.entry.by)
    };
    rows.iter().filter(|it| it.entry.run.is_none()).map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_admin_is_made_by_two_people_who_are_who_they_say() {
    let world = World::with(two_for(Concern::AdminGrants)).await;
    world.plan().await;
    let nobody = Approver::Unverified { name: "hal@host".to_owned() };
    assert_snapshot!(refused(&world, nobody).await, @"plan 1 is not approved by this: the yes of hal@host (unverified) does not count: two verified people must say yes, because of admin-grants");
    let Given::Waits(missing) = world.try_approve_as("grace").await.unwrap() else {
        panic!("one person is not enough")
    };
    assert_snapshot!(missing, @"a second verified person must say yes, because of admin-grants");
    assert_snapshot!(refused(&world, person("grace")).await, @"plan 1 is not approved by this: grace approved it already, and a second verified person must say yes, because of admin-grants");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is not approved yet: a second verified person must say yes, because of admin-grants");
    assert_eq!(world.writes(), "");
    world.approve_as("hal").await;
    assert_snapshot!(told(&world).await, @"
    approval_refused by hal@host (unverified): the yes of hal@host (unverified) does not count: two verified people must say yes, because of admin-grants
    plan_approved_in_part by grace
    approval_refused by grace: grace approved it already, and a second verified person must say yes, because of admin-grants
    plan_approved by hal
    ");
    world.apply().await;
    assert_eq!(world.members("admin"), ["auth0|3", "auth0|4", "auth0|1"]);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_sync_waits_for_the_second_person() {
    let world = World::with(two_for(Concern::Kind(diff::Kind::Update))).await;
    world.hr(1, "role_code", "manager").await;
    let synced = world.sync().await;
    let engine::SyncOutcome::Proposed(id) = synced.outcome else { panic!("it is proposed") };
    assert_eq!(world.writes(), "");
    for who in ["grace", "hal"] {
        world.engine.approve(id, person(who), Yes::default()).await.unwrap();
    }
    let synced = world.sync().await;
    let engine::SyncOutcome::Applied(report) = synced.outcome else { panic!("what is approved is applied") };
    assert_eq!((report.plan, report.is_complete()), (id, true));
    world.assert_settled().await;
}

#[tokio::test]
async fn nobody_makes_an_admin_of_the_own_account() {
    let company = ana_becomes_an_admin().policy(|it| {
        it.review.accounts.insert("ana".to_owned(), EmployeeId::from(1));
        it.review.accounts.insert("cem".to_owned(), EmployeeId::from(3));
    });
    let world = World::with(company).await;
    world.plan().await;
    assert_snapshot!(refused(&world, person("ana")).await, @"plan 1 is not approved by this: it changes the account of ana (employee 1), and so somebody else must say yes");
    let nobody = Approver::Unverified { name: "root@host".to_owned() };
    assert_snapshot!(refused(&world, nobody).await, @"plan 1 is not approved by this: the yes of root@host (unverified) does not count: a verified person must say yes; not ana, whose own account it changes");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is not approved: look at it, then run `rollcall plan approve 1`");
    world.approve_as("cem").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn an_override_is_looked_at_by_a_second_person() {
    let mut company = Company::new().staff(40).policy(|it| {
        it.review.two_approvers.insert(Concern::Override);
    });
    for id in 101..=106 {
        company = company.cell(id, "status", "terminated");
    }
    let world = World::with(company).await;
    let plan = world.plan().await;
    let digest = Some(plan.plan.digest().to_string());
    let accepting = Yes { digest, accepts: ["blocks".to_owned()].into(), reason: None };
    let Given::Waits(missing) =
        world.engine.approve(plan.id, person("grace"), accepting.clone()).await.unwrap()
    else {
        panic!("an override is never its maker's alone")
    };
    assert_snapshot!(missing, @"a second verified person must say yes, because of override");
    let again = world.engine.approve(plan.id, person("grace"), accepting).await.unwrap_err();
    assert_snapshot!(world.chain(&again), @"plan 1 is not approved by this: grace approved it already, and a second verified person must say yes, because of override");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is not approved yet: a second verified person must say yes, because of override");
    assert_eq!(world.writes(), "");
    // Hal need not type the limit again: it is what he sees accepted, and says yes to.
    world.approve_as("hal").await;
    world.apply().await;
    assert_eq!(world.user("auth0|101").blocked, Some(true));
    world.assert_settled().await;
}

#[tokio::test]
async fn who_may_approve_is_asked_again_when_the_plan_is_claimed() {
    let mut world = World::with(ana_becomes_an_admin()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.policy(|it| it.review.two_approvers = [Concern::AdminGrants].into());
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is not approved yet: a second verified person must say yes, because of admin-grants");
    assert_eq!(world.writes(), "");
    world.approve_as("hal").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn an_account_named_since_the_yes_makes_it_worthless() {
    let mut world = World::with(ana_becomes_an_admin()).await;
    world.plan().await;
    world.approve_as("ana").await;
    world.policy(|it| drop(it.review.accounts.insert("ana".to_owned(), EmployeeId::from(1))));
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is not approved yet: a verified person must say yes; not ana, whose own account it changes");
    assert_eq!(world.writes(), "");
    world.approve_as("hal").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_one_client_planned_another_does_not_apply() {
    let scopes = [
        "read:users",
        "update:users",
        "create:users",
        "read:roles",
        "read:role_members",
        "create:role_members",
        "delete:role_members",
        "read:connections",
        "delete:sessions",
        "delete:refresh_tokens",
    ];
    let company = ana_becomes_an_admin().application("another", "another-secret", &scopes);
    let mut world = World::with(company).await;
    let plan = world.plan().await;
    world.approve_as("grace").await;
    world.renew(|it| {
        "another".clone_into(&mut it.client_id);
        it.client_secret = "another-secret".to_owned().into();
    });
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 was made by the client simulator-client, and the configuration names another");
    assert_eq!(world.writes(), "");
    let again = world.plan().await;
    assert_ne!(again.id, plan.id, "the same digest, read by another client");
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
}
