//! House rules that no lint covers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A new edge between crates, or a package in a second home, is seen in review.
#[test]
fn the_crates_know_each_other_as_drawn() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let mut drawn = String::new();
    let mut packages: BTreeMap<&str, &Value> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        packages.insert(package["name"].as_str().unwrap(), package);
    }
    for (name, package) in &packages {
        let dependencies = package["dependencies"].as_array().unwrap();
        let (mut ours, mut theirs): (Vec<&str>, Vec<&str>) = dependencies
            .iter()
            .filter(|it| it["kind"].is_null())
            .map(|it| it["name"].as_str().unwrap())
            .partition(|it| packages.contains_key(it));
        ours.sort_unstable();
        theirs.sort_unstable();
        let ours = if ours.is_empty() { "none of ours".to_owned() } else { ours.join(", ") };
        let _ = writeln!(drawn, "{name} → {ours}");
        if !theirs.is_empty() {
            let _ = writeln!(drawn, "    {}", theirs.join(" "));
        }
    }
    insta::assert_snapshot!(drawn, @"
    access → none of ours
        base64 chrono hmac reqwest ring rustls secrecy serde serde_json sha2 thiserror tokio tracing url
    auth0 → diff
        chrono flate2 futures-util governor percent-encoding rand reqwest rustls secrecy serde serde_json thiserror tokio tracing url
    bench → none of ours
    cli → access, auth0, diff, documents, engine, notify, schedule, server, simulator, store
        anyhow chrono chrono-tz clap clap_complete gethostname indicatif secrecy serde serde_json strsim tempfile terminal_size thiserror tokio toml tracing tracing-subscriber url whoami
    diff → none of ours
        chrono foldhash idna serde serde_json sha2 similar smallvec thiserror unicode-normalization
    documents → diff, engine, store
        chrono serde serde_json
    engine → auth0, diff, store
        chrono chrono-tz futures-util rand secrecy serde serde_json sha2 thiserror tokio tracing
    migrations → none of ours
        sea-orm-migration
    notify → none of ours
        chrono hmac lettre rand reqwest rustls secrecy serde serde_json sha2 thiserror tokio tracing url
    schedule → none of ours
        chrono chrono-tz croner sha2 thiserror tokio tokio-cron-scheduler tracing
    server → access, auth0, diff, documents, engine, notify, schedule, store
        axum axum-server base64 chrono futures-util metrics metrics-exporter-prometheus rand secrecy serde serde_json sha2 thiserror tokio tower-http tracing utoipa utoipa-axum
    simulator → none of ours
        axum base64 chrono flate2 md-5 percent-encoding rand serde serde_json thiserror tokio tracing url
    store → diff, migrations
        chrono csv futures-util hmac rand sea-orm serde serde_json sha2 strsim thiserror tokio tracing url
    tests → none of ours
    ");
}

/// Files that may be longer, each with its reason.
const LONG: [(&str, &str); 0] = [];

#[test]
fn no_file_is_longer_than_it_can_be_read() {
    let mut long = Vec::new();
    for path in sources() {
        let name = name(&path);
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > 400 && !LONG.iter().any(|(it, _)| *it == name) && !name.starts_with("tests/") {
            long.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "past 400 lines, look for the seam:\n{}", long.join("\n"));
}

/// What would tie the project to one machine.
const PLACES: [&str; 4] = ["/root/", "/home/", "index.crates", "registry/src"];

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let mut found = Vec::new();
    for path in all_files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = name(&path);
        if name == "tests/tidy.rs" {
            continue; // it names them to forbid them
        }
        for (at, line) in text.lines().enumerate() {
            if PLACES.iter().any(|it| line.contains(it)) {
                found.push(format!("{name}:{}: {line}", at + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_test_is_put_aside_and_nothing_is_left_to_do() {
    let forbidden = ["#[ignore", "#[should_panic", "TODO", "FIXME", "XXX", "todo!(", "unimplemented!("];
    let mut found = Vec::new();
    for path in sources().into_iter().filter(|it| name(it) != "tests/tidy.rs") {
        for (at, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            if forbidden.iter().any(|it| line.contains(it)) {
                found.push(format!("{}:{}: {line}", name(&path), at + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let mute: Vec<String> = sources()
        .iter()
        .filter(|it| !fs::read_to_string(it).unwrap().starts_with("//!"))
        .map(|it| name(it))
        .collect();
    assert!(mute.is_empty(), "{}", mute.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn sources() -> Vec<PathBuf> {
    all_files().into_iter().filter(|it| it.extension().is_some_and(|it| it == "rs")).collect()
}

/// What is kept in the project: nothing that was built, and nothing hidden but `.ci`.
fn all_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![root()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name == "target" || (name.starts_with('.') && name != ".ci") || name == "Cargo.lock" {
                continue;
            }
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
