//! Requests as a sender signs them, and as others send them.

use proptest::prelude::*;

use super::*;

/// `printf '1800000000.{"employee":"E1"}' | openssl dgst -sha256 -hmac SECRET`, which is not our code.
const SIGNED: &str = "sha256=2dbaf078c21c0ebf3ec89f3863de3c819b0762dedc6fd22108f1f77265c390a5";
const TIME: &str = "1800000000";
const BODY: &[u8] = br#"{"employee":"E1"}"#;
const SECRET: &str = "a secret of the tests, which is long enough";
const NEXT: &str = "the secret that comes after it, as long again";

fn webhooks() -> Webhooks {
    Webhooks::new(vec![SECRET.into()]).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&[timestamp.as_bytes(), b".", body].concat());
    let code = mac.finalize().into_bytes();
    code.iter().fold(SCHEME.to_owned(), |text, it| format!("{text}{it:02x}"))
}

fn headers<'a>(timestamp: &'a str, signature: &'a str) -> Headers<'a> {
    Headers { timestamp: Some(timestamp), signature: Some(signature) }
}

#[test]
fn a_request_is_accepted_once() {
    let webhooks = webhooks();
    assert_eq!(webhooks.accept(headers(TIME, SIGNED), BODY, at(0)), Ok(()));
    assert_eq!(webhooks.accept(headers(TIME, SIGNED), BODY, at(0)), Err(Error::Replayed));
    let loud = SIGNED.to_uppercase().replace("SHA256", "sha256");
    assert_eq!(webhooks.accept(headers(TIME, &loud), BODY, at(300)), Err(Error::Replayed), "nor in capitals");
    assert_eq!(webhooks.accept(headers(TIME, SIGNED), BODY, at(301)), Err(Error::TooOld { at: at(0) }));
}

