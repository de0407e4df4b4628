//! Answers that are not what the API documents, of every shape: an error that names the call, no panic, and not a
//! word of what stood there.
//!
//! The seed is fixed, so that a run says something about the change at hand; `PROPTEST_RNG_SEED` and
//! `PROPTEST_CASES` look further.

use std::error::Error;
use std::sync::{Arc, Mutex};

use auth0::{CallError, Config};
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, RngSeed, TestRunner};
use serde_json::{Value, json};

use crate::asking::{Asking, everything, requests_about_roles, shown};
use crate::liar::{Liar, Raw};
use crate::world::{create, id};

/// How many answers are made up for each thing that is asked for.
const CASES: u32 = 24;

/// Every this-many-th byte is where an answer is cut.
const STEP: usize = 11;

/// Stands in every answer, and in no error.
const SOMEBODY: [&str; 4] = ["ada@", "Ada", "Lovelace", "Engines"];

/// A server that says what it was told last, and a client that asks once.
struct Puppet {
    liar: Liar,
    says: Arc<Mutex<Raw>>,
}

impl Puppet {
    async fn new() -> Self {
        let says = Arc::new(Mutex::new(Raw::answer(200, "", "")));
        let told = Arc::clone(&says);
        let once = |it| Config { max_retries: 0, ..it };
        Self { liar: Liar::with(move |_| told.lock().unwrap().clone(), once).await, says }
    }

    /// What comes of asking when this is the answer.
    async fn asked(&self, asking: &Asking, answer: Raw) -> Result<(), String> {
        *self.says.lock().unwrap() = answer;
        let error = asking.ask(&self.liar.client).await.err();
        error.map_or(Ok(()), |it| Err(checked(asking, it.as_ref())))
    }

    async fn told(&self, asking: &Asking, body: &[u8]) -> Result<(), String> {
        self.asked(asking, Raw::answer(200, "content-type: application/json\r\n", body)).await
    }
}

