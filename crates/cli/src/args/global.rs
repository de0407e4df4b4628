//! Options of every command.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::log::LogFormat;
use crate::output::Format;

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The configuration [default: rollcall.toml, where it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The form of what goes to stdout
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true,
        help = "The form of what goes to stdout: text, json or, for plans, markdown"
    )]
    pub format: Format,
    /// No colours; also with NO_COLOR set, and off a terminal
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Log what the system does; -vv logs details
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// The form of log lines, which go to stderr: text or json
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}
