//! The keys that a tenant publishes, as far as tokens can be signed with them.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use crate::jwt::algorithm::Algorithm;
use crate::jwt::error::{Error, FetchError};

/// RSA from 2048 to 8192 bits, which is what `ring` takes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
/// Exponents are 65537 nearly always; `ring` takes up to 33 bits.
const EXPONENT_BYTES: std::ops::RangeInclusive<usize> = 1..=5;
/// A coordinate on the curve P-256.
const COORDINATE_BYTES: usize = 32;

/// A public key, and the one algorithm that it is for.
pub(crate) struct Key {
    id: String,
    public: Public,
}

/// The algorithm is in the key, so that a token cannot choose what is done with it.
enum Public {
    Rs256(RsaPublicKeyComponents<Vec<u8>>),
    Ps256(RsaPublicKeyComponents<Vec<u8>>),
    Es256(UnparsedPublicKey<Vec<u8>>),
}

/// The keys of one answer; there is one at least.
pub(crate) struct KeySet(Vec<Arc<Key>>);

#[derive(Deserialize)]
struct Listed {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads an answer. A key that cannot be used is left out: tenants may publish others for other ends.
    pub(crate) fn read(body: &[u8]) -> Result<Self, FetchError> {
        let listed: Listed = serde_json::from_slice(body)
            .map_err(|it| FetchError::Garbled { line: it.line(), column: it.column() })?;
        let keys: Vec<_> = listed.keys.iter().filter_map(|it| Key::read(it).map(Arc::new)).collect();
        if keys.is_empty() {
            return Err(FetchError::NoKeys { listed: listed.keys.len() });
        }
        Ok(Self(keys))
    }

    /// The key of that id, if it is for that algorithm; none where there is no such key at all.
    pub(crate) fn find(&self, id: &str, algorithm: Algorithm) -> Option<Result<Arc<Key>, Error>> {
        let mut named = self.0.iter().filter(|it| it.id == id).peekable();
        named.peek()?;
        let fitting = named.find(|it| it.algorithm() == algorithm);
        Some(fitting.map(Arc::clone).ok_or(Error::AlgorithmNotAllowed))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Key {
    fn read(json: &Value) -> Option<Self> {
        let jwk = Jwk::deserialize(json).ok()?;
        let for_signatures = jwk.purpose.as_deref().is_none_or(|it| it == "sig")
            && jwk.key_ops.as_ref().is_none_or(|it| it.iter().any(|it| it == "verify"));
        if !for_signatures || jwk.kid.is_empty() {
            return None;
        }
        // A key that names no algorithm is for the common one of its kind, and never for two.
        let public = match (jwk.kty.as_str(), jwk.alg.as_deref()) {
            ("RSA", Some("RS256") | None) => Public::Rs256(rsa(&jwk)?),
            ("RSA", Some("PS256")) => Public::Ps256(rsa(&jwk)?),
            ("EC", Some("ES256") | None) if jwk.crv.as_deref() == Some("P-256") => Public::Es256(p256(&jwk)?),
            _ => return None,
        };
        Some(Self { id: jwk.kid, public })
    }

    fn algorithm(&self) -> Algorithm {
        match &self.public {
            Public::Rs256(_) => Algorithm::Rs256,
            Public::Ps256(_) => Algorithm::Ps256,
            Public::Es256(_) => Algorithm::Es256,
        }
    }

    /// Whether this key made the signature.
    pub(crate) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verified = match &self.public {
            Public::Rs256(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature),
            Public::Ps256(key) => key.verify(&RSA_PSS_2048_8192_SHA256, signed, signature),
            Public::Es256(key) => key.verify(signed, signature),
        };
        verified.map_err(|_| Error::BadSignature)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

fn rsa(jwk: &Jwk) -> Option<RsaPublicKeyComponents<Vec<u8>>> {
    let n = number(jwk.n.as_deref()?).filter(|it| RSA_BYTES.contains(&it.len()))?;
    let e = number(jwk.e.as_deref()?).filter(|it| EXPONENT_BYTES.contains(&it.len()))?;
    Some(RsaPublicKeyComponents { n, e })
}

fn p256(jwk: &Jwk) -> Option<UnparsedPublicKey<Vec<u8>>> {
    let mut point = vec![4]; // both coordinates follow
    for coordinate in [&jwk.x, &jwk.y] {
        let bytes = decode(coordinate.as_deref()?).filter(|it| it.len() == COORDINATE_BYTES)?;
        point.extend(bytes);
    }
    Some(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point))
}

/// A number has no zeros before it.
fn number(text: &str) -> Option<Vec<u8>> {
    decode(text).filter(|it| it.first().is_some_and(|it| *it != 0))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
