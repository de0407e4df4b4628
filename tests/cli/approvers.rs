//! Who may say yes, by the real program: with tokens and without.

use insta::assert_snapshot;

use super::{Desk, people};
use crate::world::Company;

/// Two people get in, one of them as an admin, and one leaves.
fn company() -> Company {
    let staff = (10..=14).fold(people(), |it, id| it.row(id, &format!("Staff {id}"), "Packing", "associate"));
    staff.row(5, "Eva Berg", "IT", "admin").row(6, "Finn Lund", "IT", "admin")
}

fn desk(review: &str) -> Desk {
    let mut desk = Desk::ready(&company(), &[]);
    for line in ["sync --first-sync", "plan approve 1", "apply 1"] {
        desk.run(line);
    }
    assert_eq!(desk.run("plan --detailed-exitcode").code, 0, "{}", desk.transcript());
    let csv = desk.read("employees.csv");
    let csv = csv.replace("Ben Okoye,,,IT,manager", "Ben Okoye,,,IT,admin");
    desk.write("employees.csv", &csv);
    desk.run("employees import employees.csv");
    desk.write("rollcall.toml", &format!("[auth0]\nmax_in_flight = 1\n{review}"));
    desk.forget();
    desk
}

/// Makes a token, kept in `NAME.token`.
fn token(desk: &mut Desk, name: &str, role: &str) {
    let said = desk.run(&format!("token create --name {name} --role {role} --expires 90d"));
    assert_eq!(said.code, 0, "{}", said.stderr);
    desk.write(&format!("{name}.token"), &said.stdout);
}

#[test]
fn an_admin_is_made_by_two_people_with_tokens() {
    let mut desk = desk("[review]\ntwo_approvers = [\"admin-grants\"]\n");
    desk.run("token list");
    token(&mut desk, "grace", "approver");
    token(&mut desk, "hal", "operator");
    let before = desk.writes().len();
    for line in [
        "sync",
        "plan approve 2",
        "plan approve 2 --token-file grace.token --reason 'her new job'",
        "plan approve 2 --token-file grace.token",
        "plan show 2",
        "plans --last 1",
        "apply 2",
    ] {
        desk.run(line);
    }
    assert_eq!(desk.writes().len(), before, "nothing is written before both have said yes");
    for line in [
        "plan approve 2 --token-file hal.token",
        "plans --last 1",
        "apply 2 --token-file hal.token",
        "plan --detailed-exitcode",
        "token list",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_token_that_shows_nothing_does_nothing() {
    let mut desk = desk("");
    token(&mut desk, "ida", "viewer");
    token(&mut desk, "grace", "approver");
    desk.run("plan");
    let before = desk.writes().len();
    desk.run("plan approve 2 --token-file ida.token");
    desk.run("sync --token-file ida.token");
    desk.run("token create --name eve --role operator --token-file grace.token");
    desk.run("plan approve 2 --token-file nowhere.token");
    desk.set("ROLLCALL_TOKEN", "rct_0123456789012345678901234567890123456789012");
    desk.run("plan reject 2 --reason 'I said so'");
    desk.run("plan without 2 --employee 2");
    desk.run("employee ignore 2 --reason 'I said so'");
    desk.set("ROLLCALL_TOKEN", &desk.read("grace.token"));
    desk.run("token revoke grace");
    desk.set("ROLLCALL_TOKEN", "");
    desk.run("token revoke grace");
    desk.run("token revoke grace");
    desk.run("apply 2 --token-file grace.token");
    for line in [
        "token create --name policy --role approver",
        "token create --name 'grace hopper' --role approver",
        "token create --name ida --role approver",
        "token create --name hal --role aprover",
        "token create --name hal --role approver --expires tomorrow",
        "token create --name hal",
        "token",
    ] {
        desk.run(line);
    }
    assert_eq!(desk.writes().len(), before);
    assert_snapshot!(desk.transcript());
}

#[test]
fn nobody_says_yes_for_the_own_account() {
    let mut desk = desk("[review.accounts]\nben = \"2\"\n");
    token(&mut desk, "ben", "approver");
    token(&mut desk, "grace", "approver");
    for line in [
        "plan",
        "plan approve 2 --token-file ben.token",
        "plan approve 2",
        "plan approve 2 --token-file grace.token",
        "apply 2",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_leaver_does_not_wait_for_an_admins_grant() {
    let mut desk = desk("[review]\nauto_approve = [\"block\", \"revoke\"]\n");
    let csv = desk.read("employees.csv");
    desk.write(
        "employees.csv",
        &csv.replace("Cem Aydin,,,Packing,team_lead,active", "Cem Aydin,,,Packing,team_lead,terminated"),
    );
    desk.run("employees import employees.csv");
    desk.forget();
    assert_eq!(desk.run("sync").code, 2);
    assert_eq!(desk.run("plan --detailed-exitcode").code, 2);
    desk.run("plans");
    let said = desk.command("sync --format json").output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said.status.code(), Some(2));
    assert_eq!((&document["outcome"], document["at_once"].is_null()), (&"proposed".into(), true));
    desk.run("plan approve 3");
    desk.run("apply 3");
    assert_eq!(desk.run("sync").code, 0);
    assert_snapshot!(desk.transcript());
}

#[test]
fn somebody_is_left_out_with_all_that_hangs_on_it() {
    let mut desk = desk("");
    for line in [
        "plan",
        "plan without 2 --employee 2 --kind grant",
        "plan without 2 --employee 2",
        "plan without 3 --employee 7",
        "plan without 3 --employee 2 --kind block",
        "plan without 3 --kind relink",
        "plan without 3",
        "plan without 3 --employee 2",
        "plans --last 2",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}
