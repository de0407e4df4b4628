//! The password that Auth0 demands when a user is made. Nobody ever learns it.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

const CHARS: usize = 40;

/// One character of each class at least. Symbols that every password policy counts as special.
const CLASSES: [&[u8]; 4] =
    [b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789", b"!#$%&*+-=?@^_~"];

/// Forty random characters of all four classes, none twice in a row and none following its neighbour in
/// the alphabet: policies may forbid both (`identical_characters`, `sequential_characters`).
pub(crate) fn password() -> String {
    loop {
        let candidate = draw();
        if is_fine(&candidate) {
            return candidate.iter().map(|it| char::from(*it)).collect();
        }
    }
}

fn draw() -> [u8; CHARS] {
    let mut rng = rand::rng();
    let all = CLASSES.concat();
    let mut chars = [0; CHARS];
    for (at, it) in chars.iter_mut().enumerate() {
        let from = CLASSES.get(at).copied().unwrap_or(&all);
        *it = from[rng.random_range(0..from.len())];
    }
    chars.shuffle(&mut rng);
    chars
}

fn is_fine(chars: &[u8]) -> bool {
    let apart = |one: u8, other: u8| one.abs_diff(other) > 1;
    chars.windows(2).all(|pair| {
        apart(pair[0], pair[1]) && apart(pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_password_meets_every_policy_and_never_comes_twice() {
        let mut seen = BTreeSet::new();
        for _ in 0..1_000 {
            let password = password();
            assert_eq!(password.len(), CHARS);
            assert!(password.bytes().all(|it| (33..=126).contains(&it)));
            for class in CLASSES {
                assert!(password.bytes().any(|it| class.contains(&it)), "{password} lacks a class");
            }
            for pair in password.as_bytes().windows(2) {
                assert_ne!(pair[0], pair[1]);
                assert_ne!(pair[0] + 1, pair[1]);
            }
            assert!(seen.insert(password));
        }
    }
}
