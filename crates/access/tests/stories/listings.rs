//! Which of the keys that a tenant lists are used, and for what.

use serde_json::{Value, json};

use super::tenant::{By, Tenant, refusal};

const UNKNOWN: &str = "the token is signed with a key that the tenant does not publish";
const NOT_ALLOWED: &str = "the token is signed with an algorithm that is not allowed for its key";

fn changed(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

fn without(mut key: Value, name: &str) -> Value {
    key.as_object_mut().unwrap().remove(name);
    key
}

/// A token by that key, under that id.
fn token(tenant: &Tenant, by: By, id: &str) -> String {
    tenant.token_with(by, |header, _| header["kid"] = json!(id))
}

#[tokio::test]
async fn keys_that_cannot_be_used_do_no_harm_to_those_that_can() {
    let tenant = Tenant::start().await;
    let (rsa, ec) = (tenant.rsa_jwk("bad", "RS256"), tenant.ec_jwk("bad"));
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    for (by, bad) in [
        (By::Rs256, changed(rsa.clone(), "use", json!("enc"))),
        (By::Rs256, changed(rsa.clone(), "key_ops", json!(["sign", "encrypt"]))),
        (By::Rs256, changed(rsa.clone(), "alg", json!("RS512"))),
        (By::Rs256, changed(rsa.clone(), "alg", json!("HS256"))),
        (By::Rs256, changed(rsa.clone(), "alg", json!("ES256"))),
        (By::Rs256, changed(rsa.clone(), "kty", json!("oct"))),
        (By::Rs256, changed(rsa.clone(), "kty", json!("EC"))),
        (By::Rs256, without(rsa.clone(), "kty")),
        (By::Rs256, without(rsa.clone(), "kid")),
        (By::Rs256, without(rsa.clone(), "n")),
        (By::Rs256, without(rsa.clone(), "e")),
        // 1024 bits.
        (By::Rs256, changed(rsa.clone(), "n", json!(text(&rsa, "n")[..171]))),
        (By::Rs256, changed(rsa.clone(), "n", json!(text(&rsa, "n") + "=="))),
        (By::Rs256, changed(rsa.clone(), "n", json!(7))),
        (By::Rs256, changed(rsa.clone(), "e", json!(""))),
        (By::Rs256, changed(rsa.clone(), "e", json!("AAEAAQ"))),
        (By::Rs256, changed(rsa.clone(), "e", json!("AQABAQABAQAB"))),
        (By::Es256, changed(ec.clone(), "crv", json!("P-384"))),
        (By::Es256, without(ec.clone(), "crv")),
        (By::Es256, without(ec.clone(), "x")),
        (By::Es256, without(ec.clone(), "y")),
        (By::Es256, changed(ec.clone(), "x", json!(text(&ec, "x")[..40]))),
        (By::Es256, changed(ec.clone(), "x", json!(text(&ec, "x") + "AAAA"))),
        (By::Es256, changed(ec.clone(), "use", json!("enc"))),
        (By::Es256, changed(ec.clone(), "alg", json!("ES384"))),
        (By::Es256, json!("bad")),
        (By::Es256, json!(["bad"])),
        (By::Es256, json!({ "kid": "bad", "kty": "OKP", "crv": "Ed25519", "x": text(&ec, "x") })),
    ] {
        tenant.publish(&json!({ "keys": [bad, tenant.ec_jwk("ec"), bad] }));
        let verifier = tenant.verifier();
        assert!(verifier.verify(&tenant.token(By::Es256).into()).await.is_ok(), "{bad}");
        assert_eq!(refusal(&verifier, &token(&tenant, by, "bad")).await, UNKNOWN, "{bad}");
    }
}

#[tokio::test]
async fn a_point_that_is_not_on_the_curve_verifies_nothing() {
    let tenant = Tenant::start().await;
    let ec = tenant.ec_jwk("bad");
    let zeros = json!("A".repeat(43));
    for bad in [
        changed(ec.clone(), "x", ec["y"].clone()),
        changed(ec.clone(), "x", zeros.clone()),
        changed(changed(ec.clone(), "x", zeros.clone()), "y", zeros.clone()),
    ] {
        tenant.publish(&json!({ "keys": [bad] }));
        let said = refusal(&tenant.verifier(), &token(&tenant, By::Es256, "bad")).await;
        assert_eq!(said, "the signature of the token is wrong", "{bad}");
    }
}

#[tokio::test]
async fn what_else_a_key_says_is_passed_over() {
    let tenant = Tenant::start().await;
    let chain = json!(["MIIDBTCCAe2gAwIBAgIJ".repeat(100)]);
    let key = changed(changed(tenant.rsa_jwk("rsa", "RS256"), "x5c", chain), "x5t", json!(7));
    for key in [
        key.clone(),
        changed(key.clone(), "key_ops", json!(["verify"])),
        without(key.clone(), "use"),
        changed(key, "use", Value::Null),
    ] {
        tenant.publish(&json!({ "keys": [key], "more": { "of": "it" } }));
        assert!(tenant.verifier().verify(&tenant.token(By::Rs256).into()).await.is_ok(), "{key}");
    }
}

#[tokio::test]
async fn a_key_that_names_no_algorithm_is_for_the_common_one_of_its_kind() {
    let tenant = Tenant::start().await;
    let keys = [tenant.rsa_jwk("rsa", "RS256"), tenant.ec_jwk("ec")].map(|it| without(it, "alg"));
    tenant.publish(&json!({ "keys": keys }));
    let verifier = tenant.verifier();
    for by in [By::Rs256, By::Es256] {
        assert!(verifier.verify(&tenant.token(by).into()).await.is_ok(), "{by:?}");
    }
    assert_eq!(refusal(&verifier, &token(&tenant, By::Ps256, "rsa")).await, NOT_ALLOWED);
}

#[tokio::test]
async fn two_keys_of_one_id_are_told_apart_by_their_algorithms() {
    let tenant = Tenant::start().await;
    let keys = [tenant.rsa_jwk("same", "RS256"), tenant.rsa_jwk("same", "PS256"), tenant.ec_jwk("same")];
    tenant.publish(&json!({ "keys": keys }));
    let verifier = tenant.verifier();
    for by in [By::Rs256, By::Ps256, By::Es256] {
        assert!(verifier.verify(&token(&tenant, by, "same").into()).await.is_ok(), "{by:?}");
    }
}
