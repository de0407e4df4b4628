//! Webhooks as a sender signs them that knows nothing of our code, and as others send them.

use std::collections::BTreeSet;
use std::time::Duration;

use access::Webhooks;
use access::signature::{Error, Headers, SIGNATURE, SecretsError, TIMESTAMP};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use ring::hmac;

const NOW: i64 = 1_800_000_000;
const OLD: &str = "the-hush-hush-secret-of-last-year";
const NEW: &str = "the-hush-hush-secret-of-this-year";
const OTHER: &str = "the-hush-hush-secret-of-the-others";
const BODY: &str = r#"{"employee":"E1"}"#;

/// What somebody sends.
#[derive(Clone)]
struct Request {
    timestamp: String,
    signature: String,
    body: String,
}

impl Request {
    fn signed(secret: &str, timestamp: i64, body: &str) -> Self {
        let timestamp = timestamp.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let code = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
        let signature = code.as_ref().iter().fold("sha256=".to_owned(), |text, it| format!("{text}{it:02x}"));
        Self { timestamp, signature, body: body.to_owned() }
    }

    fn comes_to(&self, webhooks: &Webhooks, now: DateTime<Utc>) -> Result<(), Error> {
        let headers = Headers { timestamp: Some(&self.timestamp), signature: Some(&self.signature) };
        webhooks.accept(headers, self.body.as_bytes(), now)
    }
}

fn knowing(secrets: &[&str]) -> Webhooks {
    Webhooks::new(secrets.iter().map(|it| (*it).into()).collect()).unwrap()
}

fn at_ms(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(NOW * 1000 + milliseconds).unwrap()
}

#[test]
fn the_headers_have_the_names_that_senders_are_told() {
    assert_eq!((TIMESTAMP, SIGNATURE), ("Rollcall-Timestamp", "Rollcall-Signature"));
}

#[test]
fn one_secret_is_changed_for_the_next_step_by_step() {
    let old = |number| Request::signed(OLD, NOW, &format!("old {number}"));
    let new = |number| Request::signed(NEW, NOW, &format!("new {number}"));
    let before = knowing(&[OLD]);
    assert_eq!(old(1).comes_to(&before, at_ms(0)), Ok(()));
    assert_eq!(new(1).comes_to(&before, at_ms(0)), Err(Error::BadSignature));
    for both in [knowing(&[OLD, NEW]), knowing(&[NEW, OLD])] {
        assert_eq!(old(2).comes_to(&both, at_ms(0)), Ok(()));
        assert_eq!(new(2).comes_to(&both, at_ms(0)), Ok(()));
        assert_eq!(old(2).comes_to(&both, at_ms(0)), Err(Error::Replayed));
        assert_eq!(Request::signed(OTHER, NOW, BODY).comes_to(&both, at_ms(0)), Err(Error::BadSignature));
    }
    let after = knowing(&[NEW]);
    assert_eq!(old(3).comes_to(&after, at_ms(0)), Err(Error::BadSignature));
    assert_eq!(new(3).comes_to(&after, at_ms(0)), Ok(()));
}

#[test]
fn a_request_is_of_this_time_to_the_millisecond() {
    let five_minutes = 300_000;
    for (now, outcome) in [
        (-five_minutes - 1, Err(Error::TooNew { at: at_ms(0) })),
        (-five_minutes, Ok(())),
        (0, Ok(())),
        (five_minutes, Ok(())),
        (five_minutes + 1, Err(Error::TooOld { at: at_ms(0) })),
    ] {
        let request = Request::signed(NEW, NOW, BODY);
        assert_eq!(request.comes_to(&knowing(&[NEW]), at_ms(now)), outcome, "{now}");
    }
    for far in [0, 999_999_999_999] {
        let request = Request::signed(NEW, far, BODY);
        assert!(request.comes_to(&knowing(&[NEW]), at_ms(0)).is_err(), "{far}");
    }
}

#[test]
fn however_often_a_request_comes_within_its_time_it_is_accepted_once() {
    let webhooks = knowing(&[NEW]);
    let request = Request::signed(NEW, NOW, BODY);
    let accepted = (-400..=400).filter(|it| request.comes_to(&webhooks, at_ms(it * 1000)).is_ok());
    assert_eq!(accepted.collect::<Vec<_>>(), [-300]);
}

#[test]
fn of_many_threads_with_one_request_one_is_heard() {
    let webhooks = knowing(&[NEW]);
    let request = Request::signed(NEW, NOW, BODY);
    let heard = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..16).map(|_| scope.spawn(|| request.comes_to(&webhooks, at_ms(0)).is_ok())).collect();
        threads.into_iter().map(|it| it.join().unwrap()).filter(|it| *it).count()
    });
    assert_eq!(heard, 1);
}

