//! What a token says of itself: which algorithm, which key, which kind.

use serde_json::{Value, json};

use super::publisher::{Answer, Publisher};
use super::tenant::{By, Tenant, refusal};

const NOT_ALLOWED: &str = "the token is signed with an algorithm that is not allowed for its key";
const UNKNOWN: &str = "the token is signed with a key that the tenant does not publish";
const WRONG: &str = "the signature of the token is wrong";
const NO_HEADER: &str = "the token is not usable: its header is no header";
const NO_KEY: &str = "the token is not usable: its header names no key";

fn with(tenant: &Tenant, name: &str, value: &Value) -> String {
    tenant.token_with(By::Es256, |header, _| header[name] = value.clone())
}

#[tokio::test]
async fn algorithms_that_are_not_ours_are_refused_and_nobody_is_asked_for_a_key() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for name in [
        "none", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS1", "RS384", "RS512", "PS384", "PS512",
        "ES384", "ES512", "ES256K", "EdDSA", "es256", "Es256", "ES256 ", " ES256", "ES256\0", "dir",
        "RSA-OAEP",
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, "alg", &json!(name))).await, NOT_ALLOWED, "{name:?}");
    }
    let nameless = "the token is not usable: its header names no algorithm";
    for (wrong, why) in [(Value::Null, nameless), (json!(["ES256"]), NO_HEADER), (json!(256), NO_HEADER)] {
        assert_eq!(refusal(&verifier, &with(&tenant, "alg", &wrong)).await, why, "{wrong}");
    }
    assert_eq!(tenant.asked(), 0);
}

#[tokio::test]
async fn a_token_cannot_choose_what_is_done_with_a_key() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let all = [(By::Rs256, "RS256", "rsa"), (By::Ps256, "PS256", "pss"), (By::Es256, "ES256", "ec")];
    for (by, name, _) in all {
        for (_, its, key) in all {
            let token = tenant.token_with(by, |header, _| {
                header["alg"] = json!(name);
                header["kid"] = json!(key);
            });
            match verifier.verify(&token.as_str().into()).await {
                Ok(_) => assert_eq!(name, its),
                Err(error) => {
                    assert_ne!(name, its);
                    assert_eq!(error.to_string(), NOT_ALLOWED, "{name} with {key}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_token_names_a_key_that_the_tenant_publishes() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for (id, why) in [
        (Value::Null, NO_KEY),
        (json!(7), NO_HEADER),
        (json!(["ec"]), NO_HEADER),
        (json!(""), UNKNOWN),
        (json!("EC"), UNKNOWN),
        (json!("ec "), UNKNOWN),
        (json!("../../../dev/null"), UNKNOWN),
        (json!("' OR 1=1 --"), UNKNOWN),
        (json!("x".repeat(8000)), UNKNOWN),
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, "kid", &id)).await, why, "{id:.40}");
    }
    let nameless = tenant.token_with(By::Es256, |header, _| {
        header.as_object_mut().unwrap().remove("kid");
    });
    assert_eq!(refusal(&verifier, &nameless).await, NO_KEY);
    assert_eq!(tenant.asked(), 1);
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let forger = Tenant::start().await;
    let theirs =
        Publisher::answering(Answer::Keys(json!({ "keys": [forger.ec_jwk("ec"), forger.ec_jwk("own")] })))
            .await;
    for (name, value) in [
        ("jwk", forger.ec_jwk("ec")),
        ("jku", json!(theirs.url)),
        ("x5u", json!(theirs.url)),
        ("x5c", json!(["MIIB"])),
        ("iss", json!(forger.issuer)),
    ] {
        for (id, why) in [("ec", WRONG), ("own", UNKNOWN)] {
            let (mut header, claims) = tenant.parts(By::Es256);
            header["kid"] = json!(id);
            header[name] = value.clone();
            let token = forger.sign(By::Es256, &header, &claims);
            assert_eq!(refusal(&verifier, &token).await, why, "{name} {id}");
        }
    }
    assert_eq!((theirs.asked(), forger.asked(), tenant.asked()), (0, 0, 1));
}

#[tokio::test]
async fn a_token_is_of_a_kind_that_auth0_writes() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for good in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/jwt"] {
        assert!(verifier.verify(&with(&tenant, "typ", &json!(good)).into()).await.is_ok(), "{good}");
    }
    assert!(verifier.verify(&with(&tenant, "typ", &Value::Null).into()).await.is_ok(), "or of none");
    let other = "the token is not usable: its header says that it is something else";
    for wrong in [
        "",
        "JOSE",
        "logout+jwt",
        "dpop+jwt",
        "id_token",
        "text/jwt",
        "application/application/jwt",
        "at+jwt ",
    ] {
        assert_eq!(refusal(&verifier, &with(&tenant, "typ", &json!(wrong))).await, other, "{wrong:?}");
    }
}

#[tokio::test]
async fn an_extension_that_has_to_be_understood_is_not() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for wrong in [json!([]), json!(["exp"]), json!(["b64"]), json!("b64"), json!({}), json!(false)] {
        assert_eq!(
            refusal(&verifier, &with(&tenant, "crit", &wrong)).await,
            "the token is not usable: its header asks for an extension that is not known here",
            "{wrong}"
        );
    }
    assert!(
        verifier.verify(&with(&tenant, "b64", &json!(true)).into()).await.is_ok(),
        "others are passed over"
    );
}

#[tokio::test]
async fn a_header_is_one_object_that_says_each_thing_once() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (header, claims) = tenant.parts(By::Es256);
    let (header, claims) = (header.to_string(), claims.to_string());
    let sign = |header: &str| tenant.sign_text(By::Es256, &[header.to_owned(), claims.clone()]);
    assert!(verifier.verify(&sign(&format!("{header}\n")).into()).await.is_ok(), "space is no data");
    // Nobody looks into what is passed over, however deep it is.
    let deep = format!("{{\"deep\":{}{},{}", "[".repeat(2000), "]".repeat(2000), &header[1..]);
    assert!(verifier.verify(&sign(&deep).into()).await.is_ok());
    for wrong in [
        "",
        "null",
        "7",
        "[]",
        "{",
        r#""ES256""#,
        r#"["ES256","ec","JWT",null]"#,
        r#"{"alg":"none","alg":"ES256","kid":"ec"}"#,
        r#"{"alg":"ES256","alg":"ES256","kid":"ec"}"#,
        r#"{"alg":"ES256","kid":"ec","kid":"rsa"}"#,
        r#"{"alg":"ES256","kid":"ec","typ":"JWT","typ":"JWT"}"#,
        r#"{"alg":"ES256","kid":"ec","\u0061lg":"RS256"}"#,
        r#"{"alg":"ES256","kid":"ec","crit":["b64"],"crit":null}"#,
        &format!("[{header}]"),
        &format!("{header}{header}"),
        &format!("{header},"),
        &format!("{header}\0"),
        &format!("\u{feff}{header}"),
    ] {
        assert_eq!(refusal(&verifier, &sign(wrong)).await, NO_HEADER, "{wrong:.80}");
    }
}
