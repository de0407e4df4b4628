//! A rule says something that nobody meant.

use insta::assert_snapshot;

use super::scene::{Scene, company};

const PLAIN: &str = "[auth0]\nmax_in_flight = 1\n";

#[test]
fn a_mistyped_role_takes_nobodys_role_away() {
    let mut scene = Scene::set();
    let roles = "[roles.by_code]\nassociate = \"production_asociate\"\nteam_lead = \"team_lead\"\nmanager = \"manager\"\nadmin = \"admin\"\n";
    scene.desk.write("rollcall.toml", &format!("{PLAIN}{roles}"));
    scene.run("sync", 1);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.desk.write("rollcall.toml", PLAIN);
    scene.assert_settles();
}

#[test]
fn a_rule_that_makes_everybody_admin_makes_nobody_admin() {
    let mut scene = Scene::set();
    let rule = "[[roles.rules]]\ncolumn = \"status\"\nequals = \"active\"\nrole = \"admin\"\n";
    scene.desk.write("rollcall.toml", &format!("{PLAIN}{rule}"));
    scene.run("sync", 3);
    scene.run("sync --first-sync", 3);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.desk.write("rollcall.toml", PLAIN);
    scene.assert_settles();
}

#[test]
fn a_rule_that_empties_a_role_is_a_breach() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET role_code = 'manager' WHERE id > 100");
    scene.run("sync", 3);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
}

#[test]
fn many_leavers_at_once_are_a_breach_and_no_success() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id > 120");
    scene.run("sync", 3);
    scene.run("plan approve 1", 3);
    scene.run("plan approve 1 --accept blocks", 64);
    scene.run("plan approve 1 --accept blocks --digest 000000000000", 64);
    scene.run("apply 1", 3);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    let digest = scene.digest(1);
    scene
        .run(&format!("plan approve 1 --accept blocks --digest {digest} --reason 'the night shift ends'"), 0);
    scene.run("apply 1", 0);
    scene.assert_settles();
}

#[test]
fn the_last_admins_keep_their_role() {
    let mut scene = Scene::set();
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 1");
    scene.run("sync", 3);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    scene.sql("UPDATE employees SET role_code = 'admin' WHERE id = 3");
    scene.run("sync", 3);
    let digest = scene.digest(2);
    scene.run(
        &format!("plan approve 2 --accept admins-left:admin --digest {digest} --reason 'Cem takes over'"),
        0,
    );
    scene.run("apply 2", 0);
    scene.assert_settles();
}

#[test]
fn a_break_glass_account_is_never_touched() {
    let mut scene = Scene::set();
    scene.desk.write("rollcall.toml", &format!("{PLAIN}[policy]\nbreak_glass = [\"auth0|104\"]\n"));
    scene.sql("UPDATE employees SET status = 'terminated' WHERE id = 104");
    scene.run("sync", 0);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
}

#[test]
fn a_mass_rename_of_addresses_waits_for_a_person() {
    let mut scene = Scene::of(&company());
    scene.sql("UPDATE employees SET email = replace(email, '@example.com', '@example.org')");
    scene.run("sync", 3);
    assert_snapshot!(scene.desk.transcript());
    scene.assert_untouched();
    let digest = scene.digest(1);
    scene.run(&format!("plan approve 1 --accept updates --digest {digest} --reason 'the new domain'"), 0);
    scene.run("apply 1", 0);
    scene.assert_settles();
}
