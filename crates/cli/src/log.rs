//! The log: `tracing` to stderr, ids only.

use std::io::{self, Write};

use clap::ValueEnum;
use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::output::Colour;

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts the log. `RUST_LOG` decides where it is set; else `-v` and `-vv` raise our own crates,
/// and everybody else's stay at warnings.
pub(crate) fn start(format: LogFormat, verbose: u8, colour: Colour, bars: MultiProgress) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(verbose, std::env::var("RUST_LOG").ok().as_deref()))
        .with_ansi(colour == Colour::On)
        .with_target(false)
        .with_writer(AboveBars { bars });
    // A second start in one process happens in tests only, and the first one's log is as good.
    let _first_wins = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// How loud everybody is. The judge of certificates logs as an error what the error of the call tells anyway.
const OTHERS: &str = "warn,rustls_platform_verifier=off";

fn filter(verbose: u8, rust_log: Option<&str>) -> EnvFilter {
    if let Some(directives) = rust_log.filter(|it| !it.is_empty()) {
        return EnvFilter::new(directives);
    }
    let level = match verbose {
        0 => return EnvFilter::new(OTHERS),
        1 => "info",
        _ => "debug",
    };
    let ours = [
        "access",
        "auth0",
        "cli",
        "diff",
        "engine",
        "migrations",
        "notify",
        "schedule",
        "server",
        "simulator",
        "store",
    ];
    let directives = ours.iter().fold(OTHERS.to_owned(), |all, it| format!("{all},{it}={level}"));
    EnvFilter::new(directives)
}

/// Writes log lines above progress bars, so that neither tears the other.
struct AboveBars {
    bars: MultiProgress,
}

impl<'a> MakeWriter<'a> for AboveBars {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { bars: &self.bars }
    }
}

/// Writes one event; `tracing-subscriber` hands over whole lines.
struct Line<'a> {
    bars: &'a MultiProgress,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_v_is_more_of_our_own_words_and_rust_log_decides() {
        assert!(filter(0, None).to_string().contains("warn"));
        assert!(filter(1, None).to_string().contains("engine=info"));
        assert!(filter(2, Some("")).to_string().contains("auth0=debug"));
        assert_eq!(filter(2, Some("error")).to_string(), "error");
    }
}
