//! Progress of a run: a bar on a terminal, lines otherwise.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diff::Phase;
use engine::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Output;

/// Where the progress of one run is shown.
pub(crate) enum Shown<'a> {
    /// On a terminal.
    Bar(ProgressBar),
    /// Elsewhere: a line for each tenth, so that the log of a thousand calls has ten lines.
    Lines { output: &'a Output, tenths: AtomicUsize },
}

impl<'a> Shown<'a> {
    /// Nothing is done yet.
    pub(crate) fn start(output: &'a Output) -> Self {
        if !io::stderr().is_terminal() {
            return Self::Lines { output, tenths: AtomicUsize::new(0) };
        }
        let style = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len} · {elapsed} · {eta} left")
            .expect("the template is a constant, shown in every run on a terminal");
        let bar = output.bars().add(ProgressBar::new(0).with_style(style));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self::Bar(bar)
    }

    /// So far.
    pub(crate) fn show(&self, progress: Progress) {
        let Progress { phase, done, total } = progress;
        match self {
            Self::Bar(bar) => {
                bar.set_length(total as u64);
                bar.set_message(words(phase));
                bar.set_position(done as u64);
            }
            Self::Lines { output, tenths } => {
                let tenth = (done * 10).checked_div(total).unwrap_or(10);
                if tenths.fetch_max(tenth, Ordering::Relaxed) < tenth {
                    output.say(&format!("{done} of {total} calls · {}", words(phase)));
                }
            }
        }
    }
}

/// The bar goes; what was done is told by the report.
impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::TakeAway => "taking access away",
        Phase::Update => "updating",
        Phase::Create => "creating accounts",
        Phase::Give => "granting roles",
        Phase::Tell => "sending mails",
    }
}
