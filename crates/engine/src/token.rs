//! Tokens by which people, schedules and other systems say who they are.

use chrono::{DateTime, Utc};
use diff::Approver;
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{Act, NewToken, StoredToken, TokenRole};

use crate::Engine;
use crate::audit::About;

/// What every token begins with, so that one that got into a log or a repository is found by its looks.
const PREFIX: &str = "rct_";
/// 43 characters of 62 are 256 bits.
const CHARS: usize = 43;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a token shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody was given it.
    #[error("the token is not known here")]
    Unknown,
    /// Its time is over.
    #[error("the token of {name} has expired on {}", at.format("%Y-%m-%d at %H:%M UTC"))]
    Expired {
        /// Whose it was.
        name: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It was taken away.
    #[error("the token of {name} was revoked on {}", at.format("%Y-%m-%d at %H:%M UTC"))]
    Revoked {
        /// Whose it was.
        name: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Its holder may not do this.
    #[error("the token of {name} has the role {role}, and this needs {}", act.roles())]
    TooWeak {
        /// Whose it is.
        name: String,
        /// What it has.
        role: TokenRole,
        /// What was to be done.
        act: Act,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Engine {
    /// Makes a token. It is given out here and nowhere else: only its hash is kept.
    ///
    /// # Errors
    /// A token of that name is in use.
    pub async fn create_token(&self, token: &NewToken, by: &Approver) -> Result<SecretString, store::Error> {
        let secret = draw();
        self.store.create_token(token, &hash(&secret), by, self.now()).await?;
        let NewToken { name, role, expires_at } = token;
        let body = json!({ "token": name.as_str(), "role": role, "expires_at": expires_at });
        self.record(by, "token_created", About::default().with(body)).await?;
        Ok(secret)
    }

    /// Makes the token of that name worth nothing.
    ///
    /// # Errors
    /// No token of that name is in use.
    pub async fn revoke_token(&self, name: &str, by: &Approver) -> Result<StoredToken, store::Error> {
        let token = self.store.revoke_token(name, self.now()).await?;
        let body = json!({ "token": name, "role": token.role });
        self.record(by, "token_revoked", About::default().with(body)).await?;
        Ok(token)
    }

    /// Who holds the token, and in which role. `seen` is who the person seems to be without it; by that name a
    /// refusal is recorded.
    ///
    /// # Errors
    /// A token that is unknown, expired or revoked.
    pub async fn holder(&self, secret: &SecretString, seen: &Approver) -> Result<Holder, TokenError> {
        let token = self.store.show_token(&hash(secret), self.now()).await?;
        let name = token.as_ref().map(|it| it.name.clone());
        match holder(token, self.now()) {
            Ok(holder) => Ok(holder),
            Err(refused) => Err(self.refused(name.as_deref(), refused, seen).await?),
        }
    }

    /// Who shows the token, if its role may do this. `seen` is who the person seems to be without it; by
    /// that name a refusal is recorded.
    ///
    /// # Errors
    /// A token that is unknown, expired, revoked or too weak.
    pub async fn identify(
        &self,
        secret: &SecretString,
        act: Act,
        seen: &Approver,
    ) -> Result<Approver, TokenError> {
        let Holder { name, role } = self.holder(secret, seen).await?;
        if role.may(act) {
            return Ok(Approver::Verified { name });
        }
        let too_weak = TokenError::TooWeak { name: name.clone(), role, act };
        Err(self.refused(Some(&name), too_weak, seen).await?)
    }

    /// Records the refusal, and gives it back.
    async fn refused(
        &self,
        name: Option<&str>,
        why: TokenError,
        seen: &Approver,
    ) -> Result<TokenError, store::Error> {
        let body = json!({ "token": name, "reason": why.to_string() });
        self.record(seen, "token_refused", About::default().with(body)).await?;
        tracing::info!(token = name, reason = %why, "token refused");
        Ok(why)
    }
}

/// Who holds a token that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name by which the holder approves.
    pub name: String,
    /// What the holder may do.
    pub role: TokenRole,
}

fn holder(token: Option<StoredToken>, now: DateTime<Utc>) -> Result<Holder, TokenError> {
    let token = token.ok_or(TokenError::Unknown)?;
    let expired = token.expires_at.filter(|_| token.is_expired(now));
    let StoredToken { name, role, revoked_at, .. } = token;
    match (revoked_at, expired) {
        (Some(at), _) => Err(TokenError::Revoked { name, at }),
        (None, Some(at)) => Err(TokenError::Expired { name, at }),
        (None, None) => Ok(Holder { name, role }),
    }
}

fn draw() -> SecretString {
    let mut rng = rand::rng();
    let mut token = String::with_capacity(PREFIX.len() + CHARS);
    token.push_str(PREFIX);
    token.extend((0..CHARS).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])));
    token.into()
}

/// A token is as random as a key, so a plain hash keeps it: there is nothing to guess.
fn hash(secret: &SecretString) -> String {
    let digest = Sha256::digest(secret.expose_secret().trim());
    digest.iter().flat_map(|it| [it >> 4, it & 15]).filter_map(|it| char::from_digit(it.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_looks_and_is_another_every_time() {
        let (one, other) = (draw(), draw());
        assert_ne!(one.expose_secret(), other.expose_secret());
        let drawn = one.expose_secret();
        assert!(drawn.starts_with("rct_") && drawn.len() == 47, "it has the length of 256 bits");
        assert!(62_f64.log2() * 43.0 >= 256.0);
        assert_eq!(
            hash(&"rct_abc\n".to_owned().into()),
            "c3fc937d8e9fcfe31196479c7bcede2ff13a3aedcb4b9f0e7d591702d9f312f5",
            "the hash of the token alone, without the line end of a file"
        );
    }
}
