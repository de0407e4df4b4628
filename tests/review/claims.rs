//! An approved plan that may not be applied after all.

use diff::Tenant;
use insta::assert_snapshot;

use crate::world::{Company, World};

fn ana_moves() -> Company {
    Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "department", "IT")
}

#[tokio::test]
async fn what_nobody_approved_is_not_applied() {
    let world = World::with(ana_moves()).await;
    world.plan().await;
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is not approved: look at it, then run `rollcall plan approve 1`");
    assert_eq!(world.journal(), "");
}

#[tokio::test]
async fn what_is_applied_is_not_applied_twice() {
    let world = World::with(ana_moves()).await;
    world.carry_on().await;
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 is applied already: make a new plan");
    assert_eq!(world.journal(), "");
}

#[tokio::test]
async fn another_policy_needs_another_plan() {
    let mut world = World::with(ana_moves()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.policy(|it| it.joiner_lead_days = 3);
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 was made under another policy: make a new plan");
    assert_eq!(world.journal(), "");
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_store_serves_one_tenant() {
    let world = World::with(ana_moves()).await;
    let production = Tenant::new("company.eu.auth0.com");
    world.engine.store().bind(&production, world.now()).await.unwrap();
    let scope = diff::Scope::everybody();
    let refused = world.engine.preview(&scope, false).await.err().unwrap();
    assert_snapshot!(world.chain(&refused), @"this store is bound to the tenant company.eu.auth0.com, and the configuration names simulator");
    let refused = world.engine.unlink(&1.into(), &crate::world::person("grace")).await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"use the tenant simulator: this store is bound to company.eu.auth0.com");
    assert_eq!(world.journal(), "");
    world.engine.store().unbind(&production).await.unwrap();
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn an_empty_table_is_suspect_and_nothing_is_asked_of_the_tenant() {
    let world = World::with(Company::new()).await;
    let refused = world.engine.preview(&world.company.scope, false).await.err().unwrap();
    assert!(refused.is_suspect());
    let told = world.chain(&refused).replace(&world.url, "[database]");
    assert_snapshot!(told, @r#"the employee table "employees" of [database] is not believed: it has no rows, and no row is not "left""#);
    assert_eq!(world.journal(), "");
}

#[tokio::test]
async fn a_role_that_the_tenant_does_not_have_stops_planning() {
    let world = World::with(ana_moves()).await;
    world.in_auth0(|it| it.roles.retain(|it| it.name != "team_lead" && it.name != "admin"));
    let refused = world.engine.preview(&world.company.scope, false).await.err().unwrap();
    assert!(!refused.is_suspect());
    assert_snapshot!(world.chain(&refused), @"the policy names roles that the tenant does not have: admin; team_lead");
}
