//! A table that looks wrong: half of it, another one, or one without values. Nothing follows from it.

use diff::{Breach, EmployeeId, Scope};
use engine::SyncOutcome;
use insta::assert_snapshot;
use store::ProposalStanding;

use crate::world::{Company, World};

fn said(breaches: &[Breach]) -> String {
    breaches.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

async fn last_rows(world: &World) -> Option<usize> {
    world.engine.store().last_rows(world.engine.tenant(), &Scope::everybody()).await.unwrap()
}

async fn lose(world: &World, ids: std::ops::RangeInclusive<i64>) {
    world.sql(&format!("DELETE FROM employees WHERE id BETWEEN {} AND {}", ids.start(), ids.end())).await;
}

#[tokio::test]
async fn half_a_table_is_suspect_whatever_else_it_asks_for() {
    let world = World::with(Company::new().staff(40)).await;
    assert_eq!(world.sync().await.outcome, SyncOutcome::Nothing);
    lose(&world, 101..=120).await;
    world.hr(130, "department", "IT").await;
    let plan = world.plan().await;
    assert_snapshot!(plan, @"
    loses access      nobody
    gains admin role  nobody
    gets mail         nobody
    changes           1 update
    held              nobody

    SOURCE SUSPECT · 2 breaches, and nothing at all is written
      ! only 20 rows were read, and after the last good run at least 36 were expected; linked, and
          without a row now:
          101 Staff 101, 102 Staff 102, 103 Staff 103, 104 Staff 104, 105 Staff 105, and 15 more
          ⤷ if rows are missing, mend the table, and plan again
      ! 20 linked employees have no row any more, 5 allowed: is it the right table?
          101 Staff 101, 102 Staff 102, 103 Staff 103, 104 Staff 104, 105 Staff 105, and 15 more
          ⤷ if this is another table, correct [source] table of rollcall.toml; if rows are missing,
            mend the table; then plan again
      ⤷ if the table is right as it is,
        rollcall plan approve ID --accept source-rows --accept source-employees --digest 890b87944f70

    update · 1 person
      ~ 130 Staff 130  auth0|130
          user_metadata.department: Packing → IT (from department)

    left alone: row gone · 20 people
      ⤷ rollcall employee unlink ID, if the account is nobody's any more;
        else bring the row back as terminated
      101 Staff 101: the row is gone from the employee table; auth0|101 stays as it is
      102 Staff 102: the row is gone from the employee table; auth0|102 stays as it is
      103 Staff 103: the row is gone from the employee table; auth0|103 stays as it is
      104 Staff 104: the row is gone from the employee table; auth0|104 stays as it is
      105 Staff 105: the row is gone from the employee table; auth0|105 stays as it is
      106 Staff 106: the row is gone from the employee table; auth0|106 stays as it is
      107 Staff 107: the row is gone from the employee table; auth0|107 stays as it is
      108 Staff 108: the row is gone from the employee table; auth0|108 stays as it is
      109 Staff 109: the row is gone from the employee table; auth0|109 stays as it is
      110 Staff 110: the row is gone from the employee table; auth0|110 stays as it is
      and 10 more, which --all shows
    ");
    let synced = world.sync().await;
    assert_eq!((synced.outcome, synced.written_back), (SyncOutcome::Breached(plan.id), 0));
    assert_snapshot!(world.chain(&world.try_approve_as("grace").await.unwrap_err()), @"plan 1 exceeds limits: source-rows: only 20 rows were read, and at least 36 were expected; source-employees: 20 linked employees have no row any more, 5 allowed");
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"plan 1 exceeds limits: source-rows: only 20 rows were read, and at least 36 were expected; source-employees: 20 linked employees have no row any more, 5 allowed");
    assert_eq!((world.writes(), last_rows(&world).await), (String::new(), Some(40)));
    for (id, row) in world.company.rows.range(EmployeeId::from(101)..=EmployeeId::from(120)) {
        assert_eq!(row["id"], id.as_str());
        world.hr_adds(row).await;
    }
    world.carry_on().await;
    assert_eq!(world.user("auth0|130").user_metadata.unwrap()["department"], "IT");
    world.sync().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_table_that_shrank_rightly_is_accepted_once_even_where_nothing_is_to_be_done() {
    let world = World::with(Company::new().staff(40)).await;
    world.sync().await;
    lose(&world, 101..=110).await;
    let plan = world.plan().await;
    assert!(plan.plan.is_empty());
    assert_snapshot!(said(&plan.breaches), @"
    source-rows: only 30 rows were read, and at least 36 were expected
    source-employees: 10 linked employees have no row any more, 5 allowed
    ");
    world.accept_as("grace", &plan).await;
    world.apply().await;
    assert_eq!((world.writes(), last_rows(&world).await), (String::new(), Some(30)));
    assert_eq!(world.preview().await.breaches, []);
    assert_eq!(world.sync().await.outcome, SyncOutcome::Nothing);
    lose(&world, 111..=116).await;
    assert_snapshot!(said(&world.preview().await.breaches), @"
    source-rows: only 24 rows were read, and at least 27 were expected
    source-employees: 6 linked employees have no row any more, 5 allowed
    ");
}

#[tokio::test]
async fn a_plan_and_a_dry_run_make_nothing_the_measure() {
    let world = World::with(Company::new().staff(40)).await;
    world.plan().await;
    world.preview().await;
    assert_eq!(last_rows(&world).await, None);
    world.sync().await;
    lose(&world, 101..=110).await;
    let before = said(&world.plan().await.breaches);
    assert_eq!(said(&world.plan().await.breaches), before);
    assert_eq!(last_rows(&world).await, Some(40));
}

#[tokio::test]
async fn a_run_that_did_not_do_all_makes_nothing_the_measure() {
    let world = World::with(Company::new().staff(40).row(1, "Ana Silva", "IT", "associate")).await;
    world.sync().await;
    assert_eq!(last_rows(&world).await, Some(41));
    world.hr(101, "department", "IT").await;
    world.plan().await;
    world.approve_as("grace").await;
    world.hr(101, "department", "Legal").await;
    lose(&world, 130..=132).await;
    let report = world.try_apply().await.unwrap();
    assert!(!report.is_complete());
    assert_eq!(last_rows(&world).await, Some(41));
    world.carry_on().await;
    assert_eq!(last_rows(&world).await, Some(38));
}

#[tokio::test]
async fn another_table_is_suspect_though_it_has_as_many_rows() {
    let world = World::with(Company::new().staff(40)).await;
    world.sync().await;
    world.sql("UPDATE employees SET id = id + 5000, auth0_user_id = NULL").await;
    let plan = world.plan().await;
    assert_snapshot!(said(&plan.breaches), @"source-employees: 40 linked employees have no row any more, 5 allowed");
    assert!(matches!(world.sync().await.outcome, SyncOutcome::Breached(_)));
    assert_eq!(world.writes(), "");
}

#[tokio::test]
async fn each_scope_has_a_measure_of_its_own() {
    let mut company = Company::new().staff(60);
    for id in 1..=10 {
        company = company.settled(id, &format!("Dev {id}"), "IT", "associate");
    }
    let mut world = World::with(company).await;
    world.sync().await;
    world.company.scope.columns.insert("department".to_owned(), "it".to_owned());
    world.sync().await;
    lose(&world, 1..=4).await;
    assert_snapshot!(said(&world.preview().await.breaches), @"source-rows: only 6 rows were read, and at least 9 were expected");
    world.company.scope.only.insert(diff::Kind::Block);
    assert_eq!(world.preview().await.breaches.len(), 1, "what is done about rows makes no other table of it");
    world.company.scope = Scope::everybody();
    assert_eq!(world.preview().await.breaches, []);
}

#[tokio::test]
async fn a_table_that_lost_its_rows_after_the_yes_is_refused_at_the_claim() {
    let world = World::with(Company::new().staff(40).cell(101, "department", "IT")).await;
    world.carry_on().await;
    world.hr(102, "department", "IT").await;
    world.plan().await;
    world.approve_as("grace").await;
    lose(&world, 111..=130).await;
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"the employee table looks wrong since plan 2 was made: source-rows: only 20 rows were read, and at least 36 were expected; source-employees: 20 linked employees have no row any more, 5 allowed");
    assert_eq!(world.writes(), "");
    let plan = world.plan().await;
    assert_eq!(plan.standing, ProposalStanding::New, "the yes was to another table");
    world.accept_as("grace", &plan).await;
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_was_accepted_is_no_yes_to_what_is_worse() {
    let world = World::with(Company::new().staff(40)).await;
    world.sync().await;
    lose(&world, 101..=110).await;
    let plan = world.plan().await;
    world.accept_as("grace", &plan).await;
    lose(&world, 111..=120).await;
    assert_snapshot!(world.chain(&world.try_apply().await.unwrap_err()), @"the employee table looks wrong since plan 1 was made: source-rows: only 20 rows were read, and at least 27 were expected; source-employees: 10 linked employees have no row any more, 5 allowed");
    assert_eq!(last_rows(&world).await, Some(40));
    let worse = world.plan().await;
    assert_eq!((worse.standing, worse.plan.digest()), (ProposalStanding::New, plan.plan.digest()));
    assert_snapshot!(said(&worse.breaches), @"
    source-rows: only 20 rows were read, and at least 36 were expected
    source-employees: 20 linked employees have no row any more, 5 allowed
    ");
}

#[tokio::test]
async fn a_table_without_rows_or_values_is_never_believed() {
    let world = World::with(Company::new().staff(3)).await;
    let mut told = Vec::new();
    for spoil in [
        "UPDATE employees SET email = ''",
        "UPDATE employees SET full_name = ''",
        "UPDATE employees SET status = ''",
        "DELETE FROM employees",
    ] {
        world.sql(spoil).await;
        let refused = world.try_sync().await.err().unwrap();
        told.push(world.chain(&refused).replace(&world.engine.store().source_place().to_string(), "[place]"));
        assert!(matches!(refused, engine::SyncError::Read(it) if it.is_suspect()));
        world.sql("UPDATE employees SET email = 'x@example.com', full_name = 'X', status = 'active'").await;
    }
    assert_snapshot!(told.join("\n"), @r#"
    the employee table "employees" of [place] is not believed: none of its 3 rows has a value in email
    the employee table "employees" of [place] is not believed: none of its 3 rows has a value in full_name
    the employee table "employees" of [place] is not believed: none of its 3 rows has a value in status
    the employee table "employees" of [place] is not believed: it has no rows, and no row is not "left"
    "#);
    assert_eq!(world.writes(), "");
}

#[tokio::test]
async fn a_filter_that_leaves_everybody_out_is_no_plan_of_nothing() {
    let mut world = World::with(Company::new().staff(3)).await;
    let mut told = Vec::new();
    for (column, value) in [("department", "Pakcing"), ("department", "HR"), ("role_code", "associated")] {
        world.company.scope.columns = [(column.to_owned(), value.to_owned())].into();
        told.push(world.chain(&world.try_sync().await.err().unwrap()));
    }
    world.company.scope = Scope { employees: [EmployeeId::from(1001)].into(), ..Scope::default() };
    told.push(world.chain(&world.try_sync().await.err().unwrap()));
    assert_snapshot!(told.join("\n"), @r#"
    no employee has department = "Pakcing"; there is Packing
    no employee has department = "HR"; there is Packing
    no employee has role_code = "associated"; there is associate
    there is no employee 1001 in the table; there is 101
    "#);
    assert_eq!(world.simulator.journal().len(), 0, "the tenant is not asked");
}
