//! A plan that exceeds a limit: nothing at all is written.

use engine::{SyncOutcome, Yes};
use insta::assert_snapshot;

use crate::world::{Company, World, person};

/// Six of forty leave overnight, and somebody else moves.
fn six_leave() -> Company {
    let company = Company::new().staff(40).cell(120, "department", "IT");
    (101..107).fold(company, |it, id| it.cell(id, "status", "terminated"))
}

#[tokio::test]
async fn too_many_blocks_are_refused_and_nothing_is_written() {
    let world = World::with(six_leave()).await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      6 people: 101 Staff 101, 102 Staff 102, 103 Staff 103, 104 Staff 104,
                      105 Staff 105, 106 Staff 106
    gains admin role  nobody
    gets mail         nobody
    changes           13: 6 blocks, 6 revocations, 1 update
    held              nobody

    LIMIT EXCEEDED · 1 breach, and nothing at all is written
      ! 6 blocks planned, 5 allowed
          101 Staff 101, 102 Staff 102, 103 Staff 103, 104 Staff 104, 105 Staff 105, 106 Staff 106
          ⤷ if some are wrong, correct their rows, or rollcall plan without ID block-101
          ⤷ if all are right, rollcall plan approve ID --accept blocks --digest cf7a88b9d1e8

    block · 6 people
      status is terminated · sessions end, which cannot be undone
      - 101 Staff 101  auth0|101
      - 102 Staff 102  auth0|102
      - 103 Staff 103  auth0|103
      - 104 Staff 104  auth0|104
      - 105 Staff 105  auth0|105
      - 106 Staff 106  auth0|106

    revoke · 6 people
      status is terminated
      - production_associate · 6 people
          101 Staff 101, 102 Staff 102, 103 Staff 103, 104 Staff 104, 105 Staff 105, 106 Staff 106

    update · 1 person
      ~ 120 Staff 120  auth0|120
          user_metadata.department: Packing → IT (from department)
    ");
    assert_snapshot!(world.chain(&world.try_approve_as("grace").await.unwrap_err()), @"plan 1 exceeds limits: blocks: 6 planned, 5 allowed");
    let synced = world.sync().await;
    assert_eq!(synced.outcome, SyncOutcome::Breached(plan.id));
    assert_eq!((synced.written_back, world.writes()), (0, String::new()));
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 exceeds limits: blocks: 6 planned, 5 allowed");
    assert_eq!(world.writes(), "");
}

