//! What passes between our types and the text of a cell.

use chrono::{DateTime, SubsecRound as _, Utc};
use diff::EmployeeId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Rows in one statement, well below every database's bound on values.
pub(crate) const BATCH: usize = 500;
/// Two writers of one tie: the second finds the first's at the next try.
pub(crate) const TRIES: usize = 3;

/// What all three databases keep of a moment.
pub(crate) fn ms(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.trunc_subsecs(3)
}

/// The text of a document.
pub(crate) fn to_json(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("documents have string keys and finite numbers")
}

/// The document of a text.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|cause| Error::Broken { what, cause: without_quotes(cause) })
}

/// The same error without the text that stood in the wrong place: it may be somebody's name or address.
fn without_quotes(error: serde_json::Error) -> serde_json::Error {
    let text = error.to_string();
    match text.split_once(": string \"").zip(text.rsplit_once("\", expected ")) {
        Some(((what, _), (_, expected))) => {
            serde::de::Error::custom(format!("{what}: text, expected {expected}"))
        }
        None => error,
    }
}

/// We only store ids that were parsed, so another one was put there by somebody else.
pub(crate) fn employee_id(text: &str) -> Result<EmployeeId, Error> {
    EmployeeId::parse(text).map_err(|_| Error::Word { what: "an employee id", word: text.to_owned() })
}

/// An enum whose variants are words in a column.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The word that stands in the database and that people read.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            pub(crate) fn read(word: &str) -> Result<Self, crate::error::Error> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    other => Err(crate::error::Error::Word { what: $what, word: other.to_owned() }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_document_is_told_by_its_place_and_without_what_stands_there() {
        let told = |text: &str| match from_json::<Vec<u8>>("the list", text) {
            Err(Error::Broken { cause, .. }) => cause.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            told("[1, \"a \\\", expected b\"]"),
            "invalid type: text, expected u8 at line 1 column 22"
        );
        assert_eq!(told("[1, 300]"), "invalid value: integer `300`, expected u8 at line 1 column 7");
        assert_eq!(told("[1, "), "EOF while parsing a value at line 1 column 4");
    }
}