#[test]
fn what_was_changed_on_its_way_is_refused() {
    let refused = |timestamp: &str, body: &[u8]| webhooks().accept(headers(timestamp, SIGNED), body, at(0));
    assert_eq!(refused(TIME, br#"{"employee":"E2"}"#), Err(Error::BadSignature));
    assert_eq!(refused(TIME, b""), Err(Error::BadSignature));
    assert_eq!(refused("1800000001", BODY), Err(Error::BadSignature), "an old request with a new time");
    // The point between the two is signed as well, so that nothing moves from one into the other.
    let moved = sign(SECRET, "1800000000", b"0.x");
    assert_eq!(webhooks().accept(headers("18000000000", &moved), b".x", at(0)), Err(Error::BadSignature));
    let other = sign(NEXT, TIME, BODY);
    assert_eq!(webhooks().accept(headers(TIME, &other), BODY, at(0)), Err(Error::BadSignature));
}

#[test]
fn a_request_is_good_for_five_minutes_either_way() {
    let accepted = |now| webhooks().accept(headers(TIME, SIGNED), BODY, at(now));
    assert_eq!(accepted(300), Ok(()));
    assert_eq!(accepted(301), Err(Error::TooOld { at: at(0) }));
    assert_eq!(accepted(-300), Ok(()));
    assert_eq!(accepted(-301), Err(Error::TooNew { at: at(0) }));
}

#[test]
fn a_window_of_ones_own_is_kept_and_has_a_bound() {
    let within = |window, now| {
        let webhooks = Webhooks::within(window, vec![SECRET.into()]).unwrap();
        webhooks.accept(headers(TIME, SIGNED), BODY, at(now))
    };
    assert_eq!(within(Duration::from_secs(10), 10), Ok(()));
    assert_eq!(within(Duration::from_secs(10), 11), Err(Error::TooOld { at: at(0) }));
    assert_eq!(within(Duration::MAX, 3601), Err(Error::TooOld { at: at(0) }));
}

#[test]
fn only_who_knows_a_secret_is_told_about_the_time() {
    let forged = sign(NEXT, TIME, BODY);
    assert_eq!(webhooks().accept(headers(TIME, &forged), BODY, at(9000)), Err(Error::BadSignature));
}

#[test]
fn a_request_from_the_future_is_remembered_until_its_time_is_over() {
    let webhooks = webhooks();
    assert_eq!(webhooks.accept(headers(TIME, SIGNED), BODY, at(-300)), Ok(()));
    for later in [-299, 0, 299, 300] {
        assert_eq!(webhooks.accept(headers(TIME, SIGNED), BODY, at(later)), Err(Error::Replayed), "{later}");
    }
}

#[test]
fn one_secret_is_changed_for_the_next_without_a_request_lost() {
    let both = Webhooks::new(vec![SECRET.into(), NEXT.into()]).unwrap();
    for (secret, body) in [(SECRET, b"one".as_slice()), (NEXT, b"two"), (SECRET, b"three")] {
        assert_eq!(both.accept(headers(TIME, &sign(secret, TIME, body)), body, at(0)), Ok(()));
    }
}

#[test]
fn headers_are_there_and_written_in_one_way() {
    let webhooks = webhooks();
    let refused = |headers: Headers<'_>| webhooks.accept(headers, BODY, at(0)).unwrap_err();
    assert_eq!(refused(Headers { timestamp: None, ..headers(TIME, SIGNED) }), Error::Missing(TIMESTAMP));
    assert_eq!(refused(Headers { signature: None, ..headers(TIME, SIGNED) }), Error::Missing(SIGNATURE));
    for wrong in
        ["", " ", "-1", "+1800000000", "1800000000.0", "1800000000 ", "0x10", "1800000000000", "１８"]
    {
        // Signed as it is written, so that nothing but its writing is wrong.
        let signed = sign(SECRET, wrong, BODY);
        assert_eq!(refused(headers(wrong, &signed)), Error::Malformed(TIMESTAMP), "{wrong:?}");
    }
    let digits = SIGNED.strip_prefix(SCHEME).unwrap();
    let wrong = [
        String::new(),
        digits.to_owned(),
        SCHEME.to_owned(),
        format!("sha1={digits}"),
        format!("SHA256={digits}"),
        format!("sha256= {digits}"),
        format!("{SIGNED}00"),
        format!("{SIGNED},{SIGNED}"),
        SIGNED[..SIGNED.len() - 1].to_owned(),
        format!("{SCHEME}{}", "g".repeat(64)),
        format!("{SCHEME}{}", "é".repeat(32)),
    ];
    for it in wrong {
        assert_eq!(refused(headers(TIME, &it)), Error::Malformed(SIGNATURE), "{it:?}");
    }
}

#[test]
fn what_is_remembered_has_a_bound_and_none_is_forgotten_for_it() {
    let replays = Replays::of_at_most(2);
    assert_eq!(replays.remember([1; 32], at(10), at(0)), Ok(()));
    assert_eq!(replays.remember([2; 32], at(20), at(0)), Ok(()));
    assert_eq!(replays.remember([3; 32], at(30), at(10)), Err(Error::TooMany));
    assert_eq!(replays.remember([1; 32], at(10), at(10)), Err(Error::Replayed));
    assert_eq!(replays.remember([3; 32], at(30), at(11)), Ok(()), "the first is too old by itself now");
    assert_eq!(replays.remember([2; 32], at(20), at(11)), Err(Error::Replayed));
}

#[test]
fn secrets_that_protect_nothing_are_refused_and_none_is_shown() {
    let refused = |secrets: Vec<SecretString>| Webhooks::new(secrets).unwrap_err();
    assert_eq!(refused(vec![]), SecretsError::Number(0));
    assert_eq!(refused(vec![SECRET.into(), "".into()]), SecretsError::TooShort);
    assert_eq!(refused(vec![SECRET.into(); 11]), SecretsError::Number(11));
    assert!(!format!("{:?}", webhooks()).contains("secret of"));
}

proptest! {
    #[test]
    fn nothing_that_was_not_signed_is_accepted(
        timestamp in "\\PC{0,12}|[0-9]{1,12}",
        signature in "\\PC{0,80}|sha256=[0-9a-f]{64}",
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        prop_assert!(webhooks().accept(headers(&timestamp, &signature), &body, at(0)).is_err());
    }

    #[test]
    fn whatever_was_signed_is_accepted(body in prop::collection::vec(any::<u8>(), 0..64)) {
        let signed = sign(SECRET, TIME, &body);
        prop_assert_eq!(webhooks().accept(headers(TIME, &signed), &body, at(0)), Ok(()));
    }
}