#[test]
fn what_was_refused_is_not_remembered_and_may_come_when_its_time_has_come() {
    let webhooks = knowing(&[NEW]);
    let request = Request::signed(NEW, NOW, BODY);
    let forged = Request { body: "{}".to_owned(), ..request.clone() };
    assert_eq!(forged.comes_to(&webhooks, at_ms(0)), Err(Error::BadSignature));
    assert!(matches!(request.comes_to(&webhooks, at_ms(-300_001)), Err(Error::TooNew { .. })));
    assert_eq!(request.comes_to(&webhooks, at_ms(-300_000)), Ok(()));
}

#[test]
fn a_second_request_of_the_same_second_is_another_if_it_says_something_else() {
    let webhooks = knowing(&[NEW]);
    for body in ["", " ", "1", "1.", ".1"] {
        assert_eq!(Request::signed(NEW, NOW, body).comes_to(&webhooks, at_ms(0)), Ok(()), "{body:?}");
    }
    assert_eq!(Request::signed(NEW, NOW + 1, "").comes_to(&webhooks, at_ms(0)), Ok(()));
    assert_eq!(Request::signed(NEW, NOW, "").comes_to(&webhooks, at_ms(0)), Err(Error::Replayed));
}

#[test]
fn a_request_without_a_header_is_told_which() {
    let request = Request::signed(NEW, NOW, BODY);
    let (timestamp, signature) = (Some(request.timestamp.as_str()), Some(request.signature.as_str()));
    let webhooks = knowing(&[NEW]);
    let said = |headers| webhooks.accept(headers, BODY.as_bytes(), at_ms(0)).unwrap_err().to_string();
    assert_eq!(said(Headers { timestamp: None, signature }), "the header Rollcall-Timestamp is missing");
    assert_eq!(said(Headers { timestamp, signature: None }), "the header Rollcall-Signature is missing");
    assert_eq!(said(Headers::default()), "the header Rollcall-Timestamp is missing");
}

#[test]
fn secrets_are_long_and_few() {
    let made =
        |length: usize, number: usize| Webhooks::new(vec!["x".repeat(length).into(); number]).map(|_| ());
    assert_eq!(made(32, 1), Ok(()));
    assert_eq!(made(31, 1), Err(SecretsError::TooShort));
    assert_eq!(made(32, 10), Ok(()));
    assert_eq!(made(32, 11), Err(SecretsError::Number(11)));
    assert_eq!(made(32, 0), Err(SecretsError::Number(0)));
}

#[test]
fn neither_secrets_nor_the_right_signature_are_ever_shown() {
    let webhooks = Webhooks::within(Duration::from_mins(1), vec![OLD.into(), NEW.into()]).unwrap();
    let good = Request::signed(NEW, NOW, BODY);
    let with = |timestamp: &str, signature: &str| {
        let headers = Headers { timestamp: Some(timestamp), signature: Some(signature) };
        webhooks.accept(headers, BODY.as_bytes(), at_ms(0)).unwrap_err()
    };
    good.comes_to(&webhooks, at_ms(0)).unwrap();
    let errors = [
        good.comes_to(&webhooks, at_ms(0)).unwrap_err(),
        with(&good.timestamp, &Request::signed(OTHER, NOW, BODY).signature),
        with(OLD, &good.signature),
        with(&good.timestamp, NEW),
        Request::signed(OLD, NOW - 61, BODY).comes_to(&webhooks, at_ms(0)).unwrap_err(),
        Request::signed(OLD, NOW + 61, BODY).comes_to(&webhooks, at_ms(0)).unwrap_err(),
    ];
    let kinds: BTreeSet<_> =
        errors.iter().map(|it| format!("{it:?}").chars().take(6).collect::<String>()).collect();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    let mut shown: Vec<_> = errors.iter().map(|it| format!("{it} {it:?}")).collect();
    shown.push(format!("{webhooks:?} {webhooks:#?}"));
    let refused = Webhooks::new(vec!["hush-too-short".into()]).unwrap_err();
    shown.push(format!("{refused} {refused:?}"));
    for it in shown {
        assert!(!it.contains("hush") && !it.contains(&good.signature[7..20]), "{it}");
    }
}

proptest! {
    #[test]
    fn a_change_of_any_bit_is_seen(body in ".{1,60}", at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let request = Request::signed(NEW, NOW, &body);
        let headers = Headers { timestamp: Some(&request.timestamp), signature: Some(&request.signature) };
        let mut changed = body.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= 1_u8 << bit;
        let webhooks = knowing(&[OLD, NEW]);
        prop_assert_eq!(webhooks.accept(headers, &changed, at_ms(0)), Err(Error::BadSignature));
        prop_assert_eq!(webhooks.accept(headers, body.as_bytes(), at_ms(0)), Ok(()));
    }

    #[test]
    fn a_digit_of_the_signature_cannot_be_another(at in 7_usize..71, digit in "[0-9a-f]") {
        let mut request = Request::signed(NEW, NOW, BODY);
        let same = request.signature[at..=at] == digit;
        request.signature.replace_range(at..=at, &digit);
        prop_assert_eq!(request.comes_to(&knowing(&[NEW]), at_ms(0)).is_ok(), same);
    }
}
