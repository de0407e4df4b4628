//! Whole mistakes, taken back.

use diff::{Authority, Field, Rule, Template};
use insta::assert_snapshot;

use crate::world::{Company, World};

/// Twelve people of three departments, settled.
fn company() -> Company {
    let departments = ["Packing", "IT", "Heat Press"];
    (1..=12).fold(Company::new(), |it, id: i64| {
        let department = departments[usize::try_from(id).unwrap() % 3];
        it.settled(id, &format!("Staff {id}"), department, "associate")
    })
}

#[tokio::test]
async fn a_wrong_mapping_over_everybody_is_taken_back() {
    let mut world = World::with(company()).await;
    let before = world.picture();
    let field = Field::UserMetadata("department".to_owned());
    let wrong = Rule { from: Template::column("full_name"), authority: Authority::Always, clear: false };
    let right = world.company.policy.mapping[&field].clone();
    world.policy(|it| drop(it.mapping.insert(field.clone(), wrong)));
    let run = world.ran().await;
    assert_ne!(world.picture(), before);

    // As long as the mapping is wrong, the next plan would do it again.
    assert_snapshot!(world.undo(run).await, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           12 updates
    held              nobody

    LIMIT EXCEEDED · 1 breach, and nothing at all is written
      ! 12 updates planned, 10 allowed
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 7 more
          ⤷ if some are wrong, rollcall plan without ID update-1
          ⤷ if all are right, rollcall plan approve ID --accept updates --digest a2df78d51523

    update · 12 people
      undoes run 1
      ~ user_metadata.department: each back to what it was · 12 people
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 7 more

    left alone: asked for again by the table · 12 people
      ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
      as the table stands, the next plan would update · 12 people
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 7 more
    ");

    world.policy(|it| drop(it.mapping.insert(field, right)));
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           12 updates
    held              nobody

    LIMIT EXCEEDED · 1 breach, and nothing at all is written
      ! 12 updates planned, 10 allowed
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 7 more
          ⤷ if some are wrong, rollcall plan without ID update-1
          ⤷ if all are right, rollcall plan approve ID --accept updates --digest 1062fc091dad

    update · 12 people
      undoes run 1
      ~ user_metadata.department: each back to what it was · 12 people
          1 Staff 1, 2 Staff 2, 3 Staff 3, 4 Staff 4, 5 Staff 5, and 7 more
    ");
    world.run_of(&undo).await;
    assert_eq!(world.picture(), before);
    world.assert_settled().await;
}

#[tokio::test]
async fn people_whom_a_wrong_table_brought_are_blocked_and_nobody_is_deleted() {
    let company =
        (1..=6).fold(Company::new(), |it, id| it.settled(id, &format!("Staff {id}"), "Packing", "associate"));
    let strangers = (21..=26).fold(company, |it, id| it.row(id, &format!("Stranger {id}"), "IT", "manager"));
    let world = World::with(strangers).await;
    let run = world.ran().await;
    for id in 21..=26 {
        world.hr_deletes(id).await;
    }
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      6 people: 21 Stranger 21, 22 Stranger 22, 23 Stranger 23, 24 Stranger 24,
                      25 Stranger 25, 26 Stranger 26
    gains admin role  nobody
    gets mail         nobody
    changes           12: 6 blocks, 6 revocations
    held              nobody

    LIMIT EXCEEDED · 1 breach, and nothing at all is written
      ! 6 blocks planned, 5 allowed
          21 Stranger 21, 22 Stranger 22, 23 Stranger 23, 24 Stranger 24, 25 Stranger 25, 26 Stranger 26
          ⤷ if some are wrong, rollcall plan without ID block-21
          ⤷ if all are right, rollcall plan approve ID --accept blocks --digest 8654b3bfe58f

    block · 6 people
      undoes run 1 · sessions end, which cannot be undone
      - 21 Stranger 21  auth0|e220a8397b1dcdaf6e789e6a
      - 22 Stranger 22  auth0|06c45d188009454ff88bb8a8
      - 23 Stranger 23  auth0|1b39896a51a8749b53cb9f0c
      - 24 Stranger 24  auth0|2c829abe1f4532e1c584133a
      - 25 Stranger 25  auth0|3ee5789041c98ac3f3b8488c
      - 26 Stranger 26  auth0|657eecdd3cb13d09c2d326e0

    revoke · 6 people
      undoes run 1
      - manager · 6 people
          21 Stranger 21, 22 Stranger 22, 23 Stranger 23, 24 Stranger 24, 25 Stranger 25, 26 Stranger 26

    left alone: not undone · 6 people
      the account is blocked, not deleted (new account) · 6 people
          21 Stranger 21, 22 Stranger 22, 23 Stranger 23, 24 Stranger 24, 25 Stranger 25, 26 Stranger 26
      a mail cannot be taken back (verification mail) · 6 people
          21 Stranger 21, 22 Stranger 22, 23 Stranger 23, 24 Stranger 24, 25 Stranger 25, 26 Stranger 26
    ");
    let refused = world.try_approve_as("grace").await.unwrap_err();
    assert_snapshot!(world.chain(&refused), @"plan 2 exceeds limits: blocks: 6 planned, 5 allowed");
    world.run_of(&undo).await;
    assert_eq!(world.members("manager"), Vec::<String>::new());
    for id in 21..=26 {
        let user = world.linked(id).await.expect("the link stays");
        assert_eq!(world.user(user.as_str()).blocked, Some(true));
    }
    world.assert_nothing_left().await;
}

#[tokio::test]
async fn who_is_in_the_table_still_is_told_to_come_back_with_the_next_plan() {
    let world = World::with(Company::new().row(1, "Ana Silva", "Packing", "associate")).await;
    let run = world.ran().await;
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      1 person: 1 Ana Silva
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 block, 1 revocation
    held              nobody

    block · 1 person
      undoes run 1 · sessions end, which cannot be undone
      - 1 Ana Silva  auth0|e220a8397b1dcdaf6e789e6a

    revoke · 1 person
      undoes run 1
      - 1 Ana Silva  auth0|e220a8397b1dcdaf6e789e6a  production_associate

    left alone: not undone · 1 person
      1 Ana Silva: the account is blocked, not deleted (new account)
      1 Ana Silva: a mail cannot be taken back (verification mail)

    left alone: asked for again by the table · 1 person
      1 Ana Silva: as the table stands, the next plan would unblock and grant
          ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
    ");
    world.run_of(&undo).await;
    // Exactly what was said.
    let next = world.plan().await;
    assert_snapshot!(next, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 unblock, 1 grant
    held              nobody

    unblock · 1 person
      employed again, and the block is ours
      + 1 Ana Silva  auth0|e220a8397b1dcdaf6e789e6a

    grant · 1 person
      + 1 Ana Silva  auth0|e220a8397b1dcdaf6e789e6a  production_associate (role_code = associate)
    ");
    world.run_of(&next).await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_mover_gets_the_old_role_back_and_an_undo_can_be_undone() {
    let company = Company::new().settled(1, "Ana Silva", "Packing", "associate");
    let world = World::with(company.cell(1, "role_code", "manager")).await;
    let before = world.picture();
    let run = world.ran().await;
    let after = world.picture();

    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 1 revocation, 1 update, 1 grant
    held              nobody

    revoke · 1 person
      undoes run 1
      - 1 Ana Silva  auth0|1  manager

    update · 1 person
      undoes run 1
      ~ 1 Ana Silva  auth0|1
          app_metadata.role_code: manager → associate

    grant · 1 person
      undoes run 1
      + 1 Ana Silva  auth0|1  production_associate

    left alone: asked for again by the table · 1 person
      1 Ana Silva: as the table stands, the next plan would revoke, update and grant
          ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
    ");
    let undone = world.run_of(&undo).await;
    assert_snapshot!(world.writes(), @r#"
    DELETE /users/auth0|1/roles {"roles":["[manager]"]} → 204
    PATCH /users/auth0|1 {"app_metadata":{"role_code":"associate"}} → 200
    POST /users/auth0|1/roles {"roles":["[production_associate]"]} → 204
    "#);
    assert_eq!(world.picture(), before);

    let again = world.undo(undone).await;
    assert_snapshot!(again, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 1 revocation, 1 update, 1 grant
    held              nobody

    revoke · 1 person
      undoes run 2
      - 1 Ana Silva  auth0|1  production_associate

    update · 1 person
      undoes run 2
      ~ 1 Ana Silva  auth0|1
          app_metadata.role_code: associate → manager

    grant · 1 person
      undoes run 2
      + 1 Ana Silva  auth0|1  manager
    ");
    world.run_of(&again).await;
    assert_eq!(world.picture(), after);
    world.assert_settled().await;
}

#[tokio::test]
async fn what_somebody_changed_since_stays_and_is_told() {
    let mut company = Company::new();
    for (id, name) in [(1, "Ana Silva"), (2, "Ben Okoye"), (3, "Cem Aydin"), (4, "Dora Novak")] {
        company = company.settled(id, name, "Packing", "associate").cell(id, "department", "IT");
    }
    let company = company.cell(1, "full_name", "Ana Costa").cell(4, "role_code", "manager");
    let world = World::with(company).await;
    let run = world.ran().await;
    world.in_auth0_user("auth0|1", |it| it.name = Some("Ana C.".to_owned()));
    world.in_auth0_user("auth0|2", |it| {
        it.user_metadata.as_mut().unwrap().insert("department".to_owned(), "Moon".into());
    });
    world.in_auth0(|it| it.users.retain(|it| it.user_id != "auth0|3"));
    world.in_auth0(|it| it.roles.iter_mut().for_each(|it| it.members.retain(|it| it != "auth0|4")));
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           3: 2 updates, 1 grant
    held              nobody

    update · 2 people
      undoes run 1
      ~ 1 Ana Costa   auth0|1
          user_metadata.department: IT → Packing
          user_metadata.full_name: Ana Costa → Ana Silva
      ~ 4 Dora Novak  auth0|4
          user_metadata.department: IT → Packing
          app_metadata.role_code: manager → associate

    grant · 1 person
      undoes run 1
      + 4 Dora Novak  auth0|4  production_associate

    left alone: not undone · 3 people
      1 Ana Costa: name was changed since, and stays (update)
      2 Ben Okoye: user_metadata.department was changed since, and stays (update)
      3 Cem Aydin: auth0|3 does not exist any more (update)

    left alone: asked for again by the table · 2 people
      ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
      1 Ana Costa: as the table stands, the next plan would update
      4 Dora Novak: as the table stands, the next plan would revoke and update
    ");
    world.run_of(&undo).await;
    let (ana, ben) = (world.user("auth0|1"), world.user("auth0|2"));
    assert_eq!(ana.name.as_deref(), Some("Ana C."));
    assert_eq!(ana.user_metadata.unwrap()["department"], "Packing");
    assert_eq!(ben.user_metadata.unwrap()["department"], "Moon");
}

#[tokio::test]
async fn who_was_blocked_by_mistake_gets_back_in_and_who_has_left_does_not() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "manager")
        .cell(1, "status", "terminated")
        .cell(2, "status", "terminated");
    let world = World::with(company).await;
    let before = world.picture();
    let run = world.ran().await;
    world.hr(1, "status", "active").await;
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           2: 1 unblock, 1 grant
    held              nobody

    unblock · 1 person
      undoes run 1
      + 1 Ana Silva  auth0|1

    grant · 1 person
      undoes run 1
      + 1 Ana Silva  auth0|1  production_associate

    left alone: not undone · 2 people
      1 Ana Silva: ended sessions stay ended (block)
      2 Ben Okoye: the person has left, as the status is terminated; correct the row first (block)
      2 Ben Okoye: the person has left, as the status is terminated; correct the row first (revocation)
    ");
    world.run_of(&undo).await;
    let after = world.picture();
    assert_eq!(after["auth0|1"], before["auth0|1"]);
    assert_eq!((world.user("auth0|2").blocked, world.members("manager").len()), (Some(true), 0));
    world.assert_settled().await;
}

#[tokio::test]
async fn addresses_go_back_in_the_order_in_which_they_are_free() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "email", "ben.okoye@example.com")
        .cell(2, "email", "ben@example.com");
    let world = World::with(company).await;
    let before = world.picture();
    let run = world.ran().await;
    let undo = world.undo(run).await;
    assert_snapshot!(undo, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         2 people (2 verification mails): 1 Ana Silva, 2 Ben Okoye
    changes           2 updates
    held              nobody

    update · 2 people
      undoes run 1 · sessions end, which cannot be undone · verification mail
      ~ 1 Ana Silva  auth0|1
          email: ben.okoye@example.com → ana.silva@example.com
      ~ 2 Ben Okoye  auth0|2
          email: ben@example.com → ben.okoye@example.com

    left alone: not undone · 2 people
      ended sessions stay ended (update) · 2 people
          1 Ana Silva, 2 Ben Okoye
      a mail cannot be taken back (verification mail) · 2 people
          1 Ana Silva, 2 Ben Okoye

    left alone: asked for again by the table · 2 people
      ⤷ in the employee table: correct the row, or the mapping in rollcall.toml, if that is wrong
      as the table stands, the next plan would update · 2 people
          1 Ana Silva, 2 Ben Okoye
    ");
    world.run_of(&undo).await;
    assert_snapshot!(world.writes(), @r#"
    PATCH /users/auth0|1 {"email":"ana.silva@example.com","email_verified":false,"verify_email":true} → 200
    PATCH /users/auth0|2 {"email":"ben.okoye@example.com","email_verified":false,"verify_email":true} → 200
    "#);
    assert_eq!(world.picture(), before);
}
