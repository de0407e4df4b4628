//! The table: what was measured, beside its bound.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use serde::Serialize;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// What was done.
    pub(crate) what: String,
    /// What is counted or timed.
    pub(crate) of: &'static str,
    /// What came out.
    pub(crate) measured: String,
    /// What it is held against.
    pub(crate) bound: String,
    /// How the two compare.
    pub(crate) verdict: Verdict,
}

/// How a figure compares with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It keeps to it.
    Kept,
    /// It does not.
    Missed,
    /// There is no bound: it is there to be known.
    Told,
    /// It was not measured, because it takes long.
    NotRun,
}

impl Verdict {
    pub(crate) fn of(kept: bool) -> Self {
        if kept { Self::Kept } else { Self::Missed }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Kept => "ok",
            Self::Missed => "MISSED",
            Self::Told => "",
            Self::NotRun => "not run",
        }
    }
}

/// All figures, printed as they come.
pub(crate) struct Table {
    machine: String,
    figures: Vec<Figure>,
}

impl Table {
    pub(crate) fn new(machine: String) -> Self {
        say(&machine);
        Self { machine, figures: Vec::new() }
    }

    pub(crate) fn push(&mut self, figure: Figure) {
        let Figure { what, of, measured, bound, verdict } = &figure;
        say(&format!("{what:<58} {of:<12} {measured:>16}   {bound:<44} {}", verdict.word()));
        self.figures.push(figure);
    }

    /// How long accounts on demand took, beside the design's goals.
    pub(crate) fn push_on_demand(&mut self, what: &str, mut took: Vec<Duration>) {
        took.sort();
        for (figure, percent, goal_ms) in [("p50", 50, 5), ("p99", 99, 20)] {
            let it = took[took.len() * percent / 100];
            self.push(Figure {
                what: what.to_owned(),
                of: figure,
                measured: format!("{:.1} ms", it.as_secs_f64() * 1e3),
                bound: format!("≤ {goal_ms} ms, the simulator's work included"),
                verdict: Verdict::of(it <= Duration::from_millis(goal_ms)),
            });
        }
    }

    /// A figure that takes too long unless somebody asks for it.
    pub(crate) fn not_run(&mut self, what: String, of: &'static str, bound: String) {
        self.push(Figure { what, of, measured: "-".to_owned(), bound, verdict: Verdict::NotRun });
    }

    /// Into files, for whoever compares.
    pub(crate) fn write(&self) {
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), Into::into);
        let folder = target.join("bench");
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("rollcall.md"), self.markdown()))
            .and_then(|()| fs::write(folder.join("rollcall.json"), self.json()));
        match written {
            Ok(()) => say("written to target/bench/rollcall.md and rollcall.json"),
            Err(error) => say(&format!("could not write to {}: {error}", folder.display())),
        }
    }

    fn markdown(&self) -> String {
        let mut text =
            format!("{}\n\n| what | figure | measured | bound | |\n|---|---|---|---|---|\n", self.machine);
        for Figure { what, of, measured, bound, verdict } in &self.figures {
            writeln!(text, "| {what} | {of} | {measured} | {bound} | {} |", verdict.word())
                .expect("writing to a string cannot fail");
        }
        text
    }

    fn json(&self) -> String {
        let document = serde_json::json!({ "machine": self.machine, "figures": self.figures });
        serde_json::to_string_pretty(&document).expect("it has string keys and finite numbers")
    }
}

/// A line for whoever waits. A stdout that nobody reads is nobody's problem.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
