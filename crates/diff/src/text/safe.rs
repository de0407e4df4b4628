//! The one door for foreign text: what comes from a table or a tenant is made harmless to show.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::ids::EmployeeId;

/// First-strong isolate and its end: what stands between them cannot reorder what stands around it.
const ISOLATE: char = '\u{2068}';
const END_OF_ISOLATE: char = '\u{2069}';

/// A text on one line that cannot steer a terminal, hide, or turn its neighbours around.
///
/// Control characters, escapes, line breaks, direction overrides and characters of no width are
/// shown as `\u{1b}`. Text from right to left is isolated, and only that: a reader that honours
/// direction would else draw the next person's number in front of an Arabic name, and the list
/// would read as if it meant somebody else.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|it| is_unsafe(it) || is_right_to_left(it)) {
        return Cow::Borrowed(text);
    }
    let isolated = text.chars().any(is_right_to_left);
    let mut out = String::with_capacity(text.len() + 16);
    out.extend(isolated.then_some(ISOLATE));
    for it in text.chars() {
        if is_unsafe(it) {
            write!(out, "{}", it.escape_unicode()).expect("writing to a string");
        } else {
            out.push(it);
        }
    }
    out.extend(isolated.then_some(END_OF_ISOLATE));
    Cow::Owned(out)
}

/// A longer name than this says no better who is meant.
const NAME_SHOWN: usize = 60;

/// A person as lists name one: `17 Jessica Morris`.
pub(super) fn person(id: &EmployeeId, name: &str) -> String {
    if name.trim().is_empty() {
        return safe(id.as_str()).into_owned();
    }
    format!("{} {}", safe(id.as_str()), shortened(&safe(name), NAME_SHOWN))
}

/// A text cut to so many characters, where it has more, with a mark at the cut. An isolate that
/// the cut opens is closed.
pub(super) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    let Some((at, _)) = text.char_indices().nth(max) else { return Cow::Borrowed(text) };
    let kept = &text[..at];
    let end = if kept.contains(ISOLATE) && !kept.contains(END_OF_ISOLATE) { "\u{2069}" } else { "" };
    Cow::Owned(format!("{kept}…{end}"))
}

fn is_unsafe(it: char) -> bool {
    it.is_control()
        || matches!(it,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn is_right_to_left(it: char) -> bool {
    matches!(it,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_lent_as_it_is() {
        for text in ["Jessica Morris", "José Ñúñez", "裕美子 木村", "<img src=x> Kim", "Robin 🖨 Press"]
        {
            assert!(matches!(safe(text), Cow::Borrowed(_)), "{text:?} was changed");
        }
    }

    #[test]
    fn what_steers_a_terminal_or_hides_is_shown() {
        assert_eq!(safe("\u{1b}[31mred"), "\\u{1b}[31mred");
        assert_eq!(safe("two\r\nlines\t\u{9b}1m"), "two\\u{d}\\u{a}lines\\u{9}\\u{9b}1m");
        assert_eq!(safe("Ana\u{200b}Silva\u{feff}"), "Ana\\u{200b}Silva\\u{feff}");
        assert_eq!(safe("exe\u{202e}txt\u{2069}"), "exe\\u{202e}txt\\u{2069}");
        assert_eq!(safe("a\u{e0041}\u{2028}b"), "a\\u{e0041}\\u{2028}b");
    }

    #[test]
    fn right_to_left_is_isolated_and_cannot_leave_its_isolate() {
        assert_eq!(safe("مريم حسن"), "\u{2068}مريم حسن\u{2069}");
        assert_eq!(safe("مريم\u{2069}"), "\u{2068}مريم\\u{2069}\u{2069}");
    }

    #[test]
    fn a_cut_says_that_it_is_one() {
        assert_eq!(shortened("Jessica", 7), "Jessica");
        assert_eq!(shortened("Jessica", 3), "Jes…");
        assert_eq!(shortened(&safe("مريم حسن"), 3), "\u{2068}مر…\u{2069}");
    }
}