/// An error must name the call and show nothing of anybody.
fn checked(asking: &Asking, error: &dyn Error) -> String {
    let text = shown(error);
    assert!(text.contains(asking.name), "{} is not named in\n{text}", asking.name);
    for secret in SOMEBODY.iter().chain(&["eyJ-liars-token", "hush-hush"]) {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    text
}

/// Asks for everything side by side, each with a server of its own.
async fn for_everything(test: impl AsyncFn(Asking, Puppet)) {
    join_all(everything().into_iter().map(async |it| test(it, Puppet::new().await).await)).await;
}

#[tokio::test]
async fn what_is_documented_is_taken() {
    for_everything(async |asking, puppet| {
        let taken = puppet.told(&asking, asking.text().as_bytes()).await;
        assert_eq!(taken, Ok(()), "{}", asking.name);
    })
    .await;
}

#[tokio::test]
async fn every_place_with_every_wrong_type_is_an_error_or_taken_and_never_a_panic() {
    let wrong = [
        "null",
        "true",
        "-1",
        "1.5",
        "1e400",
        "99999999999999999999999",
        "\"\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"text\"",
        "[]",
        "[null]",
        "{}",
        "{\"a\":[]}",
        "[[[[]]]]",
    ];
    for_everything(async |asking, puppet| {
        for place in places(&asking.answer) {
            for wrong in wrong {
                let body = with(&asking.answer, &place, wrong);
                let _error_or_taken = puppet.told(&asking, body.as_bytes()).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_no_json_of_the_right_shape_is_an_error() {
    let deep = "[".repeat(100_000);
    let nested = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let wrong: [&[u8]; 11] = [
        b"<html><body>Please log in, Ada</body></html>",
        b"\n\n  <!DOCTYPE html>",
        b"{\"users\":",
        b"{\"access_token\":\"eyJ-liars-token\"}trailing",
        b"{\"statusCode\":500,\"error\":\"Internal Server Error\",\"message\":\"Ada Lovelace\"}",
        b"{\"error\":\"access_denied\",\"error_description\":\"Ada\"}",
        b"{\"errorCode\":\"x\"}",
        b"\xff\xfe\x00Ada",
        b"{\"a\":1",
        b"\x1f\x8b\x08",
        deep.as_bytes(),
    ];
    // Nobody looks into it where nothing is needed but that it was done.
    let unread: [&[u8]; 2] = [nested.as_bytes(), b"{\"user_id\":\"\xff\xff\",\"email\":\"ada@example.com\"}"];
    for_everything(async |asking, puppet| {
        for body in wrong {
            // What Auth0 says after a mail is a sentence, and has no shape to be told apart by.
            if asking.is_sentence() && !b"{<".contains(&body.trim_ascii_start()[0]) {
                continue;
            }
            assert!(
                puppet.told(&asking, body).await.is_err(),
                "{}: {:?}",
                asking.name,
                body.first_chunk::<20>()
            );
        }
        for body in unread {
            assert_eq!(
                puppet.told(&asking, body).await.is_ok(),
                asking.only_needs_success(),
                "{}",
                asking.name
            );
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_where_something_is_expected_is_an_error_and_the_reverse_is_taken() {
    for_everything(async |asking, puppet| {
        let nothing_will_do = asking.only_needs_success() || asking.is_sentence();
        let empty = puppet.asked(&asking, Raw::bytes("HTTP/1.1 204 No Content\r\n\r\n")).await;
        assert_eq!(empty.is_ok(), nothing_will_do, "{}: {empty:?}", asking.name);
        if asking.only_needs_success() {
            assert_eq!(puppet.told(&asking, b"{\"id\":\"job_1\"}").await, Ok(()), "{}", asking.name);
        }
    })
    .await;
}

#[tokio::test]
async fn what_counts_is_the_body_and_not_what_it_is_called() {
    for_everything(async |asking, puppet| {
        for kind in ["text/html", "application/octet-stream", "image/png", "\u{1}"] {
            let headers = format!("content-type: {kind}\r\n");
            let taken = puppet.asked(&asking, Raw::answer(200, &headers, asking.text())).await;
            assert!(taken.is_ok() || kind == "\u{1}", "{}: {taken:?}", asking.name);
        }
    })
    .await;
}

#[tokio::test]
async fn answers_that_break_off_anywhere_are_errors() {
    for_everything(async |asking, puppet| {
        let body = asking.text();
        for end in (0..body.len()).step_by(STEP) {
            let cut = &body.as_bytes()[..end];
            let may_be = asking.is_sentence() || (end == 0 && asking.only_needs_success());
            assert!(puppet.told(&asking, cut).await.is_err() || may_be, "{}: {end}", asking.name);
            let whole = Raw::answer(200, "", &body).bytes;
            let cut_off = Raw::bytes(&whole[..whole.len() - body.len() + end]);
            assert!(puppet.asked(&asking, cut_off).await.is_err(), "{}: {end}", asking.name);
        }
    })
    .await;
}

#[test]
fn bytes_at_random_and_answers_with_bytes_changed_are_errors_or_taken_and_never_a_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for asking in everything() {
        let puppet = runtime.block_on(Puppet::new());
        let whole = asking.text().into_bytes();
        TestRunner::new(cases())
            .run(&bodies(whole), |body| {
                let _error_or_taken = runtime.block_on(puppet.told(&asking, &body));
                Ok(())
            })
            .unwrap_or_else(|it| panic!("{}: {it}", asking.name));
    }
}

#[tokio::test]
async fn roles_that_are_nonsense_send_nothing() {
    for request in requests_about_roles() {
        let puppet = Puppet::new().await;
        *puppet.says.lock().unwrap() = Raw::answer(200, "", "{\"roles\":[{\"id\":7}],\"total\":1}");
        let error = puppet.liar.client.carry_out(&request, "x", &|| true).await.unwrap_err();
        assert!(matches!(error, CallError::Transient(auth0::Error::Unreadable { .. })), "{error:?}");
        assert_eq!(puppet.liar.asked(), 1, "the roles, and nothing after them");
    }
}

#[tokio::test]
async fn an_error_shows_nothing_of_what_a_server_echoes() {
    for status in [400, 401, 403, 404, 409, 418, 429, 500, 503] {
        let liar = Liar::with(
            move |it| {
                let body = json!({ "statusCode": status, "message": it.text, "errorCode": it.text, "error": it.text });
                Raw::answer(status, "", body.to_string())
            },
            |it| Config { max_retries: 0, ..it },
        )
        .await;
        let mut texts = vec![
            shown(&liar.client.users_by_email("ada@example.com").await.unwrap_err()),
            shown(&liar.client.carry_out(&create("ada@example.com"), "x", &|| true).await.unwrap_err()),
        ];
        for asking in everything() {
            texts.push(checked(&asking, asking.ask(&liar.client).await.unwrap_err().as_ref()));
        }
        for text in &texts {
            for secret in SOMEBODY.iter().chain(&["eyJ-liars-token", "hush-hush", "password\":\""]) {
                assert!(!text.contains(secret), "{status}: {secret} is in\n{text}");
            }
            assert!(!text.chars().any(|it| it.is_control() && it != '\n'), "{text:?}");
        }
    }
}

#[tokio::test]
async fn a_token_endpoint_that_echoes_shows_no_secret() {
    for status in [400, 401, 403, 500] {
        let echo = move |it: &crate::liar::Heard| {
            Raw::answer(status, "", json!({ "error": it.text, "error_description": it.text }).to_string())
        };
        let liar = Liar::about_everything(echo, |it| Config { max_retries: 0, ..it }).await;
        let text = shown(&liar.client.user(&id("auth0|1")).await.unwrap_err());
        assert!(!text.contains("hush-hush"), "{text}");
    }
}

fn cases() -> Cases {
    let default = Cases::default();
    let seed = match default.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20_261_123),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(CASES);
    Cases { cases, rng_seed: seed, failure_persistence: None, ..default }
}

/// Anything at all, and the whole answer with a piece of it changed.
fn bodies(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..8),
        Just(b"\"".to_vec()),
        Just(b"{".to_vec()),
        Just(b"]".to_vec()),
        Just(b"\0".to_vec()),
        Just(b"\\ud800".to_vec()),
        Just(b"1e400".to_vec()),
        Just(b"-99999999999999999999".to_vec()),
        Just("\u{feff}".as_bytes().to_vec()),
    ];
    let changed = (any::<prop::sample::Index>(), 0..12_usize, pieces).prop_map(move |(at, cut, piece)| {
        let at = at.index(whole.len() + 1);
        let end = (at + cut).min(whole.len());
        [&whole[..at], &piece, &whole[end..]].concat()
    });
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 0..64), 5 => changed]
}

/// The pointers to everything in a document, itself included.
fn places(document: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let inner: Vec<(String, &Value)> = match document {
        Value::Array(items) => items.iter().enumerate().map(|(at, it)| (at.to_string(), it)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, it) in inner {
        found.extend(places(it).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}

/// The document's text with something else in one place, which need not be JSON.
fn with(document: &Value, place: &str, other: &str) -> String {
    const MARK: &str = "\"the-place\"";
    let mut changed = document.clone();
    *changed.pointer_mut(place).unwrap() = json!("the-place");
    changed.to_string().replacen(MARK, other, 1)
}
