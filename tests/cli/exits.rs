//! Every exit code, by `sync` as a schedule runs it.

use insta::assert_snapshot;
use serde_json::json;

use super::{Desk, people};
use crate::world::Company;

#[test]
fn nought_for_done_and_for_nothing_to_do() {
    let mut desk = Desk::ready(&people(), &[]);
    let before = desk.journal().len();
    assert_eq!(desk.run("sync --dry-run").code, 0);
    assert!(desk.journal().len() > before);
    assert_eq!(desk.writes(), Vec::<String>::new(), "a dry run asks and never writes");
    assert_eq!(desk.run("plans").code, 0, "and stores no plan");
    assert_eq!(desk.run("sync").code, 0);
    assert_ne!(desk.writes(), Vec::<String>::new());
    assert_eq!(desk.run("sync").code, 0);
    assert_snapshot!(desk.transcript());
}

#[test]
fn one_for_an_error() {
    let mut desk = Desk::ready(&people(), &[]);
    desk.set("AUTH0_CLIENT_SECRET", "a-secret-of-yesterday");
    assert_eq!(desk.run("sync").code, 1);
    assert_snapshot!(desk.transcript());
}

#[test]
fn two_where_changes_wait_for_a_person() {
    let company = people().cell(2, "role_code", "admin");
    let mut desk = Desk::ready(&company, &[]);
    assert_eq!(desk.run("sync").code, 2);
    assert_eq!(desk.run("plan --detailed-exitcode").code, 2);
    assert_eq!(desk.writes(), Vec::<String>::new());
    assert_snapshot!(desk.transcript());
}

#[test]
fn three_where_a_limit_is_exceeded_until_somebody_accepts_it_by_name() {
    let company =
        (1..=12).fold(Company::new(), |it, id| it.row(id, &format!("Staff {id}"), "Packing", "associate"));
    let mut desk = Desk::settled(&company, &[]);
    let csv = desk.read("employees.csv");
    desk.write("employees.csv", &csv.replacen("active", "terminated", 6));
    desk.run("employees import employees.csv");
    let before = desk.writes().len();
    assert_eq!(desk.run("sync").code, 3);
    assert_eq!(desk.run("plan approve 2").code, 3);
    assert_eq!(desk.run("apply 2").code, 3);
    assert_eq!(desk.writes().len(), before, "nothing at all is written");
    let said = desk.command("plan show 2").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let (_, digest) = said.split_once("--digest ").expect("the plan says how to accept");
    let digest = digest.split_whitespace().next().unwrap().to_owned();
    assert_eq!(
        desk.run(&format!("plan approve 2 --accept blocks --digest {digest} --reason 'the plant closes'"))
            .code,
        0
    );
    assert_eq!(desk.run("apply 2").code, 0);
    assert_snapshot!(desk.transcript().replace(&digest, "[digest12]"));
}

#[test]
fn four_where_the_source_is_suspect() {
    let mut desk = Desk::with(&people(), &[]);
    desk.run("migrate");
    assert_eq!(desk.run("sync").code, 4);
    assert_eq!(desk.run("plan").code, 4);
    assert_eq!(desk.writes(), Vec::<String>::new());
    assert_snapshot!(desk.transcript());
}

/// A first sync is announced, and still makes nobody an admin whom no person has looked at.
#[test]
fn two_and_three_where_a_first_sync_makes_admins() {
    let admin = |it: Company, id: i64| it.row(id, &format!("Admin {id}"), "IT", "admin");
    let mut desk = Desk::ready(&admin(Company::new(), 1), &[]);
    assert_eq!(desk.run("sync --first-sync").code, 2);
    assert_eq!(desk.writes(), Vec::<String>::new());
    assert_eq!(desk.run("plan approve 1").code, 0);
    assert_eq!(desk.run("apply 1").code, 0);
    let alone = desk.transcript().to_owned();

    let mut desk = Desk::ready(&(1..=3).fold(Company::new(), admin), &[]);
    let said = desk.run("sync --first-sync");
    assert_eq!(said.code, 3);
    assert_eq!(desk.writes(), Vec::<String>::new());
    let (_, accept) = said.stderr.split_once("rollcall plan approve").expect("it prints what to type");
    let (accept, _) = accept.split_once(" && ").unwrap();
    assert_eq!(desk.run(&format!("plan approve{accept}")).code, 0);
    assert_eq!(desk.run("apply 1").code, 0);
    assert_eq!(desk.run("sync").code, 0);
    let digest = accept.rsplit(' ').next().unwrap();
    assert_snapshot!(format!("{alone}\n\n{}", desk.transcript()).replace(digest, "[digest12]"));
}

/// Half of the table is gone, and a third of those who are left too, rightly. What is accepted is the measure from
/// then on.
#[test]
fn four_where_half_the_table_is_gone_until_somebody_believes_it() {
    let company =
        (1..=12).fold(Company::new(), |it, id| it.row(id, &format!("Staff {id}"), "Packing", "associate"));
    let mut desk = Desk::settled(&company, &[]);
    desk.forget();
    desk.sql("rollcall.db", "DELETE FROM employees WHERE id > 6");
    assert_eq!(desk.run("plan").code, 4);
    assert_eq!(desk.run("sync --dry-run").code, 4);
    let before = desk.writes().len();
    assert_eq!(desk.run("sync").code, 4);
    assert_eq!(desk.run("plan approve 2").code, 4);
    let said = desk.command("plan show 2 --format json").output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let accept = said["accept"].as_str().expect("the document says how to accept").to_owned();
    assert_eq!(
        said["breaches"][0],
        json!({
            "limit": "source_rows",
            "name": "source-rows",
            "suspect": true,
            "found": 6,
            "allowed": 11,
            "people": ["7", "8", "9", "10", "11", "12"],
            "ways_out": ["if rows are missing, mend the table, and plan again"],
        })
    );
    assert_eq!(desk.run(accept.strip_prefix("rollcall ").unwrap()).code, 0);
    assert_eq!(desk.run("apply 2").code, 0);
    assert_eq!(desk.run("sync").code, 0);
    assert_eq!(desk.writes().len(), before, "no account was touched");
    let digest = accept.rsplit(' ').next().unwrap();
    assert_snapshot!(desk.transcript().replace(digest, "[digest12]"));
}

/// A slip in a filter is told, with what there is, and is no plan of nothing.
#[test]
fn four_where_a_filter_means_nobody() {
    let mut desk = Desk::ready(&people(), &[]);
    desk.forget();
    assert_eq!(desk.run("plan --where department=Pakcing").code, 4);
    assert_eq!(desk.run("sync --employee 999").code, 4);
    assert_eq!(desk.run("plan --where departement=IT").code, 64);
    assert_eq!(desk.writes(), Vec::<String>::new());
    assert_snapshot!(desk.transcript());
}

#[test]
fn five_where_some_changes_failed() {
    let mut desk = Desk::ready(&people(), &[]);
    desk.set("AUTH0_MAX_RETRIES", "0");
    desk.faults(&json!([{ "match": { "method": "POST", "path": "/api/v2/users/{id}/roles" }, "times": 0, "do": "500" }]));
    assert_eq!(desk.run("sync").code, 5);
    desk.remark("Auth0 recovers");
    desk.faults(&json!([]));
    assert_eq!(desk.run("apply 1").code, 0);
    assert_eq!(desk.run("plan --detailed-exitcode").code, 0);
    assert_snapshot!(desk.transcript());
}
