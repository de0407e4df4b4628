//! What a query leaves to look at, so that not everybody has to be.

use crate::{
    clock::Timestamp,
    search::{
        field::Field,
        query::{Limit, Query, Test, end_of, start_of},
    },
};

/// The narrowest set that is sure to hold every match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Narrowed {
    /// A stretch of an index in the order of creation.
    Among(Among),
    /// Those whom any of the look-ups finds.
    Found(Vec<Lookup>),
}

/// Everybody, or everybody of a connection, made within a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Among {
    pub(crate) connection: Option<String>,
    pub(crate) within: Within,
    /// Whether all of them match, so that nobody has to be looked at to count them.
    pub(crate) exact: bool,
}

/// A stretch of time, both ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Within {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// One entry of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lookup {
    Id(String),
    /// In any case.
    Email(String),
    /// A value at the first level of `app_metadata`.
    AppMetadata {
        key: String,
        value: String,
    },
}

impl Within {
    pub(crate) const ALWAYS: Self =
        Self { from: Timestamp::from_millis(i64::MIN), to: Timestamp::from_millis(i64::MAX) };

    fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    /// `None` for an end that is no time: nobody is inside, and the query itself finds that out.
    fn read(from: Option<&Limit>, to: Option<&Limit>) -> Option<Self> {
        let from = match from {
            None => Self::ALWAYS.from,
            Some(limit) if limit.included => start_of(&limit.value)?,
            Some(limit) => end_of(&limit.value)?.plus_millis(1),
        };
        let to = match to {
            None => Self::ALWAYS.to,
            Some(limit) if limit.included => end_of(&limit.value)?,
            Some(limit) => start_of(&limit.value)?.plus_millis(-1),
        };
        Some(Self { from, to })
    }
}

impl Among {
    const fn everybody(exact: bool) -> Self {
        Self { connection: None, within: Within::ALWAYS, exact }
    }

    fn and(self, other: Self) -> Self {
        let two = self.connection.is_some() && other.connection.is_some();
        Self {
            connection: self.connection.or(other.connection),
            within: self.within.and(other.within),
            exact: self.exact && other.exact && !two,
        }
    }
}

/// What a query leaves.
pub(crate) fn narrow(query: &Query) -> Narrowed {
    match query {
        Query::Everybody => Narrowed::Among(Among::everybody(true)),
        Query::Test { field, name, test: Test::Equals(value) } => equals(field, name, value),
        Query::Test { name, test: Test::Range { from, to }, .. } if name == "created_at" => {
            let within = Within::read(from.as_ref(), to.as_ref());
            let among = within.map(|within| Among { within, ..Among::everybody(true) });
            Narrowed::Among(among.unwrap_or(Among::everybody(false)))
        }
        Query::And(parts) => {
            parts.iter().map(narrow).reduce(both).unwrap_or(Narrowed::Among(Among::everybody(true)))
        }
        Query::Or(parts) => {
            parts.iter().map(narrow).reduce(either).unwrap_or(Narrowed::Among(Among::everybody(false)))
        }
        Query::Not(_) | Query::Exists(_) | Query::Test { .. } | Query::Anywhere(_) => {
            Narrowed::Among(Among::everybody(false))
        }
    }
}

fn equals(field: &Field, name: &str, value: &str) -> Narrowed {
    let value = value.to_owned();
    match (name, field) {
        ("user_id", _) => Narrowed::Found(vec![Lookup::Id(value)]),
        ("email", _) => Narrowed::Found(vec![Lookup::Email(value)]),
        ("identities.connection", _) => {
            Narrowed::Among(Among { connection: Some(value), ..Among::everybody(true) })
        }
        (_, Field::AppMetadata(path)) if path.len() == 1 => {
            Narrowed::Found(vec![Lookup::AppMetadata { key: path.concat(), value }])
        }
        (
            _,
            Field::AppMetadata(_)
            | Field::UserMetadata(_)
            | Field::Folded(_)
            | Field::Exact(_)
            | Field::EmailDomain
            | Field::Flag(_)
            | Field::Time(_)
            | Field::LoginsCount
            | Field::Identity(_)
            | Field::Unknown,
        ) => Narrowed::Among(Among::everybody(false)),
    }
}

fn both(a: Narrowed, b: Narrowed) -> Narrowed {
    match (a, b) {
        (Narrowed::Among(a), Narrowed::Among(b)) => Narrowed::Among(a.and(b)),
        // Whoever is looked up is one of a few; the query itself decides about them.
        (found @ Narrowed::Found(_), _) | (_, found @ Narrowed::Found(_)) => found,
    }
}

fn either(a: Narrowed, b: Narrowed) -> Narrowed {
    match (a, b) {
        (Narrowed::Found(a), Narrowed::Found(b)) => Narrowed::Found([a, b].concat()),
        (Narrowed::Among(_), _) | (_, Narrowed::Among(_)) => Narrowed::Among(Among::everybody(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::parse::parse;

    fn told(query: &str) -> Narrowed {
        narrow(&parse(query).unwrap())
    }

    fn among(connection: Option<&str>, (from, to): (i64, i64), exact: bool) -> Narrowed {
        let within = Within { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) };
        Narrowed::Among(Among { connection: connection.map(str::to_owned), within, exact })
    }

    const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

    #[test]
    fn a_connection_and_a_window_are_a_stretch_of_an_index() {
        assert_eq!(told(""), among(None, ALWAYS, true));
        assert_eq!(told("identities.connection:\"c\""), among(Some("c"), ALWAYS, true));
        assert_eq!(
            told("identities.connection:\"c\" AND created_at:[1970-01-01 TO 1970-01-01T00:00:01.000Z}"),
            among(Some("c"), (0, 999), true)
        );
        assert_eq!(
            told("created_at:{1970-01-01 TO *] AND blocked:true"),
            among(None, (86_400_000, i64::MAX), false)
        );
    }

    #[test]
    fn what_is_looked_up_wins_over_stretches() {
        let mark = |value: &str| Lookup::AppMetadata { key: "id".to_owned(), value: value.to_owned() };
        assert_eq!(
            told("identities.connection:\"c\" AND (app_metadata.id:\"42\" OR app_metadata.id:43)"),
            Narrowed::Found(vec![mark("42"), mark("43")])
        );
    }

    #[test]
    fn what_no_index_holds_is_looked_for_among_everybody() {
        for query in [
            "blocked:true",
            "NOT identities.connection:\"c\"",
            "user_id:\"a\" OR blocked:true",
            "created_at:[nonsense TO *]",
            "app_metadata.a.b:\"1\"",
        ] {
            assert_eq!(told(query), among(None, ALWAYS, false), "{query}");
        }
        let two = told("identities.connection:\"c\" AND identities.connection:\"d\"");
        assert_eq!(two, among(Some("c"), ALWAYS, false));
    }
}
