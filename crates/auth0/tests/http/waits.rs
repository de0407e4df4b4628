//! Headers and tokens that make no sense: no wait has no bound, and no token is used that is none.

use std::time::Duration;

use auth0::{Config, Error};
use diff::RatePlan;
use serde_json::json;

use crate::liar::{Liar, Raw, token};
use crate::world::id;

fn user() -> String {
    json!({ "user_id": "auth0|1" }).to_string()
}

#[tokio::test]
async fn garbage_in_the_rate_headers_changes_nothing() {
    for garbage in
        ["", "-1", "many", "0", "0x10", "1e9", "4294967295", "99999999999999999999", "\u{1}", "5, 5"]
    {
        let liar = Liar::raw(move |_| {
            let headers = format!("x-ratelimit-limit: {garbage}\r\nx-ratelimit-reset: 99999999999999\r\n");
            Raw::answer(200, &headers, user())
        })
        .await;
        for _ in 0..3 {
            // A header that is not even a header may cost the answer, and never more.
            let read = liar.client.user(&id("auth0|1")).await;
            assert!(read.is_ok() || garbage == "\u{1}", "{garbage}: {read:?}");
        }
        assert_eq!(liar.client.limits(), RatePlan::PrivateCloud(10_000).buckets(), "{garbage}");
    }
}

#[tokio::test]
async fn what_is_left_cannot_be_negative_or_more_than_there_is() {
    for garbage in ["-5", "99999999999999999999", "4294967295", "lots", ""] {
        let liar = Liar::raw(move |_| {
            let headers = format!("x-ratelimit-limit: 5000\r\nx-ratelimit-remaining: {garbage}\r\n");
            Raw::answer(200, &headers, user())
        })
        .await;
        for _ in 0..5 {
            liar.client.user(&id("auth0|1")).await.unwrap();
        }
    }
}

/// Time stands still but for waits, so that a minute costs nothing; the wire is real, and its answers come at once.
#[tokio::test(start_paused = true)]
async fn whatever_wait_is_asked_for_a_minute_is_the_longest() {
    for asked in ["31536000", "99999999999999999999", "-1", "Fri, 31 Dec 9999 23:59:59 GMT", "0", "soon"] {
        let refused = move |_: &crate::liar::Heard| {
            let headers = format!("retry-after: {asked}\r\nx-ratelimit-reset: 4102444800\r\n");
            Raw::answer(429, &headers, "{}")
        };
        let patient = |it| Config { max_retries: 1, request_timeout: Duration::from_hours(1), ..it };
        let liar = Liar::with(refused, patient).await;
        let start = tokio::time::Instant::now();
        let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
        assert!(matches!(error, Error::Exhausted { attempts: 4, .. }), "{asked}: {error:?}");
        let waited = start.elapsed();
        assert!(waited <= Duration::from_secs(4 * 61), "{asked}: {waited:?}");
        assert_eq!(waited >= Duration::from_mins(3), asked == "31536000", "{asked}: {waited:?}");
    }
}

#[tokio::test]
async fn a_token_that_could_not_be_sent_is_no_token() {
    for wrong in [
        json!({ "access_token": "", "expires_in": 86_400 }),
        json!({ "access_token": null, "expires_in": 86_400 }),
        json!({ "access_token": ["t"], "expires_in": 86_400 }),
        json!({ "access_token": "t\r\nx-evil: 1", "expires_in": 86_400 }),
        json!({ "access_token": "t t", "expires_in": 86_400 }),
        json!({ "access_token": "t\u{0}", "expires_in": 86_400 }),
        json!({ "access_token": "é", "expires_in": 86_400 }),
        json!({ "access_token": "t".repeat(20_000), "expires_in": 86_400 }),
        json!({ "access_token": "t", "expires_in": -1 }),
        json!({ "access_token": "t", "expires_in": "86400" }),
        json!({ "access_token": "t", "expires_in": null }),
        json!({ "access_token": "t", "token_type": "DPoP", "expires_in": 86_400 }),
        json!({ "access_token": "t", "token_type": "", "expires_in": 86_400 }),
        json!({ "expires_in": 86_400 }),
        json!({ "error": "access_denied", "error_description": "no" }),
        json!([]),
    ] {
        let text = wrong.to_string();
        let once = |it| Config { max_retries: 0, ..it };
        let liar = Liar::about_everything(move |_| Raw::answer(200, "", &text), once).await;
        let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{wrong}: {error:?}");
        assert!(error.to_string().starts_with("POST /oauth/token: the answer 200"), "{error}");
        assert_eq!(liar.asked(), 0, "{wrong}: nothing was asked with it");
    }
}

#[tokio::test]
async fn a_token_is_kept_for_a_while_however_short_or_long_it_says_it_lives() {
    for lifetime in [json!(0), json!(1), json!(u64::MAX), json!(86_400)] {
        let liar = Liar::about_everything(
            move |it| {
                if !it.is_for_a_token() {
                    return Raw::answer(200, "", user());
                }
                let body = json!({ "access_token": "t", "token_type": "bearer", "expires_in": lifetime });
                Raw::answer(200, "", body.to_string())
            },
            |it| it,
        )
        .await;
        for _ in 0..3 {
            liar.client.user(&id("auth0|1")).await.unwrap();
        }
        assert_eq!(liar.client.usage().authentication, 1, "one token");
    }
}

#[tokio::test]
async fn a_request_id_is_kept_no_longer_than_a_database_takes() {
    let liar = Liar::raw(|_| Raw::answer(200, &format!("cf-ray: {}\r\n", "r".repeat(50_000)), user())).await;
    let update = crate::world::update("auth0|1", "name", json!("X"));
    let answer = liar.client.carry_out(&update, "x", &|| true).await.unwrap();
    assert_eq!(answer.auth0_request_id.map(|it| it.len()), Some(100));
}

#[tokio::test]
async fn an_honest_token_is_read_by_the_same_door() {
    let liar = Liar::about_everything(
        |it| if it.is_for_a_token() { token() } else { Raw::answer(200, "", user()) },
        |it| it,
    );
    assert!(liar.await.client.user(&id("auth0|1")).await.unwrap().is_some());
}