#[tokio::test]
async fn a_person_may_accept_the_breach_by_name_and_digest_once() {
    let world = World::with(six_leave()).await;
    let plan = world.plan().await;
    let yes = |digest: Option<String>, limit: &str| Yes {
        digest,
        accepts: [limit.to_owned()].into(),
        reason: None,
    };
    let digest = plan.plan.digest().to_string();
    let grace = || person("grace");
    let blind = world.engine.approve(plan.id, grace(), yes(None, "blocks")).await.unwrap_err();
    assert_snapshot!(world.chain(&blind).replace(&digest, "[digest]"), @"to accept a limit, name the digest that you looked at: --digest [digest]");
    let other =
        world.engine.approve(plan.id, grace(), yes(Some(digest.clone()), "updates")).await.unwrap_err();
    assert_snapshot!(world.chain(&other), @r#"plan 1 does not exceed the limit "updates""#);
    world.engine.approve(plan.id, grace(), yes(Some(digest), "blocks")).await.unwrap();
    world.apply().await;
    assert_eq!(world.user("auth0|101").blocked, Some(true));
    world.assert_settled().await;
}

#[tokio::test]
async fn the_last_admins_keep_their_role() {
    let company = Company::new()
        .settled(1, "Ana Silva", "IT", "admin")
        .settled(2, "Ben Okoye", "IT", "admin")
        .cell(1, "status", "terminated");
    let world = World::with(company).await;
    let synced = world.sync().await;
    let breaches: Vec<String> = synced.breaches.iter().map(ToString::to_string).collect();
    assert_snapshot!(breaches.join("\n"), @"admins-left:admin: only 1 unblocked holders of admin would be left, and 2 must be");
    assert_eq!(world.writes(), "");
    assert_eq!(world.members("admin").len(), 2);
}

#[tokio::test]
async fn an_admin_role_is_not_given_without_a_person() {
    let company = Company::new().settled(1, "Ana Silva", "IT", "associate").cell(1, "role_code", "admin");
    let world = World::with(company).await;
    let synced = world.sync().await;
    assert!(matches!(synced.outcome, SyncOutcome::Proposed(_)));
    assert_eq!(world.writes(), "");
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  1 person: 1 Ana Silva (admin)
    gets mail         nobody
    changes           3: 1 revocation, 1 update, 1 grant
    held              nobody

    revoke · 1 person
      - 1 Ana Silva  auth0|1  production_associate (role_code = admin gives admin)

    update · 1 person
      ~ 1 Ana Silva  auth0|1
          app_metadata.role_code: associate → admin (from role_code)

    grant · 1 person
      + 1 Ana Silva  auth0|1  ADMIN ROLE · admin (role_code = admin)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    assert_eq!(world.members("admin"), ["auth0|1"]);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_first_sync_lifts_creates_and_never_blocks() {
    let mut company = six_leave();
    for id in 201..=310 {
        company = company.row(id, &format!("New {id}"), "Packing", "associate");
    }
    let mut world = World::with(company).await;
    let said = |it: &[diff::Breach]| it.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert_snapshot!(said(&world.plan().await.breaches), @"
    blocks: 6 planned, 5 allowed
    grants: 110 planned, 12 allowed
    creates: 110 planned, 100 allowed
    ");
    world.company.first_sync = true;
    assert_snapshot!(said(&world.plan().await.breaches), @"blocks: 6 planned, 5 allowed");
}

#[tokio::test]
async fn mails_have_a_limit_of_their_own() {
    let mut company = Company::new().policy(|it| it.limits.mails = 2);
    for id in 1..=3 {
        company = company.row(id, &format!("New {id}"), "Packing", "associate");
    }
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan.breaches[0], @"mails: 3 planned, 2 allowed");
    assert_eq!(world.sync().await.outcome, SyncOutcome::Breached(plan.id));
    assert_eq!((world.writes(), world.simulator.mails().len()), (String::new(), 0));
}

#[tokio::test]
async fn an_admin_who_left_and_was_never_linked_counts_among_the_admins_that_are_lost() {
    let company = Company::new()
        .settled(1, "Ana Silva", "IT", "admin")
        .settled(2, "Ben Okoye", "IT", "admin")
        .without_link(1)
        .cell(1, "status", "terminated");
    let world = World::with(company).await;
    let plan = world.plan().await;
    assert_eq!(
        plan.plan.counts().keys().map(|it| it.word()).collect::<Vec<_>>(),
        ["block", "revoke", "link"]
    );
    assert_snapshot!(plan.breaches[0], @"admins-left:admin: only 1 unblocked holders of admin would be left, and 2 must be");
}

/// A first sync does not lift the limit of mails, which has a way out of its own.
#[tokio::test]
async fn a_first_sync_with_many_mails_waits_or_goes_on_in_parts() {
    let mut company = Company::new().policy(|it| it.limits.mails = 2);
    for id in 1..=5 {
        company = company.row(id, &format!("New {id}"), "Packing", "associate");
    }
    company.first_sync = true;
    let mut world = World::with(company).await;
    let plan = world.plan().await;
    assert_snapshot!(plan.breaches[0], @"mails: 5 planned, 2 allowed");
    assert_eq!(plan.breaches[0].people.len(), 5);
    world.company.scope.limit = Some(2);
    for left in [3, 1, 0] {
        assert!(matches!(world.sync().await.outcome, SyncOutcome::Applied(_)));
        assert_eq!(world.simulator.mails().len(), 5 - left);
    }
    world.company.scope.limit = None;
    world.assert_settled().await;
}
