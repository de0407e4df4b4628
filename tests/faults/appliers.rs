//! Two who apply at once.

use engine::{ApplyError, Stop};

use crate::world::{Company, World, person};

#[tokio::test]
async fn of_two_who_apply_at_once_one_is_refused() {
    let company = Company::new().settled(1, "Ana Silva", "Packing", "associate").cell(1, "department", "IT");
    let world =
        World::at(company, simulator::Options { latency_ms: 50, ..simulator::Options::default() }).await;
    let plan = world.plan().await.id;
    world.approve_as("grace").await;
    let (by, stop) = (person("op"), Stop::new());
    let (one, other) = (world.another(|_| ()), world.another(|_| ()));
    let (one, other) = tokio::join!(
        one.apply(plan, &by, "host:1", &stop, &|_| ()),
        other.apply(plan, &by, "host:2", &stop, &|_| ()),
    );
    let (done, refused) = if one.is_ok() { (one, other) } else { (other, one) };
    assert!(done.unwrap().is_complete());
    let refused = refused.unwrap_err();
    assert!(matches!(refused, ApplyError::Lease(store::LeaseError::HeldBy { .. })), "{refused}");
    world.assert_settled().await;
}

#[tokio::test]
async fn two_syncs_at_once_make_nobody_twice() {
    let company = Company::new().row(1, "Ana Silva", "Packing", "associate");
    let world =
        World::at(company, simulator::Options { latency_ms: 20, ..simulator::Options::default() }).await;
    let (by, stop, scope) = (person("op"), Stop::new(), diff::Scope::everybody());
    let (one, other) = (world.another(|_| ()), world.another(|_| ()));
    let (one, other) = tokio::join!(
        one.sync(&scope, false, &by, "host:1", &stop, &|_| ()),
        other.sync(&scope, false, &by, "host:2", &stop, &|_| ()),
    );
    assert!(one.is_ok() || other.is_ok());
    assert_eq!(world.users_with("ana.silva@example.com").len(), 1);
    assert!(!world.journal().contains("→ 409"));
    world.assert_settled().await;
}
