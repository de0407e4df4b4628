//! The outside of a token: three parts of base64, of which the last signs the other two.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::jwt::claims::Claims;
use crate::jwt::error::Error;
use crate::jwt::key::Key;

/// The longest token that is looked at: twice what servers take as a header.
const LONGEST: usize = 16 * 1024;

/// A token whose claims nobody has seen yet: [`Self::open`] is the only way to them.
pub(crate) struct Jws<'a> {
    algorithm: String,
    key_id: String,
    /// Header and claims as they came, which is what was signed.
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

/// What is read of a header. Everything else in one, such as a key or where to get one (`jwk`, `jku`, `x5u`), is
/// the word of whoever made the token, and is not followed.
#[derive(Deserialize)]
struct Header {
    alg: Option<String>,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart.
    pub(crate) fn read(token: &'a str) -> Result<Self, Error> {
        if token.len() > LONGEST {
            return Err(Error::Malformed("it is too long"));
        }
        let not_three = Error::Malformed("it has not three parts");
        let Some((signed, signature)) = token.rsplit_once('.') else { return Err(not_three) };
        let Some((header, claims)) = signed.split_once('.') else { return Err(not_three) };
        if claims.contains('.') {
            return Err(not_three);
        }
        let Header { alg, kid, typ, crit } = Header::read(&decode(header)?)?;
        if crit.is_some() {
            return Err(Error::Malformed("its header asks for an extension that is not known here"));
        }
        if !typ.is_none_or(|it| is_type(&it)) {
            return Err(Error::Malformed("its header says that it is something else"));
        }
        Ok(Self {
            algorithm: alg.ok_or(Error::Malformed("its header names no algorithm"))?,
            key_id: kid.ok_or(Error::Malformed("its header names no key"))?,
            signed,
            claims,
            signature: decode(signature)?,
        })
    }

    /// What the token says that it was signed with.
    pub(crate) fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The key that the token says it was signed with.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The claims, if the key signed them.
    pub(crate) fn open(self, key: &Key) -> Result<Claims, Error> {
        key.verify(self.signed.as_bytes(), &self.signature)?;
        Claims::read(&decode(self.claims)?)
    }
}

impl Header {
    fn read(json: &[u8]) -> Result<Self, Error> {
        let no_header = Error::Malformed("its header is no header");
        // A list of values without their names would be read as well.
        if !json.trim_ascii_start().starts_with(b"{") {
            return Err(no_header);
        }
        // Nothing of the text of this error: it quotes what it read.
        serde_json::from_slice(json).map_err(|_| no_header)
    }
}

/// What Auth0 writes, in either of its two profiles. Media types have no case, and may leave `application/` out.
fn is_type(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    matches!(text.strip_prefix("application/").unwrap_or(&text), "jwt" | "at+jwt")
}

/// Strict: no padding, no other alphabet, no loose bits, so that a token has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Malformed("a part of it is no base64"))
}
