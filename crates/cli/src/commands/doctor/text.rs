//! The checks as people read them: grouped, aligned, with what to do under what is not well.

use std::fmt::Write as _;

use engine::{Check, Verdict};

use super::of;
use crate::output::Colour;
use crate::table::safe;

/// As wide as the longest verdict.
const VERDICT: usize = 7;

/// A line is not broken into pieces shorter than this, however narrow the terminal is.
const LEAST: usize = 40;

/// All of them, and how many are not well. Lines are broken at the width of a terminal, where there is one.
pub(super) fn text(checks: &[Check], colour: Colour, width: Option<usize>) -> String {
    let of_what = checks.iter().map(|it| it.what.chars().count()).max().unwrap_or_default();
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
        one(&mut text, check, of_what, colour, width);
    }
    let _ = writeln!(text, "\n{}", summary(checks));
    text
}

fn one(text: &mut String, check: &Check, of_what: usize, colour: Colour, width: Option<usize>) {
    let Check { subject: _, what, verdict, found, details, remedy } = check;
    let word = painted(&format!("{:VERDICT$}", verdict.word()), hue(*verdict), colour);
    let margin = 2 + VERDICT + 2 + of_what + 2;
    let mut head = Some(format!("  {word}  {what:of_what$}  "));
    let mut put = |sign: &str, said: &str| {
        let indent = margin + sign.chars().count();
        let room = width.map(|it| it.saturating_sub(indent).max(LEAST));
        for (at, line) in broken(&safe(said), room).iter().enumerate() {
            let (margin, sign) = if at == 0 { (margin, sign) } else { (indent, "") };
            let before = head.take().unwrap_or_else(|| " ".repeat(margin));
            let _ = writeln!(text, "{before}{sign}{line}");
        }
    };
    put("", found);
    for detail in details {
        put("- ", detail);
    }
    if let Some(remedy) = remedy {
        put("→ ", remedy);
    }
}

/// A text in lines of at most so many characters, broken at spaces. What has none stays whole, so that it
/// can be copied.
fn broken(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![text.to_owned()] };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it begins with one");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
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

#[cfg(test)]
mod tests {
    use engine::Subject;

    use super::*;

    fn checks() -> [Check; 2] {
        let check = |what, verdict, found: &str| {
            let found = found.to_owned();
            Check { subject: Subject::Auth0, what, verdict, found, details: Vec::new(), remedy: None }
        };
        let ok = check("token", Verdict::Ok, "Auth0 gives one");
        let long = "the name acme.eu.auth0.com cannot be found, however long one looks for it";
        let failed = Check {
            details: vec!["looked for in all of the places where names are kept".to_owned()],
            remedy: Some("check AUTH0_DOMAIN, and that this machine can look names up".to_owned()),
            ..check("domain", Verdict::Failed, long)
        };
        [ok, failed]
    }

    #[test]
    fn lines_are_broken_for_a_terminal_and_nowhere_else() {
        insta::assert_snapshot!(text(&checks(), Colour::Off, Some(64)), @"
        Auth0
          ok       token   Auth0 gives one
          failed   domain  the name acme.eu.auth0.com cannot be found,
                           however long one looks for it
                           - looked for in all of the places where names
                             are kept
                           → check AUTH0_DOMAIN, and that this machine
                             can look names up

        1 failed
        ");
        insta::assert_snapshot!(text(&checks(), Colour::Off, None), @"
        Auth0
          ok       token   Auth0 gives one
          failed   domain  the name acme.eu.auth0.com cannot be found, however long one looks for it
                           - looked for in all of the places where names are kept
                           → check AUTH0_DOMAIN, and that this machine can look names up

        1 failed
        ");
    }

    #[test]
    fn colours_are_for_titles_and_verdicts() {
        let coloured = text(&checks()[..1], Colour::On, None).replace('\u{1b}', "^");
        insta::assert_snapshot!(coloured, @"
        ^[1mAuth0^[0m
          ^[32mok     ^[0m  token  Auth0 gives one

        all is well
        ");
    }
}
