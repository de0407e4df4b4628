//! One person is taken for another, or is somebody else's business.

use insta::assert_snapshot;
use serde_json::json;

use super::scene::{Scene, company};

#[test]
fn two_people_who_swap_addresses_keep_them_until_somebody_helps() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET email = 'tmp' WHERE id = 101");
    scene.sql("UPDATE employees SET email = 'staff.101@example.com' WHERE id = 102");
    scene.sql("UPDATE employees SET email = 'staff.102@example.com' WHERE id = 101");
    scene.run("sync", 0);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    // As the remedy says: one of the two by hand, to something in between.
    scene.desk.in_auth0(|state| {
        let users = state["users"].as_array_mut().unwrap();
        users.iter_mut().find(|it| it["user_id"] == "auth0|101").unwrap()["email"] =
            json!("between@example.com");
    });
    scene.assert_settles();
    assert_eq!(scene.user("auth0|101")["email"], "staff.102@example.com");
    assert_eq!(scene.user("auth0|102")["email"], "staff.101@example.com");
}

#[test]
fn an_id_that_is_given_to_somebody_else_hands_no_account_over() {
    let mut scene = Scene::set();
    scene.sql(
        "UPDATE employees SET full_name = 'Noor Haddad', email = 'noor.haddad@example.com' WHERE id = 105",
    );
    scene.run("sync", 2);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.run("plan reject 1 --reason 'another person'", 0);
    scene.run("employee unlink 105", 0);
    scene.run("employee ignore 'auth0|105' --reason 'the former 105'", 0);
    scene.assert_settles();
    assert_eq!(scene.user("auth0|105")["name"], "Staff 105", "the former person's account is as it was");
}

#[test]
fn a_leavers_id_that_is_given_to_somebody_else_opens_no_account() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 105");
    scene.assert_settles();
    scene.sql(
        "UPDATE employees SET status = 'active', full_name = 'Noor Haddad', email = 'noor.haddad@example.com' WHERE id = 105",
    );
    scene.run("sync", 2);
    assert_eq!(scene.user("auth0|105")["blocked"], true);
}

#[test]
fn a_joiner_with_a_leavers_address_gets_no_leavers_account() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 106");
    scene.assert_settles();
    scene.desk.forget();
    scene.sql(
        "INSERT INTO employees (id, email, full_name, department, role_code, status)
         VALUES (900, 'staff.106@example.com', 'Noor Haddad', 'IT', 'associate', 'active')",
    );
    scene.run("sync", 0);
    assert_snapshot!(scene.desk.transcript());
    assert_eq!(scene.user("auth0|106")["blocked"], true);
    assert_eq!(scene.users(), 34, "and nobody was made beside it");
}

#[test]
fn whom_security_blocked_stays_blocked() {
    let mut scene = Scene::set();
    scene.desk.in_auth0(|state| {
        let users = state["users"].as_array_mut().unwrap();
        users.iter_mut().find(|it| it["user_id"] == "auth0|107").unwrap()["blocked"] = json!(true);
    });
    scene.run("sync", 0);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    // Not even when the person leaves and is hired again.
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 107");
    scene.run("sync", 0);
    scene.sql("UPDATE employees SET status = 'active' WHERE id = 107");
    scene.run("sync", 0);
    assert_eq!(scene.user("auth0|107")["blocked"], true);
}

#[test]
fn a_leavers_second_account_is_told_loudly() {
    let company = company().user(
        "auth0|888",
        json!({ "email": "staff.108.private@example.com", "name": "Staff 108", "app_metadata": { "employee_id": 108 } }),
    );
    let mut scene = Scene::of(&company);
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 108");
    let said = scene.run("sync", 0);
    assert!(said.contains("OPEN ACCESS"), "{said}");
    assert_eq!(scene.user("auth0|108")["blocked"], true);
}

#[test]
fn whoever_leaves_between_plan_and_apply_gets_nothing() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET role_code = 'manager' WHERE id = 109");
    scene.run("plan", 0);
    scene.run("plan approve 1", 0);
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 109");
    scene.run("apply 1", 5);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.assert_settles();
    assert_eq!(scene.user("auth0|109")["blocked"], true);
}
