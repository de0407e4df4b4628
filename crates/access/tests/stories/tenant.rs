//! A tenant that signs tokens and publishes keys, and how often it was asked for them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use access::{Verifier, jwt};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use serde_json::{Value, json};

pub(super) const AUDIENCE: &str = "https://rollcall.example.com";

/// When the stories begin.
pub(super) const BEGIN: i64 = 1_795_000_000;

/// A tenant, its keys, and a clock.
pub(super) struct Tenant {
    pub(super) issuer: String,
    published: Arc<Published>,
    clock: Arc<AtomicI64>,
    rsa: RsaKeyPair,
    ec: Mutex<EcdsaKeyPair>,
    random: SystemRandom,
}

struct Published {
    answer: Mutex<(StatusCode, Bytes)>,
    asked: AtomicUsize,
}

/// With which key a token is signed, and how.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    Rs256,
    Ps256,
    Es256,
}

impl Tenant {
    /// It publishes two keys.
    pub(super) async fn start() -> Self {
        let published = Arc::new(Published {
            answer: Mutex::new((StatusCode::OK, Bytes::new())),
            asked: AtomicUsize::new(0),
        });
        let router =
            Router::new().route("/.well-known/jwks.json", get(keys)).with_state(Arc::clone(&published));
        let listener =
            tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        let issuer = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let rsa = RsaKeyPair::from_pkcs8(include_bytes!("../keys/rsa.pk8")).unwrap();
        let tenant = Self {
            issuer,
            published,
            clock: Arc::new(AtomicI64::new(BEGIN)),
            rsa,
            ec: Mutex::new(new_key()),
            random: SystemRandom::new(),
        };
        tenant.publish(&json!({ "keys": [tenant.rsa_jwk("rsa", "RS256"), tenant.rsa_jwk("pss", "PS256"), tenant.ec_jwk("ec")] }));
        tenant
    }

    /// What believes its tokens, by the stories' clock.
    pub(super) fn verifier(&self) -> Verifier {
        self.verifier_with(|_| ())
    }

    pub(super) fn verifier_with(&self, change: impl FnOnce(&mut jwt::Config)) -> Verifier {
        let mut config = jwt::Config::new(&self.issuer, AUDIENCE);
        change(&mut config);
        let clock = Arc::clone(&self.clock);
        let now = move || DateTime::from_timestamp(clock.load(Ordering::Relaxed), 0).unwrap();
        Verifier::new(config, now).unwrap()
    }

    /// So many seconds go by.
    pub(super) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) fn publish(&self, document: &Value) {
        self.answer(StatusCode::OK, &document.to_string());
    }

    pub(super) fn answer(&self, status: StatusCode, body: &str) {
        *self.published.answer.lock().unwrap() = (status, Bytes::from(body.to_owned()));
    }

    /// How often the keys were asked for.
    pub(super) fn asked(&self) -> usize {
        self.published.asked.load(Ordering::Relaxed)
    }

    /// A new key instead of the old: nothing else is signed with it from now on.
    pub(super) fn rotate(&self, id: &str) {
        *self.ec.lock().unwrap() = new_key();
        self.publish(&json!({ "keys": [self.ec_jwk(id)] }));
    }

    pub(super) fn rsa_jwk(&self, id: &str, algorithm: &str) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let (n, e) = (URL_SAFE_NO_PAD.encode(public.n), URL_SAFE_NO_PAD.encode(public.e));
        json!({ "kty": "RSA", "use": "sig", "alg": algorithm, "kid": id, "n": n, "e": e })
    }

    pub(super) fn ec_jwk(&self, id: &str) -> Value {
        let key = self.ec.lock().unwrap();
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id, "x": x, "y": y })
    }

    /// Header and claims of a token that is good for ten minutes.
    pub(super) fn parts(&self, by: By) -> (Value, Value) {
        let (alg, kid) = match by {
            By::Rs256 => ("RS256", "rsa"),
            By::Ps256 => ("PS256", "pss"),
            By::Es256 => ("ES256", "ec"),
        };
        let claims = json!({
            "iss": self.issuer, "aud": [AUDIENCE, "https://tenant.example.com/userinfo"], "sub": "auth0|grace",
            "iat": BEGIN, "exp": BEGIN + 600, "permissions": ["viewer", "approver"],
        });
        (json!({ "alg": alg, "typ": "JWT", "kid": kid }), claims)
    }

    /// A token with these parts.
    pub(super) fn sign(&self, by: By, header: &Value, claims: &Value) -> String {
        self.sign_text(by, &[header.to_string(), claims.to_string()])
    }

    pub(super) fn sign_text(&self, by: By, parts: &[String; 2]) -> String {
        self.seal(by, &parts.each_ref().map(|it| URL_SAFE_NO_PAD.encode(it)).join("."))
    }

    /// Signs what it is given as it is spelled.
    pub(super) fn seal(&self, by: By, signed: &str) -> String {
        let mut rsa = vec![0; self.rsa.public().modulus_len()];
        let signature = match by {
            By::Es256 => {
                let signature = self.ec.lock().unwrap().sign(&self.random, signed.as_bytes()).unwrap();
                signature.as_ref().to_vec()
            }
            By::Rs256 => {
                self.rsa.sign(&RSA_PKCS1_SHA256, &self.random, signed.as_bytes(), &mut rsa).unwrap();
                rsa
            }
            By::Ps256 => {
                self.rsa.sign(&RSA_PSS_SHA256, &self.random, signed.as_bytes(), &mut rsa).unwrap();
                rsa
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good token.
    pub(super) fn token(&self, by: By) -> String {
        let (header, claims) = self.parts(by);
        self.sign(by, &header, &claims)
    }

    /// A token that is good but for what is changed in its header and its claims.
    pub(super) fn token_with(&self, by: By, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let (mut header, mut claims) = self.parts(by);
        change(&mut header, &mut claims);
        self.sign(by, &header, &claims)
    }
}

/// Why a token shows nothing, in words, with all its causes that are ours.
pub(super) async fn refusal(verifier: &Verifier, token: &str) -> String {
    match verifier.verify(&token.into()).await {
        Ok(identity) => panic!("{token} is taken for {identity:?}"),
        Err(jwt::Error::KeysUnavailable(why)) => format!("no keys: {why}"),
        Err(error) => error.to_string(),
    }
}

async fn keys(State(published): State<Arc<Published>>) -> (StatusCode, Bytes) {
    published.asked.fetch_add(1, Ordering::Relaxed);
    published.answer.lock().unwrap().clone()
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}
