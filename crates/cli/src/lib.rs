//! The command line: `rollcall`.
//!
//! It turns what was typed, `rollcall.toml` and the environment into calls of `engine`, and their
//! answers into text and exit codes. It never decides about a person, and holds neither SQL nor HTTP.
//!
//! * [`args`] is what may be typed; [`commands`] has a file for each command.
//! * [`config`] reads file and environment and checks them as a whole: every problem at once, each
//!   with its place and what to write instead. The part that decides about people becomes a
//!   [`diff::Policy`].
//! * [`Failure`] is an error with the exit code and with what to do next. No other error converts
//!   into it on purpose, so that none reaches a person without that line.
//! * [`Output`] is the only place that prints: data to stdout, everything else to stderr.
//!
//! What looks odd: the library holds everything and `main.rs` three lines, so that tests can call
//! [`run`] with arguments of their own.

pub mod args;
pub mod commands;
pub mod config;
mod exit;
mod failure;
mod files;
mod hints;
mod log;
mod output;
mod pager;
mod progress;
mod session;
mod show;
mod signals;
mod table;
mod used;
mod who;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use clap::error::ErrorKind;
use indicatif::MultiProgress;

pub use exit::Exit;
pub use failure::{Failure, OrFail, Result};
pub use log::LogFormat;
pub use output::{Colour, Format, Output};

use args::{Args, Command};
use output::NoColor;

/// Does what the command line says and tells how it ended. The first argument is the program's name.
pub async fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return refused(&error).into(),
    };
    let begun = Instant::now();
    let output = start(&args);
    // Boxed, because the commands' futures are large, and so deep that their layout is over rustc's limit.
    let exit = match Box::pin(commands::run(args, &output)).await {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit
        }
    };
    used::log(begun);
    exit.into()
}

/// Help and version are no errors; clap prints them to stdout, and errors with their suggestion to stderr.
fn refused(error: &clap::Error) -> Exit {
    // Whether anybody reads it is not ours to mend.
    let _unread = error.print();
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked_for { Exit::Done } else { Exit::Usage }
}

fn start(args: &Args) -> Output {
    let global = &args.global;
    let asked = if global.no_color { NoColor::Asked } else { NoColor::NotAsked };
    let colours = output::colours(asked, std::env::var("NO_COLOR").ok().as_deref());
    let bars = MultiProgress::new();
    // Nobody sits before a service: what it tells is its log.
    let verbose = if matches!(args.command, Command::Serve(_)) { global.verbose + 1 } else { global.verbose };
    log::start(global.log_format, verbose, colours.stderr, bars.clone());
    Output::new(global.format.of_page(), colours, bars)
}
