//! The employee table, or what is taken for it, is not what it was.

use insta::assert_snapshot;

use super::scene::Scene;

#[test]
fn an_empty_table_is_not_a_company_that_left() {
    let mut scene = Scene::set();
    scene.sql("CREATE TABLE saved AS SELECT * FROM employees");
    scene.sql("DELETE FROM employees");
    scene.run("sync", 4);
    scene.run("plan", 4);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.sql("INSERT INTO employees SELECT * FROM saved");
    scene.assert_settles();
}

#[test]
fn half_the_table_is_suspect_until_somebody_says_that_it_is_all() {
    let mut scene = Scene::set();
    scene.sql("DELETE FROM employees WHERE id > 110");
    scene.run("sync", 4);
    scene.run("plan", 4);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    let digest = scene.digest(1);
    let accept = format!("--accept source-rows --accept source-employees --digest {digest}");
    scene.run(&format!("plan approve 1 {accept} --reason 'the north plant was sold'"), 0);
    scene.run("apply 1", 0);
    scene.assert_untouched(); // no row is not "left"
    scene.assert_settles();
}

#[test]
fn another_table_is_not_the_company() {
    let mut scene = Scene::set();
    scene.sql("CREATE TABLE customers AS SELECT * FROM employees WHERE 0");
    scene.sql(
        "INSERT INTO customers (id, email, full_name, department, role_code, status)
         SELECT id + 5000, 'c' || email, 'Customer ' || id, department, role_code, status FROM employees",
    );
    scene.desk.write("rollcall.toml", "[auth0]\nmax_in_flight = 1\n[source]\ntable = \"customers\"\n");
    scene.run("sync", 4);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.desk.write("rollcall.toml", "[auth0]\nmax_in_flight = 1\n");
    scene.assert_settles();
}

#[test]
fn a_filter_that_matches_nobody_is_a_mistake() {
    let mut scene = Scene::set();
    scene.run("plan --where department=Pakcing", 4);
    scene.run("sync --where departement=Packing", 64);
    scene.run("plan --employee 4711", 4);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
}

#[test]
fn a_column_that_lost_all_its_values_is_suspect() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET email = ''");
    scene.run("sync", 4);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
}

#[test]
fn a_leaver_is_blocked_whatever_else_is_wrong_with_the_row() {
    let mut scene = Scene::set();
    scene.sql(
        "UPDATE employees SET status = 'terminated', email = 'n/a', full_name = '', role_code = '???' WHERE id = 104",
    );
    scene.assert_settles();
    assert_eq!(scene.user("auth0|104")["blocked"], true);
}

#[test]
fn an_unreadable_status_is_not_left() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET status = 'furlough' WHERE id < 110");
    scene.run("sync", 0);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
}
