//! Takes out of Auth0's messages what must not stand in an error or a log.

/// How much of a message is kept.
const SHOWN_CHARS: usize = 240;

/// Longer runs of letters and digits are tokens or secrets; ids of users and roles are shorter.
const WORD_CHARS: usize = 40;

/// The start of a message, on one line, without addresses, without anything like a token, without what is
/// `hidden`, and without anything that steers a terminal.
///
/// Auth0's validation errors quote what was sent: `'Object didn't pass validation for format email: …'`.
pub(crate) fn scrub(message: &str, hidden: &[&str]) -> String {
    let mut message = message.to_owned();
    for secret in hidden.iter().filter(|it| it.chars().count() >= HIDDEN_CHARS) {
        message = message.replace(secret, REMOVED);
    }
    let steers = |it: char| it.is_control() && !it.is_whitespace();
    let words: Vec<&str> =
        message.split(|it: char| it.is_whitespace() || steers(it)).map(clean_word).collect();
    let line = words.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Shorter texts say nothing about anybody, and stand in messages by chance.
const HIDDEN_CHARS: usize = 4;

/// What stands where something was taken out.
const REMOVED: &str = "[removed]";

fn clean_word(word: &str) -> &str {
    if word.contains('@') || word.contains("%40") {
        return "[address]";
    }
    let secretive = |it: char| it.is_ascii_alphanumeric() || "-_.+/=".contains(it);
    let longest = word.split(|it| !secretive(it)).map(str::len).max().unwrap_or(0);
    // A link is long and no secret, unless it carries one in its query.
    if longest >= WORD_CHARS && !is_plain_link(word) { REMOVED } else { word }
}

fn is_plain_link(word: &str) -> bool {
    (word.contains("https://") || word.contains("http://")) && !word.contains('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_tokens_are_taken_out() {
        let message = "Payload validation error: 'Object didn't pass validation for format email: \
                       jo.doe@example.com' on property email (The user's email).";
        let clean = scrub(message, &[]);
        assert_eq!(
            clean,
            "Payload validation error: 'Object didn't pass validation for format email: [address] on property \
             email (The user's email)."
        );
        let token = format!("bad token {}.{}", "eyJhbGciOiJSUzI1NiJ9".repeat(2), "c2lnbmF0dXJl");
        assert_eq!(scrub(&token, &[]), "bad token [removed]");
        assert_eq!(scrub("no user jo%40example.com", &[]), "no user [address]");
    }

    #[test]
    fn what_was_sent_and_what_steers_a_terminal_is_taken_out() {
        let message = "\u{1b}[2J'Ada Lovelace' is no name\u{7} for p@ss\u{0}";
        assert_eq!(scrub(message, &["Ada Lovelace", "is", ""]), "[2J'[removed]' is no name for [address]");
    }

    #[test]
    fn what_helps_is_kept() {
        let message = "You can only page through the first 1000 records. \
                       See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation";
        assert_eq!(scrub(message, &[]), message);
        assert_eq!(
            scrub("auth0|63d16b5edf1ce171262c71b5 is\n  missing", &[]),
            "auth0|63d16b5edf1ce171262c71b5 is missing"
        );
        assert_eq!(scrub(&"ä ".repeat(1_000), &[]).chars().count(), SHOWN_CHARS + 1);
    }
}
