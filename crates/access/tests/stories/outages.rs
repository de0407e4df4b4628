//! A tenant that does not answer, or answers with something else than keys.

use std::io::Write as _;
use std::time::Duration;

use access::jwt::{Config, ConfigError, Error, FetchError};
use access::{Identity, Verifier};
use axum::body::Bytes;
use chrono::DateTime;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use serde_json::json;

use super::publisher::{Answer, Publisher, in_time};
use super::tenant::{AUDIENCE, BEGIN, By, Tenant, refusal};

/// The longest answer that is read.
const LONGEST: usize = 256 * 1024;

/// A verifier that takes its keys from there.
fn asking(tenant: &Tenant, url: &str) -> Verifier {
    tenant.verifier_with(|it| it.jwks_url = Some(url.to_owned()))
}

fn lasting(tenant: &Tenant, id: &str) -> String {
    tenant.token_with(By::Es256, |header, claims| {
        header["kid"] = json!(id);
        claims["exp"] = json!(BEGIN + 10_000_000);
    })
}

fn good_keys(tenant: &Tenant) -> String {
    json!({ "keys": [tenant.ec_jwk("ec")] }).to_string()
}

/// Keys with space after them, so that they are of that length.
fn keys_of_length(tenant: &Tenant, length: usize) -> Bytes {
    let keys = good_keys(tenant);
    let space = " ".repeat(length - keys.len());
    (keys + &space).into()
}

fn packed(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap().into()
}

#[tokio::test]
async fn an_answer_that_is_no_list_of_keys_says_what_it_was() {
    let tenant = Tenant::start().await;
    let elsewhere = Publisher::answering(Answer::Says(200, good_keys(&tenant).into())).await;
    let keys = good_keys(&tenant);
    let no_list =
        |line, column| format!("no keys: the answer is no list of keys (line {line}, column {column})");
    let none = |listed| format!("no keys: the answer lists {listed} keys, and none that signs tokens");
    let too_long = || format!("no keys: the answer is longer than {LONGEST} bytes");
    let status = |it| format!("no keys: the tenant answered with status {it}");
    let says = |it: &str| Answer::Says(200, Bytes::copy_from_slice(it.as_bytes()));
    let redirect = |it| Answer::With(it, "location", elsewhere.url.clone(), Bytes::new());
    let deep = format!("{{\"keys\":{}", "[".repeat(100_000));
    for (answer, why) in [
        (says(""), no_list(1, 0)),
        (says("no JSON"), no_list(1, 2)),
        (says("<html>\n<p>503</p>\n</html>"), no_list(1, 1)),
        (says("null"), no_list(1, 4)),
        (says("{}"), no_list(1, 2)),
        (says("{\"keys\":{}}"), no_list(1, 8)),
        (says(&format!("{keys}{keys}")), no_list(1, keys.len() + 1)),
        (says(&keys[..keys.len() - 1]), no_list(1, keys.len() - 1)),
        (says(&deep), no_list(1, 135)),
        (Answer::Says(200, Bytes::from_static(&[0xff, 0xfe, 0])), no_list(1, 1)),
        (Answer::Says(204, Bytes::new()), no_list(1, 0)),
        (says("{\"keys\":[]}"), none(0)),
        (says("{\"keys\":[{}, 7, null]}"), none(3)),
        (Answer::Says(500, keys.clone().into()), status(500)),
        (Answer::Says(404, keys.clone().into()), status(404)),
        (Answer::Says(429, keys.clone().into()), status(429)),
        (redirect(301), status(301)),
        (redirect(302), status(302)),
        (redirect(303), status(303)),
        (redirect(307), status(307)),
        (redirect(308), status(308)),
        (Answer::Says(200, keys_of_length(&tenant, LONGEST + 1)), too_long()),
        (Answer::Pieces(vec![Bytes::from(" ".repeat(1000)); 300]), too_long()),
        (
            Answer::With(200, "content-encoding", "gzip".to_owned(), packed(&vec![b' '; 4_000_000])),
            too_long(),
        ),
    ] {
        let shown = format!("{answer:.80?}");
        let publisher = Publisher::answering(answer).await;
        let said = refusal(&asking(&tenant, &publisher.url), &tenant.token(By::Es256)).await;
        assert_eq!(said, why, "{shown:.200}");
        assert_eq!(publisher.asked(), 1);
    }
    assert_eq!(elsewhere.asked(), 0, "nobody says where else keys would be");
}

#[tokio::test]
async fn a_list_of_keys_may_be_long_and_packed_and_in_pieces() {
    let tenant = Tenant::start().await;
    let longest = keys_of_length(&tenant, LONGEST);
    for answer in [
        Answer::Says(200, longest.clone()),
        Answer::Pieces(longest.chunks(999).map(Bytes::copy_from_slice).collect()),
        Answer::With(200, "content-encoding", "gzip".to_owned(), packed(&longest)),
        Answer::With(200, "content-type", "text/html".to_owned(), longest.clone()),
        Answer::Says(203, longest.clone()),
    ] {
        let publisher = Publisher::answering(answer).await;
        let verified = asking(&tenant, &publisher.url).verify(&tenant.token(By::Es256).into()).await;
        assert!(verified.is_ok(), "{verified:?}");
    }
}

