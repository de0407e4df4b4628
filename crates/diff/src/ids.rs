//! A type for every id, so that none can stand where another is meant.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of an employee row: its canonical text, whatever type the column has.
///
/// `42` in an integer column and `"42"` in a text column are the same employee. Ids order as
/// people expect: numbers by value and before words, so that 9 comes before 10.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmployeeId {
    /// Shared, as every id is: a plan names each many times.
    text: Arc<str>,
    /// What [`Self::as_number`] gives, worked out once: ids are compared more often than made.
    number: Option<i64>,
}

/// Why a text is no employee id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmployeeIdError {
    /// Nothing but space.
    #[error("the employee id is empty")]
    Empty,
    /// Space or control characters inside, which no two systems would read alike.
    #[error("the employee id {0:?} contains a space or control character")]
    Malformed(String),
    /// More than [`EmployeeId::MAX_CHARS`].
    #[error("the employee id is longer than {} characters", EmployeeId::MAX_CHARS)]
    TooLong,
}

impl EmployeeId {
    /// What fits every database's key column.
    pub const MAX_CHARS: usize = 190;

    /// Trims and checks.
    ///
    /// # Errors
    /// Empty, too long, or with space inside.
    pub fn parse(text: &str) -> Result<Self, EmployeeIdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmployeeIdError::Empty);
        }
        // First, since the other error quotes it.
        if text.chars().count() > Self::MAX_CHARS {
            return Err(EmployeeIdError::TooLong);
        }
        if text.chars().any(|it| it.is_whitespace() || it.is_control()) {
            return Err(EmployeeIdError::Malformed(text.to_owned()));
        }
        let number = text.parse::<i64>().ok().filter(|_| is_canonical(text));
        Ok(Self { text: text.into(), number })
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number that the text writes, where it writes one in the one canonical way.
    ///
    /// `"042"` is no number: it would come back as `42`, another id.
    pub fn as_number(&self) -> Option<i64> {
        self.number
    }
}

/// Whether a text that writes a number writes it as everybody does: without a sign or zeros before it.
fn is_canonical(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text == "0" || !digits.starts_with(['0', '+'])
}

impl From<i64> for EmployeeId {
    fn from(id: i64) -> Self {
        Self { text: id.to_string().into(), number: Some(id) }
    }
}

impl From<EmployeeId> for String {
    fn from(id: EmployeeId) -> Self {
        id.as_str().to_owned()
    }
}

impl PartialEq for EmployeeId {
    fn eq(&self, other: &Self) -> bool {
        // A number is written in one way only.
        self.number == other.number && (self.number.is_some() || self.text == other.text)
    }
}

impl Eq for EmployeeId {}

impl Hash for EmployeeId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.number {
            Some(number) => number.hash(state),
            None => self.text.hash(state),
        }
    }
}

impl fmt::Debug for EmployeeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EmployeeId").field(&self.as_str()).finish()
    }
}

impl Ord for EmployeeId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.text.cmp(&other.text),
        }
    }
}

impl PartialOrd for EmployeeId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl TryFrom<String> for EmployeeId {
    type Error = EmployeeIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for EmployeeId {
    type Err = EmployeeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for EmployeeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Texts that only need to be kept apart from each other.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The id of an Auth0 user, `auth0|63d16b5edf1ce171262c71b5`. Opaque and case-sensitive.
    UserId
}
text_id! {
    /// The name of a role in Auth0, which the policy uses; ids of roles stay inside the client.
    RoleName
}
text_id! {
    /// The name of a connection, `Username-Password-Authentication`.
    ConnectionName
}
text_id! {
    /// One Auth0 domain, in lower case. All simulators on loopback addresses are one tenant, `simulator`.
    Tenant
}
text_id! {
    /// The id of a change: its kind and its employee, `create-42`. Unique in a plan, and the
    /// same in every plan that contains the change.
    ChangeId
}

/// Numbers that the store gives out.
macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number_id! {
    /// The number of a stored plan. Small, because people type it.
    PlanId
}
number_id! {
    /// The number of a run: one application of an approved plan.
    RunId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_order_by_value_and_before_words() {
        let mut ids: Vec<EmployeeId> =
            ["E2", "10", "9", "010", "E10"].iter().map(|it| it.parse().unwrap()).collect();
        ids.sort();
        let texts: Vec<&str> = ids.iter().map(EmployeeId::as_str).collect();
        assert_eq!(texts, ["9", "10", "010", "E10", "E2"]);
    }

    #[test]
    fn a_number_is_one_only_as_everybody_writes_it() {
        let number = |text: &str| EmployeeId::parse(text).unwrap().as_number();
        assert_eq!(["0", "42", "-7"].map(number), [Some(0), Some(42), Some(-7)]);
        assert_eq!(["042", "+42", "-0", "-07", "4e1", "99999999999999999999"].map(number), [None; 6]);
        let edges = [i64::MIN, i64::MAX];
        assert_eq!(edges.map(|it| number(&it.to_string())), edges.map(Some));
    }

    #[test]
    fn an_id_with_space_inside_is_refused() {
        assert_eq!(EmployeeId::parse("  "), Err(EmployeeIdError::Empty));
        assert_eq!(EmployeeId::parse("4 2"), Err(EmployeeIdError::Malformed("4 2".into())));
        assert_eq!(EmployeeId::parse(" 42 ").unwrap().as_str(), "42");
    }
}
