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
    serde_json::from_str(text).map_err(|cause| Error::Broken { what, cause })
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
