//! What people decide where matching does not guess.

use diff::UserId;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Company, World, person};

fn ana() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .user("auth0|9", json!({ "email": "ana@private.example", "name": "Ana" }))
}

#[tokio::test]
async fn a_user_deleted_in_auth0_is_told_and_made_anew_when_somebody_says_so() {
    let world = World::with(ana()).await;
    world.in_auth0(|it| it.users.retain(|it| it.user_id != "auth0|1"));
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              1 person: 1 linked user gone

    held: linked user gone · 1 person
      1 Ana Silva: the linked user auth0|1 does not exist any more
          ⤷ rollcall employee recreate 1

    nothing to do · 1 held
    ");
    assert_eq!(world.sync().await.outcome, engine::SyncOutcome::Nothing);
    assert_eq!(world.engine.recreate(&1.into(), &person("grace")).await.unwrap().as_str(), "auth0|1");
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         1 person (1 verification mail): 1 Ana Silva
    changes           2: 1 new account, 1 grant
    held              nobody

    create · 1 person
      employed, no account yet · verification mail · sets email, name, user_metadata {department,
      employee_id, full_name}, app_metadata {employee_id, role_code} · cannot be undone, only blocked
      + 1 Ana Silva  ana.silva@example.com  department: Packing, role_code: associate

    grant · 1 person
      + 1 Ana Silva  new account  production_associate (role_code = associate)
    ");
    world.approve_as("grace").await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn who_is_unlinked_and_linked_to_another_user_gets_that_one() {
    let world = World::with(ana()).await;
    let grace = person("grace");
    let refused = world.engine.link(&1.into(), &UserId::new("auth0|9"), &grace).await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"tie the two: employee 1 is linked to auth0|1 already");
    assert_eq!(world.engine.unlink(&1.into(), &grace).await.unwrap().as_str(), "auth0|1");
    world.engine.link(&1.into(), &UserId::new("auth0|9"), &grace).await.unwrap();
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 update, 1 grant
    held              nobody

    update · 1 person
      ~ 1 Ana Silva  auth0|9
          name: Ana → Ana Silva (from full_name)
          user_metadata.department: not set → Packing (from department)
          user_metadata.employee_id: not set → 1 (from id)
          user_metadata.full_name: not set → Ana Silva (from full_name)
          app_metadata.employee_id: not set → 1 (from id)
          app_metadata.role_code: not set → associate (from role_code)

    grant · 1 person
      + 1 Ana Silva  auth0|9  production_associate (role_code = associate)

    left alone: second account · 1 person
      1 Ana Silva: auth0|1 has this person's address or employee id too; the link decides
          ⤷ rollcall employee ignore 'auth0|1' --reason WHY, once looked at in Auth0

    left alone: new address taken · 1 person
      1 Ana Silva: the new address ana.silva@example.com is on auth0|1 already
          ⤷ rollcall employee explain 1, to see whose auth0|1 is; then free the address in Auth0
    ");
}

#[tokio::test]
async fn who_is_ignored_is_left_alone_until_somebody_says_otherwise() {
    let world = World::with(ana().cell(1, "department", "IT")).await;
    let grace = person("grace");
    world.engine.ignore_employee(&1.into(), "on a secret mission", &grace).await.unwrap();
    let plan = world.plan().await;
    assert_snapshot!(plan, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: ignored employee · 1 person
      1 Ana Silva: to be left alone, as somebody said: "on a secret mission"
          ⤷ rollcall employee ignore 1 --off

    nothing to do
    "#);
    assert!(world.engine.heed_employee(&1.into(), &grace).await.unwrap());
    assert!(!world.engine.heed_employee(&1.into(), &grace).await.unwrap());
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn an_ignored_user_is_nobodys_candidate() {
    let company = Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .user("auth0|9", json!({ "email": "ana.silva@example.com", "name": "Ana" }));
    let world = World::with(company).await;
    let user = UserId::new("auth0|9");
    world.engine.ignore_user(&user, "a test account", &person("grace")).await.unwrap();
    let plan = world.plan().await;
    assert_snapshot!(plan, @r#"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           none
    held              nobody

    left alone: ignored user · 1 person
      1 Ana Silva: auth0|9 is to be left alone, as somebody said: "a test account"
          ⤷ rollcall employee ignore 'auth0|9' --off

    nothing to do
    "#);
    world.assert_settled().await;
    assert!(world.engine.heed_user(&user, &person("grace")).await.unwrap());
    world.carry_on().await;
    assert_eq!(world.linked(1).await, Some(user));
    world.assert_settled().await;
}

#[tokio::test]
async fn what_cannot_be_done_by_hand_is_said() {
    let world = World::with(ana().row(2, "Ben Okoye", "IT", "manager")).await;
    let grace = person("grace");
    let engine = &world.engine;
    let refusals = [
        engine.link(&7.into(), &UserId::new("auth0|9"), &grace).await.unwrap_err(),
        engine.link(&1.into(), &UserId::new("auth0|nobody"), &grace).await.unwrap_err(),
        engine.link(&2.into(), &UserId::new("auth0|1"), &grace).await.unwrap_err(),
        engine.unlink(&2.into(), &grace).await.unwrap_err(),
        engine.recreate(&2.into(), &grace).await.unwrap_err(),
        engine.recreate(&1.into(), &grace).await.unwrap_err(),
        engine.ignore_employee(&7.into(), "why", &grace).await.unwrap_err(),
        engine.ignore_user(&UserId::new("auth0|nobody"), "why", &grace).await.unwrap_err(),
    ];
    let said: Vec<String> = refusals.iter().map(|it| world.chain(it)).collect();
    assert_snapshot!(said.join("\n"), @"
    there is no employee 7 in the table
    there is no user auth0|nobody in Auth0
    tie the two: auth0|1 is linked to employee 1 already
    employee 2 has no link
    employee 2 has no link
    auth0|1, the user of employee 1, exists: there is nothing to make anew
    there is no employee 7 in the table
    there is no user auth0|nobody in Auth0
    ");
}

#[tokio::test]
async fn everything_by_hand_is_in_the_persons_story() {
    let world = World::with(ana()).await;
    let grace = person("grace");
    world.engine.unlink(&1.into(), &grace).await.unwrap();
    world.engine.link(&1.into(), &UserId::new("auth0|1"), &grace).await.unwrap();
    world.engine.ignore_employee(&1.into(), "why not", &grace).await.unwrap();
    let story = world.engine.story(&1.into()).await.unwrap().unwrap();
    let told: Vec<String> = story
        .history
        .iter()
        .map(|it| format!("{} by {}", it.record.entry.event, it.record.entry.by))
        .collect();
    assert_snapshot!(told.join("\n"), @"
    employee_unlinked by grace
    employee_linked by grace
    employee_ignored by grace
    ");
    assert_eq!(story.ignored.as_deref(), Some("why not"));
    assert_eq!(story.link.unwrap().user.as_str(), "auth0|1");
    assert!(world.engine.story(&7.into()).await.unwrap().is_none());
}
