//! The checks as people read them: grouped, aligned, with what to do under what is not well.

use std::fmt::Write as _;

use engine::{Check, Verdict};

use super::of;
use crate::output::Colour;
use crate::table::safe;

/// As wide as the longest verdict.
const VERDICT: usize = 7;

/// All of them, and how many are not well.
pub(super) fn text(checks: &[Check], colour: Colour) -> String {
    let width = checks.iter().map(|it| it.what.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    let mut subject = None;
    for check in checks {
        if subject.is_some_and(|it| it != check.subject) {
            text.push('\n');
        }
        if subject != Some(check.subject) {
            let _ = writeln!(text, "{}", painted(check.subject.title(), "1", colour));
            subject = Some(check.subject);
        }
        one(&mut text, check, width, colour);
    }
    let _ = writeln!(text, "\n{}", summary(checks));
    text
}

fn one(text: &mut String, check: &Check, width: usize, colour: Colour) {
    let Check { subject: _, what, verdict, found, details, remedy } = check;
    let word = painted(&format!("{:VERDICT$}", verdict.word()), hue(*verdict), colour);
    let _ = writeln!(text, "  {word}  {what:width$}  {}", safe(found));
    let margin = " ".repeat(2 + VERDICT + 2 + width + 2);
    for detail in details {
        let _ = writeln!(text, "{margin}- {}", safe(detail));
    }
    if let Some(remedy) = remedy {
        let _ = writeln!(text, "{margin}→ {}", safe(remedy));
    }
}

/// `2 failed, 1 warning`
fn summary(checks: &[Check]) -> String {
    let (failed, warnings) = (of(checks, Verdict::Failed), of(checks, Verdict::Warning));
    let warnings = match warnings {
        0 => None,
        1 => Some("1 warning".to_owned()),
        several => Some(format!("{several} warnings")),
    };
    let failed = (failed > 0).then(|| format!("{failed} failed"));
    let said: Vec<String> = failed.into_iter().chain(warnings).collect();
    if said.is_empty() { "all is well".to_owned() } else { said.join(", ") }
}

fn hue(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "32",
        Verdict::Warning => "33",
        Verdict::Failed => "1;31",
    }
}

fn painted(text: &str, hue: &str, colour: Colour) -> String {
    match colour {
        Colour::On => format!("\u{1b}[{hue}m{text}\u{1b}[0m"),
        Colour::Off => text.to_owned(),
    }
}