#[tokio::test]
async fn a_tenant_that_says_nothing_or_not_all_of_it_did_not_answer() {
    let tenant = Tenant::start().await;
    let half = Bytes::from(good_keys(&tenant)[..20].to_owned());
    let garbage = Answer::With(200, "content-encoding", "gzip".to_owned(), "not packed".into());
    let mut urls = vec!["http://127.0.0.1:1/nobody/is/here".to_owned()];
    for answer in [Answer::Silence, Answer::BreaksAfter(Bytes::new()), Answer::BreaksAfter(half), garbage] {
        urls.push(Publisher::answering(answer).await.url);
    }
    for url in urls {
        let verifier = tenant.verifier_with(|it| {
            it.jwks_url = Some(url.clone());
            // The silent one is silent for ever.
            it.request_timeout = Duration::from_millis(if url.ends_with("here") { 5000 } else { 100 });
        });
        let identity: Result<Identity, Error> =
            in_time(verifier.verify(&tenant.token(By::Es256).into())).await;
        match identity {
            Err(Error::KeysUnavailable(why)) => {
                assert!(matches!(*why, FetchError::Unanswered(_)), "{url}: {why:?}");
            }
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_tenant_that_is_down_is_asked_once_by_however_many_and_again_after_a_while() {
    let tenant = Tenant::start().await;
    let publisher = Publisher::answering(Answer::Says(503, Bytes::new())).await;
    let verifier = asking(&tenant, &publisher.url);
    let token = lasting(&tenant, "ec");
    for (seconds, asked) in [(0, 1), (29, 1), (1, 2)] {
        tenant.pass(seconds);
        for said in join_all((0..50).map(|_| refusal(&verifier, &token))).await {
            assert_eq!(said, "no keys: the tenant answered with status 503");
        }
        assert_eq!(publisher.asked(), asked);
    }
    publisher.answer(Answer::Says(200, good_keys(&tenant).into()));
    tenant.pass(29);
    assert!(refusal(&verifier, &token).await.starts_with("no keys"), "the answer is as it was");
    tenant.pass(1);
    assert!(verifier.verify(&token.into()).await.is_ok());
    assert_eq!(publisher.asked(), 3);
}

#[tokio::test]
async fn keys_that_are_held_are_good_until_they_are_dead_to_the_second() {
    let tenant = Tenant::start().await;
    let publisher = Publisher::answering(Answer::Says(200, good_keys(&tenant).into())).await;
    let verifier = asking(&tenant, &publisher.url);
    let (held, unknown) = (lasting(&tenant, "ec"), lasting(&tenant, "next"));
    assert!(verifier.verify(&held.as_str().into()).await.is_ok());
    let mut asked = 1;
    // A list without a key that can be used does not take the keys away: it may be as wrong as no answer.
    for answer in [
        Answer::Says(500, Bytes::new()),
        Answer::Says(200, "{\"keys\":[]}".into()),
        Answer::Says(200, "no JSON".into()),
        Answer::With(302, "location", "https://tenant.example.com/".to_owned(), Bytes::new()),
        Answer::Says(200, vec![b' '; LONGEST + 1].into()),
    ] {
        publisher.answer(answer);
        tenant.pass(3600);
        assert!(verifier.verify(&held.as_str().into()).await.is_ok());
        asked += 1;
        publisher.was_asked(asked).await;
        // Whoever needs a new key has to wait for it, and is told that this is not for the token.
        assert!(refusal(&verifier, &unknown).await.starts_with("no keys: "));
        assert_eq!(publisher.asked(), asked);
    }
    publisher.answer(Answer::Says(500, Bytes::new()));
    tenant.pass(86_399 - 5 * 3600);
    assert!(verifier.verify(&held.as_str().into()).await.is_ok());
    tenant.pass(1);
    assert_eq!(refusal(&verifier, &held).await, "no keys: the tenant answered with status 500");
    publisher.answer(Answer::Says(200, good_keys(&tenant).into()));
    tenant.pass(30);
    assert!(verifier.verify(&held.into()).await.is_ok());
    assert_eq!(
        refusal(&verifier, &unknown).await,
        "the token is signed with a key that the tenant does not publish"
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_is_no_fault_of_its_holder() {
    let tenant = Tenant::start().await;
    let publisher = Publisher::answering(Answer::Says(500, Bytes::new())).await;
    let verifier = asking(&tenant, &publisher.url);
    let error = verifier.verify(&tenant.token(By::Es256).into()).await.unwrap_err();
    assert!(error.is_ours());
    assert_eq!(error.to_string(), "the signing keys of the tenant are not available");
    // What is wrong whatever the keys are is told all the same.
    let none = tenant.token_with(By::Es256, |header, _| header["alg"] = json!("none"));
    assert!(!verifier.verify(&none.into()).await.unwrap_err().is_ours());
}

#[test]
fn keys_come_encrypted_or_from_this_machine() {
    let from = |issuer: &str, url: Option<&str>| {
        let config = Config { jwks_url: url.map(ToOwned::to_owned), ..Config::new(issuer, AUDIENCE) };
        Verifier::new(config, || DateTime::from_timestamp(BEGIN, 0).unwrap())
    };
    let issuer = "https://tenant.eu.auth0.com/";
    for loopback in ["http://127.0.0.1:3000/", "http://127.8.9.1/", "http://[::1]:3000/", "http://localhost/"]
    {
        assert!(from(loopback, None).is_ok(), "{loopback}");
        assert!(from(issuer, Some(loopback)).is_ok(), "{loopback}");
    }
    for elsewhere in [
        "http://tenant.eu.auth0.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://0.0.0.0/",
        "http://192.168.0.1/",
        "http://169.254.169.254/",
        "http://[::]/",
        "http://[::ffff:192.0.2.1]/",
        "http://[fe80::1]/",
        "file:///etc/hosts",
        "data:application/json,{}",
    ] {
        assert!(matches!(from(elsewhere, None), Err(ConfigError::Issuer(_))), "{elsewhere}");
        assert!(matches!(from(issuer, Some(elsewhere)), Err(ConfigError::JwksUrl(_))), "{elsewhere}");
    }
}
