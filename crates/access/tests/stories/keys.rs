//! The tenant's keys: asked for seldom, renewed in time, and used while the tenant is down.

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;

use super::tenant::{By, Tenant};

#[tokio::test]
async fn many_tokens_cost_one_question() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let token = tenant.token(By::Rs256);
    let all = join_all((0..50).map(|_| {
        let token = token.clone().into();
        let verifier = &verifier;
        async move { verifier.verify(&token).await }
    }));
    assert!(all.await.iter().all(Result::is_ok));
    assert!(verifier.verify(&tenant.token(By::Es256).into()).await.is_ok());
    assert_eq!(tenant.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_by_one_question_however_many_ask() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    verifier.verify(&tenant.token(By::Es256).into()).await.unwrap();
    let old = tenant.token(By::Es256);
    tenant.rotate("new");
    let (mut header, claims) = tenant.parts(By::Es256);
    header["kid"] = json!("new");
    let new = tenant.sign(By::Es256, &header, &claims);
    // Within half a minute nobody is asked again, since callers choose which key they name.
    assert!(verifier.verify(&new.clone().into()).await.is_err());
    assert_eq!(tenant.asked(), 1);
    tenant.pass(31);
    let all = join_all((0..20).map(|_| {
        let token = new.clone().into();
        let verifier = &verifier;
        async move { verifier.verify(&token).await }
    }));
    assert!(all.await.iter().all(Result::is_ok));
    assert_eq!(tenant.asked(), 2);
    assert!(verifier.verify(&old.into()).await.is_err(), "the old key is gone");
}

#[tokio::test]
async fn whoever_names_keys_that_are_not_there_does_not_make_us_ask() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (mut header, claims) = tenant.parts(By::Es256);
    for number in 0..100 {
        header["kid"] = json!(format!("guess-{number}"));
        let token = tenant.sign(By::Es256, &header, &claims);
        let error = verifier.verify(&token.into()).await.unwrap_err();
        assert_eq!(error.to_string(), "the token is signed with a key that the tenant does not publish");
    }
    assert_eq!(tenant.asked(), 1);
}

#[tokio::test]
async fn while_the_tenant_is_down_its_keys_are_good_for_a_day() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier_with(|it| it.leeway = std::time::Duration::from_mins(5));
    verifier.verify(&tenant.token(By::Es256).into()).await.unwrap();
    tenant.answer(StatusCode::INTERNAL_SERVER_ERROR, "");
    let (header, mut claims) = tenant.parts(By::Es256);
    claims["exp"] = json!(super::tenant::BEGIN + 1_000_000);
    let lasting = tenant.sign(By::Es256, &header, &claims);
    tenant.pass(23 * 3_600);
    assert!(verifier.verify(&lasting.clone().into()).await.is_ok());
    tenant.pass(2 * 3_600);
    let error = verifier.verify(&lasting.clone().into()).await.unwrap_err();
    assert!(error.is_ours(), "{error}");
    tenant.publish(&json!({ "keys": [tenant.ec_jwk("ec")] }));
    tenant.pass(31);
    assert!(verifier.verify(&lasting.into()).await.is_ok(), "it is back");
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_left_out_and_garbage_is_an_error_of_ours() {
    let tenant = Tenant::start().await;
    let strange = json!({ "keys": [
        { "kty": "oct", "kid": "secret", "k": "AAAA", "alg": "HS256" },
        { "kty": "RSA", "kid": "small", "n": "AQAB", "e": "AQAB", "alg": "RS256" },
        { "kid": "nothing" }, 7, tenant.ec_jwk("ec"),
    ]});
    tenant.publish(&strange);
    assert!(tenant.verifier().verify(&tenant.token(By::Es256).into()).await.is_ok());
    for (status, body) in [
        (StatusCode::OK, "no JSON".to_owned()),
        (StatusCode::OK, "{\"keys\":[]}".to_owned()),
        (StatusCode::OK, " ".repeat(4 * 1024 * 1024)),
        (StatusCode::NOT_FOUND, "{}".to_owned()),
        (StatusCode::FOUND, String::new()),
    ] {
        tenant.answer(status, &body);
        let error = tenant.verifier().verify(&tenant.token(By::Es256).into()).await.unwrap_err();
        assert!(error.is_ours(), "{status}: {error}");
    }
}
