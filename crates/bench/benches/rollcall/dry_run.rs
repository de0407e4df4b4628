//! `rollcall plan` from files alone: the real program, from its start to its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::table::{Figure, Table, Verdict};
use crate::{Wishes, company, machine};

/// The quietest of so many.
const TRIES: usize = 3;

/// How often a process is asked for its memory.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What is written on one percent of the rows.
const MOVERS: i64 = 100;

pub(crate) fn measure(wishes: &Wishes, table: &mut Table) {
    let Some(program) = program() else {
        table.not_run("dry run".to_owned(), "time", "rollcall could not be built".to_owned());
        return;
    };
    let goals: [(i64, u64, Option<u64>); 3] =
        [(50, 30, None), (100_000, 1_500, Some(200)), (1_000_000, 15_000, Some(1_024))];
    for (size, ms, mib) in goals {
        let what = format!("dry run of {size} employees, 1 % drift");
        if size > 100_000 && !wishes.large {
            table.not_run(what, "time", format!("≤ {ms} ms"));
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder can be made");
        write(folder.path(), size);
        let runs = (0..TRIES).map(|_| run(&program, folder.path()));
        let (took, kib) = runs.min().expect("it ran at least once");
        table.push(Figure {
            what: what.clone(),
            of: "time",
            measured: format!("{} ms", took.as_millis()),
            bound: format!("≤ {ms} ms"),
            verdict: Verdict::of(took <= Duration::from_millis(ms)),
        });
        table.push(Figure {
            what,
            of: "peak memory",
            measured: format!("{} MiB", kib / 1024),
            bound: mib.map_or_else(String::new, |it| format!("≤ {it} MiB")),
            verdict: mib.map_or(Verdict::Told, |it| Verdict::of(kib / 1024 <= it)),
        });
    }
}

fn write(folder: &Path, size: i64) {
    let roles = serde_json::to_string(&company::members(size)).expect("roles have names");
    let files = [
        ("employees.csv", company::csv(size, Some(MOVERS))),
        ("users.json", company::export(size)),
        ("roles.json", roles),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("the folder can be written");
    }
}

/// How long it took, and the most memory that it held, in KiB.
fn run(program: &Path, folder: &Path) -> (Duration, u64) {
    let words = "plan --employees employees.csv --users users.json --roles roles.json --today 2026-11-23";
    let begun = Instant::now();
    let mut process = Command::new(program)
        .args(words.split(' '))
        .current_dir(folder)
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let (id, mut kib) = (process.id().to_string(), 0);
    while process.try_wait().expect("it is our child").is_none() {
        kib = kib.max(machine::peak_kib(&id).unwrap_or(0));
        std::thread::sleep(LOOK_EVERY);
    }
    (begun.elapsed(), kib)
}

/// The program as it is released.
fn program() -> Option<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO")?);
    // What cargo tells a bench about its package is not so for another one.
    for (name, _) in
        std::env::vars().filter(|(it, _)| it.starts_with("CARGO_PKG_") || it.starts_with("CARGO_MANIFEST_"))
    {
        cargo.env_remove(name);
    }
    let words = ["build", "--release", "--package=cli", "--bin=rollcall", "--message-format=json"];
    let built =
        cargo.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().ok()?;
    let messages = String::from_utf8(built.stdout).ok()?;
    messages.lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    })
}
