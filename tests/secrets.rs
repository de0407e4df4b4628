//! No secret, token or password is anywhere but on the wire.
//!
//! The whole cycle runs through the real program with everything logged, over a wire that is listened to, so that
//! the very tokens and passwords are known that must not turn up elsewhere.

mod wire;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Desk, people};
use crate::world::SECRET;
use wire::Wire;

const CYCLE: [&str; 16] = [
    "doctor",
    "migrate",
    "employees import employees.csv",
    "plan",
    "plan show 1 --all --format json",
    "plan approve 1",
    "apply 1",
    "sync",
    "employee explain 2",
    "employee show 2 --format json",
    "employee unlink 2",
    "audit --format json",
    "runs --format json",
    "run show 1 --format json",
    "employees list",
    "plans --format json",
];

#[test]
fn the_whole_cycle_leaves_no_secret_behind() {
    let mut desk = Desk::with(&people(), &[]);
    let wire = Wire::to(desk.address());
    desk.set("AUTH0_DOMAIN", &format!("http://{}", wire.address));
    desk.set("RUST_LOG", "trace");
    let mut said = String::new();
    let token = token(&mut desk, &mut said);
    desk.set("ROLLCALL_TOKEN", &token);
    for log_format in ["text", "json"] {
        for line in CYCLE {
            let ended = desk.run(&format!("{line} -vv --log-format {log_format}"));
            said.push_str(&ended.stdout);
            said.push_str(&ended.stderr);
        }
    }
    // What goes wrong is told as well, and must not tell more.
    desk.set("AUTH0_CLIENT_SECRET", "another-secret-9Zw");
    said.push_str(&desk.run("plan -vv").stderr);
    desk.set("AUTH0_CLIENT_SECRET", SECRET);
    desk.set("ROLLCALL_TOKEN", "rct_unknown-secret-7Kk");
    said.push_str(&desk.run("plan reject 1 --reason 'I said so' -vv").stderr);
    desk.set("DATABASE_URL", "postgres://somebody:db-secret-3Tt@127.0.0.1:1/hr");
    said.push_str(&desk.run("plan -vv").stderr);
    desk.stop_tenant(); // which saves its state

    let heard = wire.heard();
    let passwords = strings(&heard, "\"password\":\"");
    let tokens = strings(&heard, "\"access_token\":\"");
    assert!(heard.contains(SECRET), "the wire is listened to");
    assert!(passwords.len() >= 2, "two people were made: {}", passwords.len());
    assert!(!tokens.is_empty());
    let mut secrets: BTreeSet<String> = passwords.union(&tokens).cloned().collect();
    let ours = [SECRET, "another-secret-9Zw", "db-secret-3Tt", "unknown-secret-7Kk", token.as_str()];
    secrets.extend(ours.map(str::to_owned));
    assert!(said.len() > 10_000, "everything was logged");
    for secret in &secrets {
        assert!(!said.contains(secret.as_str()), "a secret was printed or logged");
    }
    for (name, bytes) in files(desk.path()) {
        for secret in &secrets {
            assert!(!contains(&bytes, secret.as_bytes()), "a secret is in {name}");
        }
    }
}

/// An operator's token. It is printed once, and that is not noted.
fn token(desk: &mut Desk, said: &mut String) -> String {
    desk.run("migrate");
    let made = desk.command("token create --name grace --role operator -vv").output().unwrap();
    said.push_str(&String::from_utf8(made.stderr).unwrap());
    let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    assert!(token.starts_with("rct_"), "{said}");
    token
}

#[test]
fn passwords_are_all_different_and_none_is_weak() {
    let mut desk = Desk::with(&people(), &[]);
    let wire = Wire::to(desk.address());
    desk.set("AUTH0_DOMAIN", &format!("http://{}", wire.address));
    for line in &CYCLE[1..7] {
        assert_eq!(desk.run(line).code, 0, "{line}");
    }
    let passwords = strings(&wire.heard(), "\"password\":\"");
    assert_eq!(passwords.len(), 2);
    for password in passwords {
        assert_eq!(password.chars().count(), 40);
        for class in [char::is_uppercase, char::is_lowercase, char::is_numeric] {
            assert!(password.chars().any(class));
        }
        assert!(password.chars().any(|it| it.is_ascii_punctuation()));
    }
}

/// The texts of a key, wherever it stands.
fn strings(heard: &str, key: &str) -> BTreeSet<String> {
    let texts = heard.split(key).skip(1).filter_map(|it| {
        let quoted = format!("\"{it}");
        let first = serde_json::Deserializer::from_str(&quoted).into_iter::<Value>().next()?.ok()?;
        first.as_str().map(str::to_owned)
    });
    texts.collect()
}

/// Every file on the desk but those that the test itself wrote there.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let files: Vec<(String, Vec<u8>)> = entries
        .map(|it| (it.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&it).unwrap()))
        .collect();
    assert!(files.iter().any(|(name, _)| name == "rollcall.db"));
    assert!(files.iter().any(|(name, _)| name == "tenant.json"));
    files
}

fn contains(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|it| it == secret)
}
