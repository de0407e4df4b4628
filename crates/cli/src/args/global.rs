//! Options of every command.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

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
        help = "The form of what goes to stdout: text, json; for plans markdown, for the audit jsonl or csv"
    )]
    pub format: FormatArg,
    /// A file that holds your token, as rollcall token makes it; also in ROLLCALL_TOKEN
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
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

/// The form of what goes to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For pull requests: `plan`, `sync` and `demo`.
    Markdown,
    /// A document a line: `audit`.
    Jsonl,
    /// For spreadsheets: `audit`.
    Csv,
}

impl FormatArg {
    /// The form of whatever is not a row.
    pub fn of_page(self) -> Format {
        match self {
            Self::Text | Self::Csv => Format::Text,
            Self::Json | Self::Jsonl => Format::Json,
            Self::Markdown => Format::Markdown,
        }
    }
}
