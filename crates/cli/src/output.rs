//! Where words go: data to stdout, everything else to stderr. Nothing else in the crate prints.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::MultiProgress;
use serde::Serialize;

use crate::failure::Failure;
use crate::pager;

/// The form of what goes to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; versioned.
    Json,
    /// For pull requests: `plan` and `plan show`.
    Markdown,
}

/// Colour, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal that takes it.
    On,
    /// With `--no-color`, `NO_COLOR`, or off a terminal.
    Off,
}

/// Whether long text may be shown a screen at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// On a terminal.
    On,
    /// With `--no-pager`.
    Off,
}

/// The two streams of the process. Clones are the same streams.
#[derive(Clone, Debug)]
pub struct Output {
    /// What was asked for with `--format`.
    pub format: Format,
    colours: Colours,
    bars: MultiProgress,
    stdout_closed: Arc<AtomicBool>,
}

/// Colour on each stream: one may be a terminal and the other a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colours {
    pub(crate) stdout: Colour,
    pub(crate) stderr: Colour,
}

impl Output {
    /// Over the process's streams. Lines for people are printed above the bars of `bars`.
    pub(crate) fn new(format: Format, colours: Colours, bars: MultiProgress) -> Self {
        Self { format, colours, bars, stdout_closed: Arc::default() }
    }

    /// Data, to stdout, with a line end where it has none.
    ///
    /// A reader that went away (`rollcall plan | head`) is no error, and must not end a run that is
    /// applying changes: from then on data is dropped and the exit code stays what it would be.
    pub fn data(&self, text: &str) {
        if text.is_empty() || self.stdout_closed.load(Ordering::Relaxed) {
            return;
        }
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(end.as_bytes()));
        if written.and_then(|()| stdout.flush()).is_err() {
            self.stdout_closed.store(true, Ordering::Relaxed);
        }
    }

    /// The same, a screen at a time where a person reads it on a terminal and wants that.
    pub fn page(&self, text: &str, paging: Paging) {
        if paging == Paging::Off || !pager::show(text) {
            self.data(text);
        }
    }

    /// A document as JSON, to stdout, as it is made: a plan of a hundred thousand changes is not held twice.
    pub fn json(&self, document: &impl Serialize) {
        if self.stdout_closed.load(Ordering::Relaxed) {
            return;
        }
        let mut stdout = BufWriter::new(io::stdout().lock());
        let written = serde_json::to_writer_pretty(&mut stdout, document).map_err(io::Error::from);
        if written.and_then(|()| writeln!(stdout)).and_then(|()| stdout.flush()).is_err() {
            self.stdout_closed.store(true, Ordering::Relaxed);
        }
    }

    /// A line for the person at the terminal, to stderr.
    pub fn say(&self, text: &str) {
        self.bars.suspend(|| to_stderr(text));
    }

    /// A failure, to stderr.
    pub fn failure(&self, failure: &Failure) {
        let head = match self.colours.stderr {
            Colour::On => "\u{1b}[1;31merror:\u{1b}[0m",
            Colour::Off => "error:",
        };
        self.say(&format!("{head} {failure}"));
    }

    /// Whether data may have colours.
    pub(crate) fn data_colour(&self) -> Colour {
        self.colours.stdout
    }

    /// Where bars are drawn.
    pub(crate) fn bars(&self) -> &MultiProgress {
        &self.bars
    }
}

/// The columns of the terminal that reads the data, where one does.
pub(crate) fn width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// A document as JSON.
pub(crate) fn json(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("documents have string keys and finite numbers")
}

/// Whether to colour.
pub(crate) fn colours(no_color: NoColor, no_color_variable: Option<&str>) -> Colours {
    let unwanted = no_color == NoColor::Asked || no_color_variable.is_some_and(|it| !it.is_empty());
    let colour = |is_terminal: bool| if unwanted || !is_terminal { Colour::Off } else { Colour::On };
    Colours { stdout: colour(io::stdout().is_terminal()), stderr: colour(io::stderr().is_terminal()) }
}

/// Whether `--no-color` was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoColor {
    /// It was.
    Asked,
    /// It was not.
    NotAsked,
}

/// A line to stderr. A stderr that nobody reads is nobody's problem.
#[expect(clippy::print_stderr, reason = "the one place that prints for people")]
fn to_stderr(text: &str) {
    eprintln!("{text}");
}
