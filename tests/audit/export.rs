//! What goes out of the record, and can be checked by others.

use insta::assert_snapshot;
use serde_json::Value;

use super::two_people;
use crate::cli::Desk;

fn applied() -> Desk {
    let mut desk = Desk::ready(&two_people(), &[]);
    desk.carry_out(1, "joiners of the week");
    desk
}

#[test]
fn filters_choose_what_is_listed() {
    let mut desk = applied();
    desk.run("employee ignore 2 --reason 'on trial'");
    desk.forget();
    for line in [
        "audit --employee 1",
        "audit --event plan_approved",
        "audit --plan 1 --limit 2",
        "audit --run 1 --employee 2",
        "audit --user 'auth0|nobody'",
        "audit --until 2020-01-01",
        "audit --since yesterday",
        "audit --employee 2 --since 2020-01-01 --last 1",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.told());
}

#[test]
fn json_lines_have_all_that_the_hashes_are_made_of() {
    let mut desk = applied();
    let said = desk.run("audit --format jsonl");
    let entries: Vec<Value> = said.stdout.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(entries.len() > 5);
    for (at, pair) in entries.windows(2).enumerate() {
        assert_eq!(pair[0]["seq"], at + 1);
        assert_eq!(pair[0]["hash"], pair[1]["previous"]);
        assert_eq!(pair[0]["salt"].as_str().map(str::len), Some(64));
    }
    let names: Vec<&String> = entries[0].as_object().unwrap().keys().collect();
    assert_snapshot!(format!("{names:?}"), @r#"["at", "body", "by", "content", "employee", "erased_at", "event", "hash", "id", "key_id", "plan", "previous", "run", "salt", "seq", "tenant", "user", "verified"]"#);
    let head = desk.head();
    assert_eq!(head, format!("{}:{}", entries.len(), entries.last().unwrap()["hash"].as_str().unwrap()));
}

#[test]
fn csv_is_one_table_with_a_head() {
    let mut desk = applied();
    desk.run("employee ignore 2 --reason 'on \"trial\", until further notice'");
    let said = desk.run("audit --format csv").stdout;
    let (head, rows) = said.split_once('\n').unwrap();
    assert_snapshot!(head, @"entry,at,tenant,by,verified,event,employee,user,plan,run,body,erased_at,previous,hash,key_id");
    assert!(rows.lines().all(|it| it.matches(',').count() >= head.matches(',').count()));
    assert!(rows.contains(r#","{""reason"":""on \""trial\"", until further notice""}","#), "{rows}");
}

#[test]
fn other_commands_have_neither() {
    let mut desk = applied();
    for line in [
        "plan --format csv",
        "audit verify --format jsonl",
        "employee show 1 --format jsonl",
        "audit --format markdown",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.told());
}
