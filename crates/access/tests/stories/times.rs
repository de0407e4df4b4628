//! When a token begins and ends, to the second.

use std::time::Duration;

use access::Verifier;
use access::jwt::{Config, Error};
use chrono::DateTime;
use serde_json::{Value, json};

use super::tenant::{AUDIENCE, BEGIN, By, Tenant, refusal};

/// It is so many milliseconds after the stories began.
fn verifier(tenant: &Tenant, leeway: u64, now_ms: i64) -> Verifier {
    let config = Config { leeway: Duration::from_secs(leeway), ..Config::new(&tenant.issuer, AUDIENCE) };
    Verifier::new(config, move || DateTime::from_timestamp_millis(BEGIN * 1000 + now_ms).unwrap()).unwrap()
}

fn with(tenant: &Tenant, claim: &str, value: &Value) -> String {
    tenant.token_with(By::Es256, |_, claims| claims[claim] = value.clone())
}

#[tokio::test]
async fn from_the_very_second_of_its_end_a_token_is_over() {
    let tenant = Tenant::start().await;
    let token = tenant.token(By::Es256);
    for (leeway, now_ms, good) in [
        (0, 599_000, true),
        (0, 599_999, true),
        (0, 600_000, false),
        (0, 600_001, false),
        (60, 659_999, true),
        (60, 660_000, false),
        (300, 899_999, true),
        (300, 900_000, false),
    ] {
        let verified = verifier(&tenant, leeway, now_ms).verify(&token.as_str().into()).await;
        match verified {
            Ok(_) => assert!(good, "{leeway} {now_ms}"),
            Err(Error::Expired { at }) => {
                assert!(!good, "{leeway} {now_ms}");
                assert_eq!(at.timestamp(), BEGIN + 600, "the leeway is not part of what is told");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn until_the_very_second_of_its_beginning_a_token_is_early() {
    let tenant = Tenant::start().await;
    for claim in ["nbf", "iat"] {
        let token = tenant.token_with(By::Es256, |_, claims| {
            claims[claim] = json!(BEGIN + 1000);
            claims["exp"] = json!(BEGIN + 9000);
        });
        for (leeway, now_ms, good) in [
            (0, 999_000, false),
            (0, 999_999, false),
            (0, 1_000_000, true),
            (60, 939_999, false),
            (60, 940_000, true),
        ] {
            let verified = verifier(&tenant, leeway, now_ms).verify(&token.as_str().into()).await;
            match verified {
                Ok(_) => assert!(good, "{claim} {leeway} {now_ms}"),
                Err(Error::NotYetValid { at }) => {
                    assert!(!good, "{claim} {leeway} {now_ms}");
                    assert_eq!(at.timestamp(), BEGIN + 1000);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_never_began_or_never_ends_is_told_its_time() {
    let tenant = Tenant::start().await;
    let verifier = verifier(&tenant, 0, 0);
    for (claim, at, why) in [
        ("exp", -1, "the token has expired on 1969-12-31 at 23:59:59 UTC"),
        ("exp", 0, "the token has expired on 1970-01-01 at 00:00:00 UTC"),
        ("nbf", 4_000_000_000_i64, "the token is not valid before 2096-10-02 at 07:06:40 UTC"),
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, claim, &json!(at))).await, why);
    }
    // The last second of the calendar, with the longest leeway beyond it.
    let late = Config { leeway: Config::MOST_LEEWAY, ..Config::new(&tenant.issuer, AUDIENCE) };
    let late = Verifier::new(late, || DateTime::from_timestamp(BEGIN, 0).unwrap()).unwrap();
    let last = chrono::DateTime::<chrono::Utc>::MAX_UTC.timestamp();
    assert!(late.verify(&with(&tenant, "exp", &json!(last)).into()).await.is_ok());
    assert!(refusal(&late, &with(&tenant, "nbf", &json!(last))).await.starts_with("the token is not valid"));
}

#[tokio::test]
async fn what_no_calendar_has_is_no_time() {
    let tenant = Tenant::start().await;
    let verifier = verifier(&tenant, 60, 0);
    let last = chrono::DateTime::<chrono::Utc>::MAX_UTC.timestamp();
    for claim in ["exp", "nbf", "iat"] {
        for wrong in [
            Value::Null,
            json!(true),
            json!("1795000300"),
            json!([BEGIN + 300]),
            json!({}),
            json!(1.5),
            json!(1e300),
            json!(last + 1),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(u64::MAX),
        ] {
            let said = refusal(&verifier, &with(&tenant, claim, &wrong)).await;
            assert_eq!(said, format!("the token is not usable: its `{claim}` is no time"), "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_token_needs_no_beginning_and_has_to_have_an_end() {
    let tenant = Tenant::start().await;
    let verifier = verifier(&tenant, 0, 0);
    let without = |claim: &str| {
        tenant.token_with(By::Es256, |_, claims| {
            claims.as_object_mut().unwrap().remove(claim);
        })
    };
    assert!(verifier.verify(&without("iat").into()).await.is_ok());
    assert_eq!(refusal(&verifier, &without("exp")).await, "the token is not usable: it has no `exp`");
}

#[tokio::test]
async fn who_did_not_sign_is_told_nothing_about_the_time() {
    let tenant = Tenant::start().await;
    let forger = Tenant::start().await;
    let (header, mut claims) = tenant.parts(By::Es256);
    claims["exp"] = json!(BEGIN - 9000);
    let token = forger.sign(By::Es256, &header, &claims);
    assert_eq!(refusal(&verifier(&tenant, 0, 0), &token).await, "the signature of the token is wrong");
}
