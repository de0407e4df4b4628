//! Ids in Auth0's forms, and the random parts of tokens and tickets.

use rand::{RngExt, distr::Alphanumeric};
use serde::{Deserialize, Serialize};

/// Makes ids that look random but repeat: the same requests in the same order get the same ids.
///
/// Tests may therefore snapshot them. The counter is part of the state, so that a tenant that is loaded again
/// never gives an old id to a new thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ids {
    made: u64,
}

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Ids {
    pub(crate) const fn starting_after(made: u64) -> Self {
        Self { made }
    }

    pub(crate) const fn made(self) -> u64 {
        self.made
    }

    /// A user's id inside its connection: 24 hexadecimal digits, as of a document database.
    pub(crate) fn user(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!("{high:016x}{:08x}", low >> 32)
    }

    /// `rol_`, `con_`, `job_` and so on: the prefix and 16 letters and digits.
    pub(crate) fn prefixed(&mut self, prefix: &str) -> String {
        let mut id = String::with_capacity(prefix.len() + 16);
        id.push_str(prefix);
        let mut bits = u128::from(self.next()) << 64 | u128::from(self.next());
        for _ in 0..16 {
            id.push(char::from(ALPHABET[usize::try_from(bits % 62).expect("under 62")]));
            bits /= 62;
        }
        id
    }

    fn next(&mut self) -> u64 {
        self.made += 1;
        mixed(self.made)
    }
}

/// The splitmix64 step: every number gives another one, and neighbours give strangers.
pub(crate) const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Letters and digits that nobody can foresee, for tokens and tickets.
pub(crate) fn secret(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_auth0s_forms_and_repeat() {
        let mut ids = Ids::default();
        let user = ids.user();
        assert_eq!(user.len(), 24);
        assert!(user.chars().all(|it| it.is_ascii_hexdigit()));
        let role = ids.prefixed("rol_");
        assert_eq!(role.len(), 20);
        assert_ne!(role, ids.prefixed("rol_"));
        assert_eq!(Ids::default().user(), user);
    }
}
