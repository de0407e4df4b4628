//! Which tokens show who somebody is, and why others do not.

use access::{Role, RoleClaim, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use super::tenant::{BEGIN, By, Tenant};

async fn refused(verifier: &Verifier, token: &str) -> String {
    match verifier.verify(&token.to_owned().into()).await {
        Ok(identity) => panic!("{token} is taken for {identity:?}"),
        Err(error) => error.to_string(),
    }
}

/// The token with another claim; null takes it away.
fn with(tenant: &Tenant, claim: &str, value: Value) -> String {
    let (header, mut claims) = tenant.parts(By::Es256);
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(claim);
    } else {
        claims[claim] = value;
    }
    tenant.sign(By::Es256, &header, &claims)
}

#[tokio::test]
async fn whoever_shows_a_good_token_has_their_strongest_role() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for by in [By::Rs256, By::Ps256, By::Es256] {
        let identity = verifier.verify(&tenant.token(by).into()).await.unwrap();
        assert_eq!(identity.role, Role::Approver, "{by:?}");
        assert!(identity.name.contains("auth0|grace"), "{by:?}: {identity:?}");
    }
}

#[tokio::test]
async fn a_claim_of_ones_own_gives_roles_by_a_map_of_ones_own() {
    let tenant = Tenant::start().await;
    let claim = "https://acme.example.com/roles";
    let map = [("hr-admins".to_owned(), Role::Operator)].into();
    let verifier = tenant.verifier_with(|it| it.roles = RoleClaim { claim: claim.to_owned(), map });
    let token = with(&tenant, claim, json!(["everybody", "hr-admins"]));
    assert_eq!(verifier.verify(&token.into()).await.unwrap().role, Role::Operator);
    assert!(refused(&verifier, &tenant.token(By::Es256)).await.contains("has no role here"));
    assert!(
        refused(&verifier, &with(&tenant, claim, json!(["everybody"]))).await.contains("has no role here")
    );
}

#[tokio::test]
async fn a_token_for_somebody_elses_api_or_of_another_tenant_shows_nothing() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let slashless = tenant.issuer.trim_end_matches('/').to_owned();
    for (claim, value, why) in [
        ("aud", json!("https://other.example.com"), "the token is for another audience"),
        ("aud", json!([]), "the token is for another audience"),
        ("aud", Value::Null, "the token is"),
        ("iss", json!("https://other.eu.auth0.com/"), "the token was issued by another tenant"),
        ("iss", json!(slashless), "the token was issued by another tenant"),
        ("iss", Value::Null, "the token"),
        ("sub", Value::Null, "the token is not usable"),
        ("exp", Value::Null, "the token is not usable"),
        ("exp", json!("tomorrow"), "the token is not usable"),
        ("permissions", json!(["baker"]), "auth0|grace has no role here"),
        ("permissions", Value::Null, "auth0|grace has no role here"),
    ] {
        let said = refused(&verifier, &with(&tenant, claim, value.clone())).await;
        assert!(said.starts_with(why), "{claim} = {value}: {said}");
    }
}

#[tokio::test]
async fn a_token_is_good_from_its_first_second_to_its_last_and_a_minute_for_clocks() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let token = tenant.token(By::Es256);
    tenant.pass(600 + 59);
    assert!(verifier.verify(&token.clone().into()).await.is_ok());
    tenant.pass(1);
    assert!(refused(&verifier, &token).await.starts_with("the token has expired on"));
    let early = with(&tenant, "nbf", json!(BEGIN + 10_000));
    assert!(refused(&verifier, &early).await.starts_with("the token"));
    let strict = tenant.verifier_with(|it| it.leeway = std::time::Duration::ZERO);
    let soon = with(&tenant, "exp", json!(BEGIN + 661));
    assert!(strict.verify(&soon.clone().into()).await.is_ok());
    tenant.pass(1);
    assert!(refused(&strict, &soon).await.starts_with("the token has expired on"));
}

#[tokio::test]
async fn whoever_knows_the_public_key_cannot_sign_with_it() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (_, claims) = tenant.parts(By::Rs256);
    let public = tenant.rsa_jwk("rsa", "RS256").to_string();
    for (header, key) in [
        (json!({ "alg": "HS256", "typ": "JWT", "kid": "rsa" }), public.as_bytes()),
        (json!({ "alg": "none", "typ": "JWT", "kid": "rsa" }), b"".as_slice()),
        (json!({ "alg": "None", "typ": "JWT", "kid": "rsa" }), b""),
        (json!({ "alg": "", "typ": "JWT", "kid": "rsa" }), b""),
    ] {
        let signed = [&header, &claims].map(|it| URL_SAFE_NO_PAD.encode(it.to_string())).join(".");
        let code = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
        for signature in [URL_SAFE_NO_PAD.encode(code.as_ref()), String::new()] {
            let said = refused(&verifier, &format!("{signed}.{signature}")).await;
            assert!(said.starts_with("the token"), "{header}: {said}");
        }
    }
    assert_eq!(tenant.asked(), 0, "nobody asks the tenant about them");
}

#[tokio::test]
async fn a_key_is_for_its_algorithm_alone() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for (signed, named) in [(By::Rs256, By::Ps256), (By::Ps256, By::Rs256), (By::Es256, By::Rs256)] {
        let (header, claims) = tenant.parts(named);
        let said = refused(&verifier, &tenant.sign(signed, &header, &claims)).await;
        assert_eq!(said, "the signature of the token is wrong", "{signed:?} as {named:?}");
    }
    let (mut header, claims) = tenant.parts(By::Rs256);
    header["alg"] = json!("PS256");
    let said = refused(&verifier, &tenant.sign(By::Ps256, &header, &claims)).await;
    assert_eq!(said, "the token is signed with an algorithm that is not allowed for its key");
}

#[tokio::test]
async fn what_was_changed_on_its_way_is_not_believed() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let token = tenant.token(By::Es256);
    let parts: Vec<&str> = token.split('.').collect();
    let (_, mut claims) = tenant.parts(By::Es256);
    claims["permissions"] = json!(["operator"]);
    let forged = URL_SAFE_NO_PAD.encode(claims.to_string());
    let (head, tail) = (parts[0], parts[2]);
    for changed in [
        format!("{head}.{forged}.{tail}"),
        format!("{head}.{}.{}", parts[1], &tail[..tail.len() - 2]),
        format!("{head}.{}.", parts[1]),
        format!("{token}="),
        format!("{token}.{tail}"),
        format!(" {token}"),
        "..".to_owned(),
        "a.b.c".to_owned(),
        String::new(),
        "x".repeat(100_000),
    ] {
        let said = refused(&verifier, &changed).await;
        assert!(!changed.is_empty() && !said.contains(&forged) || changed.is_empty(), "{said}");
    }
}

/// RFC 7519, 4: a parser refuses them, or takes the last one.
#[tokio::test]
async fn of_a_claim_that_is_there_twice_the_last_one_counts() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (header, claims) = tenant.parts(By::Es256);
    let twice = format!("{{\"exp\":9999999999,{}", &claims.to_string()[1..]);
    let token = tenant.sign_text(By::Es256, &[header.to_string(), twice]);
    assert!(verifier.verify(&token.clone().into()).await.is_ok());
    tenant.pass(700);
    assert!(refused(&verifier, &token).await.starts_with("the token has expired on"));
}
