//! No error, no Debug and no log holds a token, a part of one, or what a tenant answered.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, Once};

use access::Verifier;
use axum::body::Bytes;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::publisher::{Answer, Publisher};
use super::tenant::{By, Tenant};

/// What is logged, of everybody's code and at every level, by the one thread that a test runs on.
///
/// One subscriber for all tests of the process: with one a test, what a place in the code says is heard or not as
/// the others come and go.
struct Logs;

/// What each thread has logged.
static ALL: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

#[derive(Clone, Copy)]
struct Written;

impl Logs {
    fn of_everything() -> Self {
        static BEGUN: Once = Once::new();
        BEGUN.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(Written)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        Self
    }

    #[expect(clippy::unused_self, reason = "who has it has begun to listen")]
    fn text(&self) -> String {
        ALL.lock().unwrap().get(&this_thread()).cloned().unwrap_or_default()
    }
}

fn this_thread() -> String {
    format!("{:?}", std::thread::current().id())
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = ALL.lock().unwrap();
        all.entry(this_thread()).or_default().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// All that an error shows, its causes too.
async fn shown(verifier: &Verifier, token: &str) -> String {
    let error = verifier.verify(&token.into()).await.unwrap_err();
    let chain = std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
    chain.map(|it| format!("{it} {it:?} {it:#?}")).collect::<Vec<_>>().join(" ")
}

/// Tokens that are wrong in all ways there are, with `hush` in whatever they bring.
fn wrong(tenant: &Tenant) -> Vec<String> {
    let claim = |name: &str, value: Value| {
        tenant.token_with(By::Es256, |_, claims| {
            claims["hush"] = json!("hush");
            claims[name] = value;
        })
    };
    let header = |name: &str, value: Value| tenant.token_with(By::Es256, |header, _| header[name] = value);
    let (_, claims) = tenant.parts(By::Es256);
    let raw =
        |header: &str, claims: &str| tenant.sign_text(By::Es256, &[header.to_owned(), claims.to_owned()]);
    vec![
        "hush".to_owned(),
        "hush.hush.hush".to_owned(),
        "hush!.hush.hush".to_owned(),
        "hush".repeat(10_000),
        header("alg", json!("hush")),
        header("alg", json!({ "hush": "hush" })),
        header("kid", json!("hush")),
        header("kid", json!(["hush"])),
        header("typ", json!("hush")),
        header("crit", json!(["hush"])),
        claim("iss", json!("https://hush.example.com/")),
        claim("iss", json!(["hush"])),
        claim("aud", json!("hush")),
        claim("aud", json!({ "hush": "hush" })),
        claim("exp", json!("hush")),
        claim("exp", json!(1)),
        claim("nbf", json!(9_000_000_000_i64)),
        claim("sub", json!("hush hush")),
        claim("permissions", json!(["hush"])),
        raw("{\"alg\":\"ES256\",\"kid\":\"ec\",\"hush", &claims.to_string()),
        raw("{\"alg\":\"ES256\",\"kid\":\"ec\"}", "{\"hush"),
        format!("{}hush", tenant.token(By::Es256)),
    ]
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_nothing_of_it_is_shown() {
    let logs = Logs::of_everything();
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let mut all = format!("{verifier:?}");
    for token in wrong(&tenant) {
        let shown = shown(&verifier, &token).await;
        let parts = token.split('.').filter(|it| it.len() > 8);
        for part in parts {
            assert!(!shown.contains(&part[..8]) && !logs.text().contains(&part[..8]), "{part} in {shown}");
        }
        all += &shown;
    }
    assert!(verifier.verify(&tenant.token(By::Es256).into()).await.is_ok());
    assert!(!all.contains("hush"), "{all}");
    let logged = logs.text();
    assert!(logged.contains("the tenant's signing keys were read"), "something was logged");
    assert!(!logged.contains("hush"), "{logged}");
    assert!(!logged.contains("auth0|grace"), "{logged}");
}

#[tokio::test]
async fn whatever_the_tenant_answers_nothing_of_it_is_shown() {
    let logs = Logs::of_everything();
    let tenant = Tenant::start().await;
    for answer in [
        Answer::Says(500, "hush".into()),
        Answer::Says(200, "hush".into()),
        Answer::Says(200, "{\"keys\":\"hush\"}".into()),
        Answer::Says(200, "{\"keys\":[{\"kid\":\"hush\"}]}".into()),
        Answer::Says(200, vec![b'h'; 300 * 1024].into()),
        Answer::BreaksAfter(Bytes::from_static(b"hush")),
    ] {
        let publisher = Publisher::answering(answer).await;
        // Not a good place for a secret, which is one more reason not to show it.
        let url = format!("{}?key=hush", publisher.url);
        let verifier = tenant.verifier_with(|it| it.jwks_url = Some(url));
        let shown = shown(&verifier, &tenant.token(By::Es256)).await;
        assert!(!shown.contains("hush"), "{shown}");
    }
    let logged = logs.text();
    let ours: Vec<_> = logged.lines().filter(|it| it.contains(" access::")).collect();
    assert_eq!(ours.iter().filter(|it| it.contains("could not be read")).count(), 6, "{ours:#?}");
    assert!(!ours.iter().any(|it| it.contains("hush")), "{ours:#?}");
}
