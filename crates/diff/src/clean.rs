//! The one way in which text from either side is cleaned before it is compared or sent.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// NFC, trimmed, inner white space folded to one space, zero-width and control characters dropped.
///
/// Two texts that look the same to a reader become equal, so that a copy-and-paste accident in
/// the HR system is not a change of name. Line breaks and tabs count as white space.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for it in text.nfc().filter(|it| !is_invisible(*it)) {
        if it.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !it.is_control() {
            out.push(it);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    Cow::Owned(out)
}

/// The key under which names are compared when looking for a match: clean, and without case.
pub fn name_key(text: &str) -> String {
    key(text).into_owned()
}

/// The same, lent where the text is its own key.
pub(crate) fn key(text: &str) -> Cow<'_, str> {
    if is_clean_ascii(text, |it| it.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(clean(text).to_lowercase())
}

/// Whether two texts have one key.
pub(crate) fn same_key(a: &str, b: &str) -> bool {
    a == b || key(a) == key(b)
}

/// Whether [`clean`] would change nothing; most rows are, and need no copy.
fn is_clean(text: &str) -> bool {
    if is_clean_ascii(text, |_| false) {
        return true;
    }
    let mut space_before = true;
    for it in text.chars() {
        let space = it == ' ';
        if (space && space_before) || (it.is_whitespace() && !space) || it.is_control() || is_invisible(it) {
            return false;
        }
        space_before = space;
    }
    (text.is_empty() || !space_before) && is_nfc_quick(text.chars()) == IsNormalized::Yes
}

/// Whether a text is ASCII and clean, and without what else is not to be in it: one look at each byte.
fn is_clean_ascii(text: &str, unwanted: impl Fn(u8) -> bool) -> bool {
    let mut before = b' ';
    for it in text.bytes() {
        if !it.is_ascii() || it.is_ascii_control() || (it == b' ' && before == b' ') || unwanted(it) {
            return false;
        }
        before = it;
    }
    text.is_empty() || before != b' '
}

/// Characters of no width, which no reader sees and no keyboard types on purpose.
fn is_invisible(it: char) -> bool {
    matches!(it, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{180E}' | '\u{00AD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cleaned_of_what_no_reader_sees() {
        assert_eq!(clean("Rosalia  Wulf  "), "Rosalia Wulf");
        assert_eq!(clean("Ana\u{200b} Silva"), "Ana Silva");
        assert_eq!(clean("Jose\u{301} N\u{303}u\u{301}n\u{303}ez"), "José Ñúñez");
        assert_eq!(clean("\tHeat\r\nPress "), "Heat Press");
        assert_eq!(clean(" \u{200b} "), "");
        assert_eq!(clean("nul\0l"), "null");
    }

    #[test]
    fn clean_text_is_lent_not_copied() {
        for text in ["", "Robin 🖨 Press", "مريم حسن", "裕美子 木村", "<img src=x> Kim"] {
            assert!(matches!(clean(text), Cow::Borrowed(_)), "{text:?} was copied");
        }
    }

    #[test]
    fn cleaning_twice_is_cleaning_once() {
        for text in [" a\u{200b} b", "e\u{301}", "a \u{301}", "\u{feff}x\u{a0}\u{a0}y\u{a0}"] {
            let once = clean(text).into_owned();
            assert_eq!(clean(&once), once);
        }
    }
}
