//! Figures, lists and times as people say them.

use crate::change::Kind;
use crate::ids::EmployeeId;

use super::safe::person;

/// So many names stand in a list before the rest becomes a figure.
const HANDFUL: usize = 5;

/// `1,234`
pub(super) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 block`, `1,234 blocks`
pub(super) fn count(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `1 person`, `12 people`
pub(super) fn people(people: usize) -> String {
    count(people, "person", "people")
}

/// A person of a list.
pub(super) type Person<'a> = (&'a EmployeeId, &'a str);

/// Names that stay whole when the line breaks; the rest after a handful is a figure.
pub(super) fn names(people: &[Person<'_>]) -> Vec<String> {
    let names = people.iter().map(|(id, name)| person(id, name)).collect();
    handful(names, people.len())
}

/// All names, however many.
pub(super) fn all_names(people: &[Person<'_>]) -> Vec<String> {
    listed(people.iter().map(|(id, name)| person(id, name)).collect())
}

/// A list that is cut after a handful of `total`. One more than a handful is shown: "and 1 more"
/// would take its place.
pub(super) fn handful(mut items: Vec<String>, total: usize) -> Vec<String> {
    if total <= HANDFUL + 1 {
        return listed(items);
    }
    items.truncate(HANDFUL);
    let mut pieces: Vec<String> = items.into_iter().map(|it| it + ",").collect();
    pieces.push(format!("and {} more", number(total - HANDFUL)));
    pieces
}

/// Items with a comma behind each but the last.
pub(super) fn listed(mut items: Vec<String>) -> Vec<String> {
    let last = items.len().saturating_sub(1);
    for it in &mut items[..last] {
        it.push(',');
    }
    items
}

/// `a, b and c`
pub(super) fn and(items: &[String]) -> String {
    joined(items, "and")
}

/// `a, b or c`
pub(crate) fn or(items: &[String]) -> String {
    joined(items, "or")
}

fn joined(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// `about 5 minutes`
pub(super) fn time(seconds: u64) -> String {
    let unit = |count: u64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..=2 => "a moment".to_owned(),
        3..=99 => format!("about {}", unit(seconds, "second")),
        100..=5_999 => format!("about {}", unit(minutes, "minute")),
        _ if minutes.is_multiple_of(60) => format!("about {}", unit(minutes / 60, "hour")),
        _ => format!("about {} {}", unit(minutes / 60, "hour"), unit(minutes % 60, "minute")),
    }
}

/// One and many of a kind of change.
pub(super) fn nouns(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Block => ("block", "blocks"),
        Kind::RevokeRoles => ("revocation", "revocations"),
        Kind::Link => ("link", "links"),
        Kind::Relink => ("relink", "relinks"),
        Kind::Unlink => ("unlink", "unlinks"),
        Kind::Update => ("update", "updates"),
        Kind::Create => ("new account", "new accounts"),
        Kind::Unblock => ("unblock", "unblocks"),
        Kind::GrantRoles => ("grant", "grants"),
        Kind::SendInvitation => ("invitation", "invitations"),
        Kind::SendVerification => ("verification mail", "verification mails"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_agree_with_their_noun() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 1_200].map(people), ["0 people", "1 person", "1,200 people"]);
    }

    #[test]
    fn a_list_is_cut_after_a_handful_and_never_to_say_one_more() {
        let list = |count: i64| -> String {
            let ids: Vec<EmployeeId> = (1..=count).map(EmployeeId::from).collect();
            names(&ids.iter().map(|it| (it, "N")).collect::<Vec<_>>()).join(" ")
        };
        assert_eq!(list(0), "");
        assert_eq!(list(2), "1 N, 2 N");
        assert_eq!(list(6), "1 N, 2 N, 3 N, 4 N, 5 N, 6 N");
        assert_eq!(list(42), "1 N, 2 N, 3 N, 4 N, 5 N, and 37 more");
    }

    #[test]
    fn times_are_said_in_words() {
        let said = [0, 40, 99, 100, 240, 3_600, 5_400, 7_200, 90_000].map(time);
        assert_eq!(
            said.join(" · "),
            "a moment · about 40 seconds · about 99 seconds · about 2 minutes · about 4 minutes · \
             about 60 minutes · about 90 minutes · about 2 hours · about 25 hours"
        );
    }

    #[test]
    fn lists_in_a_sentence_end_with_their_word() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(and(&items), "a, b and c");
        assert_eq!(or(&items[..1]), "a");
    }
}
