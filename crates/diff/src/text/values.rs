//! Values, and what becomes of them: `Packing → Heat Press`, or a word diff where they are long.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::account::Field;
use crate::change::{Cause, Change, FieldChange};

use super::safe::{safe, shortened};
use super::style::{Style, Tone};

/// Values longer than this are cut, with their length: nobody reads more, and JSON has them whole.
const VALUE_MAX: usize = 400;
/// Two values of together so many characters are easier to compare word by word.
const LONG: usize = 60;
/// Beyond this a word diff is not worth its time.
const DIFF_MAX: usize = 10_000;
/// An unchanged stretch of a word diff keeps so many words at either end.
const AROUND: usize = 4;

/// A value as people read it: text bare, unless quotes are needed to tell it from something else.
pub(super) fn value(value: &Value) -> String {
    let text = match value {
        Value::Null => return "not set".to_owned(),
        Value::String(text) if reads_as_itself(text) => text.clone(),
        Value::String(text) => format!("\"{text}\""),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let chars = text.chars().count();
    if chars <= VALUE_MAX {
        return safe(&text).into_owned();
    }
    format!("{} ({chars} characters)", safe(&shortened(&text, VALUE_MAX)))
}

/// One field of an update: `name: Jess Morris → Jessica Morris (from full_name)`.
pub(super) fn field_line(style: Style, it: &FieldChange) -> String {
    let FieldChange { field, before, after, rule } = it;
    line(style, field, &before_after(style, before, after), rule)
}

fn line(style: Style, field: &Field, what: &str, rule: &str) -> String {
    let origin = style.paint(Tone::Quiet, &origin(rule));
    format!("{}: {what} {origin}", safe(&field.to_string())).trim_end().to_owned()
}

/// The same field of many people, where the values differ but what happens is one thing.
///
/// `None` where it is not: then only equal values belong together. A field that was not set loses
/// nothing by being set to each person's own value; a name that was the address gives way to the
/// name; addresses move from one domain to another; what is undone goes back to what it was.
pub(super) fn common_line(style: Style, change: &Change, it: &FieldChange) -> Option<String> {
    let FieldChange { field, before, after, rule } = it;
    let moved = match (field, before, after) {
        _ if matches!(change.cause, Cause::Undo { .. }) => "each back to what it was".to_owned(),
        (_, Value::Null, after) if !after.is_null() => "not set → each their own".to_owned(),
        (Field::Name, Value::String(before), Value::String(after))
            if before.contains('@') && *after == change.name =>
        {
            "an address → each their name".to_owned()
        }
        (Field::Email, Value::String(before), Value::String(after)) => moved_domain(before, after)?,
        _ => return None,
    };
    Some(line(style, field, &moved, rule))
}

fn moved_domain(before: &str, after: &str) -> Option<String> {
    let (was, old) = before.rsplit_once('@')?;
    let (is, new) = after.rsplit_once('@')?;
    (was == is).then(|| format!("…@{} → …@{}", safe(old), safe(new)))
}

/// The rule behind a value; a rule of one column by the column's name. What is undone follows no rule.
fn origin(rule: &str) -> String {
    if rule.is_empty() {
        return String::new();
    }
    let column = rule.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    match column.filter(|it| it.chars().all(|it| it.is_alphanumeric() || it == '_')) {
        Some(column) => format!("(from {})", safe(column)),
        None => format!("(from \"{}\")", safe(rule)),
    }
}

fn before_after(style: Style, before: &Value, after: &Value) -> String {
    if let (Value::String(before), Value::String(after)) = (before, after)
        && let Some(diff) = word_diff(style, before, after)
    {
        return diff;
    }
    let (before, after) = (value(before), value(after));
    format!("{} → {}", style.paint(Tone::Less, &before), style.paint(Tone::More, &after))
}

/// `Senior packer at the [-east-]{+north+} gate`, for long values that have enough in common.
fn word_diff(style: Style, before: &str, after: &str) -> Option<String> {
    let chars = before.chars().count() + after.chars().count();
    if chars <= LONG || chars > DIFF_MAX {
        return None;
    }
    let diff = TextDiff::from_words(before, after);
    if diff.ratio() < 0.5 {
        return None;
    }
    let mut runs: Vec<(ChangeTag, String)> = Vec::new();
    for it in diff.iter_all_changes() {
        match runs.last_mut() {
            Some((tag, text)) if *tag == it.tag() => text.push_str(it.value()),
            Some(_) | None => runs.push((it.tag(), it.value().to_owned())),
        }
    }
    Some(runs.into_iter().map(|(tag, text)| run(style, tag, &text)).collect())
}

fn run(style: Style, tag: ChangeTag, text: &str) -> String {
    match tag {
        ChangeTag::Equal => safe(&elided(text)).into_owned(),
        ChangeTag::Delete if style.is_colored() => style.paint(Tone::Struck, &safe(text)),
        ChangeTag::Insert if style.is_colored() => style.paint(Tone::More, &safe(text)),
        ChangeTag::Delete => format!("[-{}-]", safe(text)),
        ChangeTag::Insert => format!("{{+{}+}}", safe(text)),
    }
}

/// A long unchanged stretch by its ends.
fn elided(text: &str) -> String {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    if words.len() <= 2 * AROUND + 2 {
        return text.to_owned();
    }
    format!("{}… {}", words[..AROUND].concat(), words[words.len() - AROUND..].concat())
}

/// Whether a text without quotes cannot be taken for a number, for nothing, or for more than one.
fn reads_as_itself(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && text != "not set"
        && !text.starts_with('"')
        && !text.contains('→')
        && serde_json::from_str::<Value>(text).is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(before: &Value, after: &Value) -> String {
        before_after(Style::new(false), before, after)
    }

    #[test]
    fn values_that_could_be_taken_for_another_are_quoted() {
        assert_eq!(shown(&json!("42"), &json!(42)), "\"42\" → 42");
        assert_eq!(shown(&json!(null), &json!("null")), "not set → \"null\"");
        assert_eq!(shown(&json!("not set"), &json!("")), "\"not set\" → \"\"");
        assert_eq!(shown(&json!("Packing "), &json!("Packing")), "\"Packing \" → Packing");
        assert_eq!(shown(&json!(["a", {"b": 1}]), &json!(true)), "[\"a\",{\"b\":1}] → true");
        assert_eq!(shown(&json!("\u{1b}[2J"), &json!("a\nb")), "\\u{1b}[2J → a\\u{a}b");
    }

    #[test]
    fn a_long_value_is_compared_word_by_word() {
        let before = json!("Senior packer at the east gate, second line, late shift");
        let after = json!("Senior packer at the north gate, second line, early shift");
        assert_eq!(
            shown(&before, &after),
            "Senior packer at the [-east-]{+north+} gate, second line, [-late-]{+early+} shift"
        );
    }

    #[test]
    fn what_stays_the_same_over_many_words_is_left_out() {
        let middle = "one two three four five six seven eight nine ten eleven twelve";
        let diff = shown(&json!(format!("Old {middle}")), &json!(format!("New {middle}")));
        assert_eq!(diff, "[-Old-]{+New+} one two three … nine ten eleven twelve");
    }

    #[test]
    fn long_values_with_little_in_common_stand_side_by_side() {
        let (before, after) = ("a.very.long.address.of.somebody@old.example", "another.one@new.example");
        assert_eq!(shown(&json!(before), &json!(after)), format!("{before} → {after}"));
    }

    #[test]
    fn a_value_of_many_pages_is_cut_and_says_how_long_it_is() {
        let text = value(&json!("x".repeat(5_000)));
        assert!(text.ends_with("x… (5000 characters)") && text.len() < 500, "{text}");
    }
}
