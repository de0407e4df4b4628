//! Who a token is from, whom it is for, and whom it is about.

use serde_json::{Value, json};

use super::tenant::{AUDIENCE, By, Tenant, refusal};

const OTHER: &str = "the token is for another audience";
const NO_AUD: &str = "the token is not usable: it has no `aud`, or one that is no text and no list of texts";
const NO_ISS: &str = "the token is not usable: it has no `iss`, or one that is no text";
const NO_SUB: &str = "the token is not usable: it has no `sub`, or one that is no id of Auth0";
const NO_CLAIMS: &str = "the token is not usable: its claims are no claims";

fn with(tenant: &Tenant, claim: &str, value: &Value) -> String {
    tenant.token_with(By::Es256, |_, claims| claims[claim] = value.clone())
}

#[tokio::test]
async fn a_token_may_be_for_us_alone_or_for_others_too() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let userinfo = format!("{}userinfo", tenant.issuer);
    for audience in [
        json!(AUDIENCE),
        json!([AUDIENCE]),
        json!([AUDIENCE, userinfo]),
        json!([userinfo, AUDIENCE]),
        json!([AUDIENCE, AUDIENCE]),
        json!(["", AUDIENCE]),
    ] {
        let token = with(&tenant, "aud", &audience);
        assert!(verifier.verify(&token.into()).await.is_ok(), "{audience}");
    }
}

#[tokio::test]
async fn a_token_for_somebody_else_is_not_for_us() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for (audience, why) in [
        (json!(""), OTHER),
        (json!(AUDIENCE.to_uppercase()), OTHER),
        (json!(format!("{AUDIENCE}/")), OTHER),
        (json!(format!(" {AUDIENCE}")), OTHER),
        (json!(format!("{AUDIENCE} https://other.example.com")), OTHER),
        (json!(AUDIENCE[..AUDIENCE.len() - 1]), OTHER),
        (json!(["https://other.example.com"]), OTHER),
        // What an application gets for itself when somebody logs in, of the same type and by the same key.
        (json!("kT7nCLIENTofTHEapplication2Qx9Lw"), OTHER),
        (Value::Null, NO_AUD),
        (json!(7), NO_AUD),
        (json!({ AUDIENCE: true }), NO_AUD),
        (json!([AUDIENCE, 7]), NO_AUD),
        (json!([[AUDIENCE]]), NO_AUD),
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, "aud", &audience)).await, why, "{audience}");
    }
}

#[tokio::test]
async fn an_issuer_whose_name_is_nearly_ours_is_another() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let issuer = &tenant.issuer;
    for (other, why) in [
        (json!(format!("{issuer}x")), "the token was issued by another tenant"),
        (json!(issuer.trim_end_matches('/')), "the token was issued by another tenant"),
        (json!(issuer.to_uppercase()), "the token was issued by another tenant"),
        (json!(issuer.replace("http:", "https:")), "the token was issued by another tenant"),
        (json!(issuer.replace("127.0.0.1", "localhost")), "the token was issued by another tenant"),
        (json!(""), "the token was issued by another tenant"),
        (json!([issuer]), NO_ISS),
        (Value::Null, NO_ISS),
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, "iss", &other)).await, why, "{other}");
    }
}

#[tokio::test]
async fn a_token_about_nobody_shows_nobody() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for nobody in [
        Value::Null,
        json!(""),
        json!(7),
        json!(["auth0|grace"]),
        json!("auth0|grace hopper"),
        json!("auth0|gra\u{202e}ce"),
        json!("auth0|grace\n"),
        json!("x".repeat(256)),
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, "sub", &nobody)).await, NO_SUB, "{nobody}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for (claim, why) in [
        ("iss", NO_ISS),
        ("aud", NO_AUD),
        ("sub", NO_SUB),
        ("exp", "the token is not usable: it has no `exp`"),
        ("permissions", "auth0|grace has no role here"),
    ] {
        let token = tenant.token_with(By::Es256, |_, claims| {
            claims.as_object_mut().unwrap().remove(claim);
        });
        assert_eq!(refusal(&verifier, &token).await, why);
    }
}

#[tokio::test]
async fn signed_garbage_is_garbage() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (header, claims) = tenant.parts(By::Es256);
    let (header, claims) = (header.to_string(), claims.to_string());
    let sign = |claims: &str| tenant.sign_text(By::Es256, &[header.clone(), claims.to_owned()]);
    assert!(verifier.verify(&sign(&format!(" \n{claims}\t")).into()).await.is_ok(), "space is no data");
    for garbage in [
        "",
        " ",
        "null",
        "7",
        "[]",
        "{",
        "claims",
        "\"{}\"",
        &format!("[{claims}]"),
        &format!("{claims}{claims}"),
        &format!("{claims} x"),
        &format!("{claims}\0"),
        &format!("\u{feff}{claims}"),
        &claims[..claims.len() - 1],
        &claims.replace('"', "'"),
        &format!("{{\"deep\":{}{},{}", "[".repeat(2000), "]".repeat(2000), &claims[1..]),
    ] {
        assert_eq!(refusal(&verifier, &sign(garbage)).await, NO_CLAIMS, "{garbage:.80}");
    }
}
