//! The tenant is another one, or does not say all.

use insta::assert_snapshot;
use serde_json::json;

use super::scene::{Scene, company};

#[test]
fn a_tenant_that_is_swapped_between_approval_and_apply_is_refused() {
    let mut scene = Scene::bound();
    scene.sql("UPDATE employees SET department = 'IT' WHERE id = 101");
    scene.run("plan", 0);
    scene.run("plan approve 2", 0);
    let ours = scene.desk.address().to_owned();
    scene.desk.set("AUTH0_DOMAIN", "production.eu.auth0.com");
    scene.run("apply 2", 1);
    scene.run("sync", 1);
    assert_snapshot!(scene.desk.transcript());
    scene.desk.set("AUTH0_DOMAIN", &format!("http://{ours}"));
    scene.assert_untouched();
    scene.run("apply 2", 0);
    scene.assert_settles();
}

#[test]
fn staging_data_never_drives_production() {
    let mut scene = Scene::set();
    scene.sql("UPDATE rollcall_tenant SET tenant = 'staging.eu.auth0.com'");
    scene.run("sync", 1);
    scene.run("plan", 1);
    scene.run("employee unlink 101", 1);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
}

/// The listing of another connection says, whole and consistently, that none of our people exist. Those whom
/// a link names are read by their ids, which tells otherwise.
#[test]
fn a_listing_that_shows_nobody_makes_nobody_anew() {
    let mut scene = Scene::of(&company());
    let users = scene.users();
    scene.desk.in_auth0(|state| {
        let connections = state["connections"].as_array_mut().unwrap();
        let mut other = connections[0].clone();
        other["name"] = json!("Customers");
        other["id"] = json!("con_CustomersCustomer");
        connections.push(other);
    });
    scene.desk.write("rollcall.toml", "[auth0]\nmax_in_flight = 1\nconnection = \"Customers\"\n");
    scene.run("sync", 0);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    assert_eq!(scene.users(), users);
    scene.desk.write("rollcall.toml", "[auth0]\nmax_in_flight = 1\n");
    scene.assert_settles();
}
