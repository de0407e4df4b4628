//! The keys of the chain.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::chain::{hex, sha256};

/// What entries are chained with: the first key, and none where there is none. Older keys are known so that
/// what was chained with them can still be checked. Never printed.
#[derive(Clone)]
pub struct AuditKeys(Arc<[Key]>);

/// `None` is the published key, the last of all.
struct Key {
    id: Option<String>,
    mac: Hmac<Sha256>,
}

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditKeyError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// One could be guessed.
    #[error("the key on line {line} has {chars} characters, and {} are the least", AuditKeys::MIN_CHARS)]
    TooShort {
        /// Which line, from 1.
        line: usize,
        /// How many it has.
        chars: usize,
    },
}

impl AuditKeys {
    /// The key of those who have none. A chain made with it shows mistakes and careless hands, and stops
    /// nobody who knows this line.
    pub const PUBLISHED: &'static str = "rollcall audit without a key";

    /// A shorter key is refused.
    pub const MIN_CHARS: usize = 32;

    /// No key: [`Self::PUBLISHED`] is used, and entries say so.
    pub fn none() -> Self {
        Self(Arc::new([Key::published()]))
    }

    /// A key a line. The first is the one for new entries; the others are older ones, the newest first.
    ///
    /// # Errors
    /// There is none, or one is too short. The message does not repeat it.
    pub fn parse(text: &str) -> Result<Self, AuditKeyError> {
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, it)| !it.is_empty());
        let mut keys = Vec::new();
        for (at, key) in lines {
            let chars = key.chars().count();
            if chars < Self::MIN_CHARS {
                return Err(AuditKeyError::TooShort { line: at + 1, chars });
            }
            keys.push(Key { id: Some(id_of(key)), mac: mac(key) });
        }
        if keys.is_empty() {
            return Err(AuditKeyError::Empty);
        }
        keys.push(Key::published());
        Ok(Self(keys.into()))
    }

    /// The id of the key for new entries; none where there is no key.
    pub fn id(&self) -> Option<&str> {
        self.0.first().and_then(|it| it.id.as_deref())
    }

    /// How far back a key is: 0 for that of new entries. None where the key is unknown.
    pub(super) fn age(&self, id: Option<&str>) -> Option<usize> {
        self.0.iter().position(|it| it.id.as_deref() == id)
    }

    /// The code of a message under a key that [`Self::age`] knows.
    pub(super) fn code(&self, age: usize, message: &[u8]) -> String {
        hex(&self.0[age].mac.clone().chain_update(message).finalize().into_bytes())
    }
}

impl Default for AuditKeys {
    fn default() -> Self {
        Self::none()
    }
}

impl Key {
    fn published() -> Self {
        Self { id: None, mac: mac(AuditKeys::PUBLISHED) }
    }
}

fn mac(key: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(key.as_bytes()).expect("a key of any length is one")
}

/// Enough to tell keys apart, and nothing to find the key by.
fn id_of(key: &str) -> String {
    let mut id = sha256(&["rollcall audit key ", key]);
    id.truncate(16);
    id
}

impl fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuditKeys").field(&self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn the_first_line_is_for_new_entries_and_nothing_shows_a_key() {
        let keys =
            AuditKeys::parse(&format!("\n {KEY} \n\nan-older-key-of-more-than-32-characters\n")).unwrap();
        assert_eq!(keys.id(), Some(id_of(KEY).as_str()));
        assert_eq!(keys.age(Some(&id_of("an-older-key-of-more-than-32-characters"))), Some(1));
        assert_eq!((keys.age(None), keys.age(Some("0123456789abcdef"))), (Some(2), None));
        let shown = format!("{keys:?}");
        assert!(!shown.contains(&KEY[..20]), "{shown}");
        assert_eq!(AuditKeys::none().id(), None);
    }

    #[test]
    fn what_could_be_guessed_is_refused() {
        let why = |text: &str| AuditKeys::parse(text).unwrap_err().to_string();
        assert_eq!(why(" \n "), "it is empty");
        assert_eq!(why(&format!("{KEY}\nhush")), "the key on line 2 has 4 characters, and 32 are the least");
    }
}
