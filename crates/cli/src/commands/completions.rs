//! `rollcall completions SHELL`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::{Exit, Output};

/// Prints them.
pub(super) fn run(shell: Shell, output: &Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "rollcall", &mut script);
    output.data(&String::from_utf8_lossy(&script));
    Exit::Done
}
