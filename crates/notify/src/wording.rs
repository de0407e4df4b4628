//! Words that texts are made of, and what is kept out of them.

/// Longer titles are cut: they are subjects of mails.
const TITLE_CHARS: usize = 150;
/// Longer texts are cut: what is longer is read in the plan or the run.
const TEXT_CHARS: usize = 2_000;

/// On one line, whatever was put into it: a line break in a name must not begin a new header of a mail.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|it: char| it.is_whitespace() || steers(it));
    words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A title: one line, and not endless.
pub(crate) fn title(text: &str) -> String {
    cut(&one_line(text), TITLE_CHARS)
}

/// A text: lines may break, and nothing else steers whoever shows it.
pub(crate) fn text(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    cut(lines.join("\n").trim(), TEXT_CHARS)
}

/// `1 change`, `2 changes`.
pub(crate) fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// As an argument of a command that somebody copies: an id may be anything that stands in a table.
pub(crate) fn argument(id: &str) -> String {
    let id = one_line(id);
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.@".contains(it);
    if !id.is_empty() && id.chars().all(plain) { id } else { format!("'{}'", id.replace('\'', r"'\''")) }
}

/// Controls, and marks that turn the direction of writing and so make one text look like another.
fn steers(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_title_begins_a_new_line() {
        assert_eq!(title(" a\r\nBcc: x@example.com\u{2028}b\u{0}c\u{85}d "), "a Bcc: x@example.com b c d");
        assert_eq!(title(&"x".repeat(1_000)).chars().count(), TITLE_CHARS + 1);
    }

    #[test]
    fn a_text_keeps_its_lines_and_no_escape() {
        assert_eq!(text("one\r\ntwo\u{1b}[2J \u{202e}three\n\n"), "one\ntwo [2J three");
        assert_eq!(text(&"y\n".repeat(9_000)).chars().count(), TEXT_CHARS + 1);
    }

    #[test]
    fn an_id_in_a_command_is_one_argument() {
        assert_eq!(argument("E-42"), "E-42");
        assert_eq!(argument("42; reboot"), "'42; reboot'");
        assert_eq!(argument("o'neill"), r"'o'\''neill'");
    }

    #[test]
    fn numbers_and_lists_read_as_they_are_said() {
        assert_eq!((count(1, "change"), count(0, "change")), ("1 change".into(), "0 changes".into()));
        let list_of = |it: &[&str]| list(it);
        assert_eq!(list_of(&[]), "");
        assert_eq!(list_of(&["a"]), "a");
        assert_eq!(list_of(&["a", "b", "c"]), "a, b and c");
    }
}
