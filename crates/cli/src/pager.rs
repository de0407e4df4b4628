//! Long text on a terminal, a screen at a time, as git does it.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// What is used where `PAGER` says nothing: it ends by itself where all fits, keeps colours, and leaves the text there.
const USUAL: &str = "less";

/// Shows the text in the pager that the environment names. Tells whether it did: not off a terminal, not where the
/// text fits on the screen, and not where there is no pager.
pub(crate) fn show(text: &str) -> bool {
    if !io::stdout().is_terminal() || fits(text) {
        return false;
    }
    let Some(pager) = chosen(env::var("PAGER").ok().as_deref()) else { return false };
    let mut command = Command::new("sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut process) = command.spawn() else { return false };
    if let Some(mut stdin) = process.stdin.take() {
        // Whoever leaves the pager early has seen enough.
        let _ = stdin.write_all(text.as_bytes());
    }
    // A shell that finds no pager says so with 127, and nothing was shown.
    process.wait().is_ok_and(|it| it.code() != Some(127))
}

/// The pager by what `PAGER` says; none where it says that there shall be none.
fn chosen(variable: Option<&str>) -> Option<String> {
    match variable.map(str::trim) {
        None => Some(USUAL.to_owned()),
        Some("" | "cat") => None,
        Some(named) => Some(named.to_owned()),
    }
}

fn fits(text: &str) -> bool {
    let rows = terminal_size::terminal_size_of(io::stdout()).map_or(0, |(_, rows)| usize::from(rows.0));
    text.lines().count() < rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_pager_is_none() {
        assert_eq!(chosen(None).as_deref(), Some("less"));
        assert_eq!(chosen(Some("most -s")).as_deref(), Some("most -s"));
        assert_eq!([chosen(Some(" ")), chosen(Some("cat"))], [None, None]);
    }
}
