//! A tenant that signs access tokens, and publishes its keys.

use std::net::{Ipv4Addr, SocketAddr};

use access::{RoleClaim, Verifier, jwt};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

pub(in crate::service) const AUDIENCE: &str = "https://rollcall.example.com";
const KEY_ID: &str = "key-1";

/// It, and its key.
pub(in crate::service) struct Issuer {
    url: String,
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Issuer {
    /// Publishes a new key on this machine, as long as the runtime of the test lives.
    pub(in crate::service) async fn start() -> Self {
        let key = new_key();
        let point = key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let keys = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        }]});
        let router =
            Router::new().route("/.well-known/jwks.json", get(move || async move { Json(keys.clone()) }));
        let listener =
            tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, key, random: SystemRandom::new() }
    }

    /// What believes its tokens.
    pub(in crate::service) fn verifier(&self) -> Verifier {
        let config = jwt::Config { roles: RoleClaim::default(), ..jwt::Config::new(&self.url, AUDIENCE) };
        Verifier::new(config, Utc::now).unwrap()
    }

    /// A token that is good for ten minutes, as the changes leave it.
    pub(in crate::service) fn token(
        &self,
        permission: &str,
        change: impl FnOnce(&mut Value, &mut Value),
    ) -> String {
        let now = Utc::now().timestamp();
        let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": KEY_ID });
        let mut claims = json!({
            "iss": self.url, "aud": AUDIENCE, "sub": "auth0|grace", "iat": now, "exp": now + 600,
            "permissions": [permission],
        });
        change(&mut header, &mut claims);
        let signed = [&header, &claims].map(|it| URL_SAFE_NO_PAD.encode(it.to_string())).join(".");
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}
