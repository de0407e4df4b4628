//! A query as a tree, and whether a user matches it.

use std::cmp::Ordering;

use crate::{
    clock::Timestamp,
    search::field::{Datum, Field},
    state::User,
};

/// A parsed `q`.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    Everybody,
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Exists(Field),
    Test {
        field: Field,
        name: String,
        test: Test,
    },
    /// A word without a field looks into the usual ones.
    Anywhere(Test),
}

/// What a value must be.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Equals(String),
    /// With `*` somewhere.
    Like(String),
    /// `None` is an open end.
    Range {
        from: Option<Limit>,
        to: Option<Limit>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Limit {
    pub(crate) value: String,
    pub(crate) included: bool,
}

/// Where a bare word is looked for.
const USUAL: [&str; 7] = ["email", "name", "given_name", "family_name", "nickname", "username", "user_id"];

impl Query {
    pub(crate) fn matches(&self, user: &User) -> bool {
        match self {
            Self::Everybody => true,
            Self::And(parts) => parts.iter().all(|it| it.matches(user)),
            Self::Or(parts) => parts.iter().any(|it| it.matches(user)),
            Self::Not(part) => !part.matches(user),
            Self::Exists(field) => !field.data(user).is_empty(),
            Self::Test { field, test, .. } => field_matches(field, test, user),
            Self::Anywhere(test) => USUAL.iter().any(|it| field_matches(&Field::named(it), test, user)),
        }
    }
}

fn field_matches(field: &Field, test: &Test, user: &User) -> bool {
    let plain_only = matches!(field, Field::UserMetadata(_)) && !matches!(test, Test::Equals(_));
    !plain_only && field.data(user).iter().any(|it| test.accepts(it, field.folds_case()))
}

impl Test {
    fn accepts(&self, datum: &Datum, folds_case: bool) -> bool {
        match (self, datum) {
            (Self::Equals(wanted), Datum::Text(text)) => folded(wanted, folds_case) == *text,
            (Self::Equals(wanted), Datum::Number(number)) => {
                wanted.parse::<f64>().is_ok_and(|it| it.total_cmp(number).is_eq())
            }
            (Self::Equals(wanted), Datum::Time(time)) => start_of(wanted)
                .zip(end_of(wanted))
                .is_some_and(|(start, end)| start <= *time && *time <= end),
            (Self::Like(pattern), Datum::Text(text)) => is_like(text, &folded(pattern, folds_case)),
            (Self::Like(_), Datum::Number(_) | Datum::Time(_)) => false,
            (Self::Range { from, to }, datum) => {
                from.as_ref().is_none_or(|it| it.is_below(datum, folds_case))
                    && to.as_ref().is_none_or(|it| it.is_above(datum, folds_case))
            }
        }
    }
}

fn folded(text: &str, folds_case: bool) -> String {
    if folds_case { text.to_lowercase() } else { text.to_owned() }
}

impl Limit {
    fn is_below(&self, datum: &Datum, folds_case: bool) -> bool {
        let time = if self.included { start_of(&self.value) } else { end_of(&self.value) };
        match self.order(datum, time, folds_case) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => self.included,
            Some(Ordering::Greater) | None => false,
        }
    }

    fn is_above(&self, datum: &Datum, folds_case: bool) -> bool {
        let time = if self.included { end_of(&self.value) } else { start_of(&self.value) };
        match self.order(datum, time, folds_case) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => self.included,
            Some(Ordering::Less) | None => false,
        }
    }

    /// How the limit stands to a value.
    fn order(&self, datum: &Datum, time: Option<Timestamp>, folds_case: bool) -> Option<Ordering> {
        match datum {
            Datum::Text(text) => Some(folded(&self.value, folds_case).cmp(text)),
            Datum::Number(number) => self.value.parse::<f64>().ok().map(|it| it.total_cmp(number)),
            Datum::Time(value) => time.map(|it| it.cmp(value)),
        }
    }
}

/// The first millisecond that a date or time means: `2025-12-01` is midnight.
pub(crate) fn start_of(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00.000Z")))
}

/// The last millisecond that a date or time means: a whole day for a date.
pub(crate) fn end_of(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T23:59:59.999Z")))
}

/// `*` stands for anything. A suffix needs three letters behind it, unless it is enclosed by stars.
fn is_like(text: &str, pattern: &str) -> bool {
    let literal = pattern.trim_matches('*');
    let suffix_only = pattern.starts_with('*') && !pattern.ends_with('*');
    if suffix_only && literal.chars().count() < 3 {
        return false;
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
