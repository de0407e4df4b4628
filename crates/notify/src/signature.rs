//! Shows the receiver of a JSON webhook that a notice comes from here, and from now.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// Seconds since 1970, at which the request was signed: an old request shows itself.
pub(crate) const TIMESTAMP: &str = "Rollcall-Timestamp";
/// `sha256=` and 64 hex digits.
pub(crate) const SIGNATURE: &str = "Rollcall-Signature";

/// HMAC-SHA256, under the secret, of the timestamp as it stands in its header, a dot, and the body to the byte.
pub(crate) fn sign(secret: &SecretString, timestamp: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("a key of any length is one")
        .chain_update(timestamp)
        .chain_update(".")
        .chain_update(body);
    let digest = mac.finalize().into_bytes();
    let digits = digest.iter().flat_map(|it| [it >> 4, it & 15]);
    format!("sha256={}", digits.filter_map(|it| char::from_digit(it.into(), 16)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac hush`.
    #[test]
    fn another_program_computes_the_same() {
        assert_eq!(
            sign(&"hush".into(), "1700000000", br#"{"a":1}"#),
            "sha256=7cfd1df542c33ab7251748ffdc6e7fed278c63b83d4ece95a4534b0ad465571b"
        );
    }
}
