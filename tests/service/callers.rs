//! Who may what: every route as every kind of caller.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::{NewToken, TokenRole};

use super::served::{Answer, As, Issuer, Served, token};
use crate::world::{Company, World, person};

/// Whoever shows one of these is nobody.
async fn worthless(world: &World, issuer: &Issuer) -> BTreeMap<&'static str, String> {
    let expired = NewToken {
        name: "expired".parse().unwrap(),
        role: TokenRole::Operator,
        expires_at: Some(Utc::now() - TimeDelta::seconds(1)),
    };
    let expired = world.engine.create_token(&expired, &person("root")).await.unwrap();
    let revoked = token(world, "revoked", TokenRole::Operator).await;
    world.engine.revoke_token("revoked", &person("root")).await.unwrap();
    let past = Utc::now().timestamp() - 600;
    let stranger = Issuer::start().await;
    BTreeMap::from([
        ("a token of nobody", "rct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        ("an expired token", expired.expose_secret().to_owned()),
        ("a revoked token", revoked),
        (
            "a JWT for another audience",
            issuer.token("operator", |_, it| it["aud"] = json!("https://other.example.com")),
        ),
        (
            "a JWT of another issuer",
            issuer.token("operator", |_, it| it["iss"] = json!("https://other.example.com/")),
        ),
        ("a JWT that has expired", issuer.token("operator", |_, it| it["exp"] = json!(past))),
        ("a JWT by an unknown key", issuer.token("operator", |it, _| it["kid"] = json!("key-2"))),
        ("a JWT that a stranger signed", {
            let theirs = issuer.token("operator", |_, _| ());
            let (signed, _) = theirs.rsplit_once('.').unwrap();
            let other = stranger.token("operator", |_, _| ());
            format!("{signed}.{}", other.rsplit_once('.').unwrap().1)
        }),
        ("a JWT that is not signed", issuer.token("operator", |it, _| it["alg"] = json!("none"))),
        ("a JWT that gives no role", issuer.token("baker", |_, _| ())),
    ])
}

/// A path with things in it that are not there.
fn filled(template: &str) -> String {
    template.replace("{id}", "404404").replace("{employee}", "404404").replace("{name}", "nobody")
}

async fn asked(served: &Served, method: &Method, template: &str, caller: As<'_>) -> Answer {
    let asking = served.ask(method.clone(), &filled(template)).by(caller);
    if *method == Method::GET { asking.send().await } else { asking.json(&json!({})).send().await }
}

#[tokio::test]
async fn every_route_as_every_kind_of_caller() {
    let issuer = Issuer::start().await;
    let verifier = issuer.verifier();
    let world = World::with(Company::new().settled(1, "Ana Silva", "Packing", "associate")).await;
    let served = Served::over(world, |it| it.jwt = Some(verifier), Vec::new()).await;
    let worthless = worthless(&served.world, &issuer).await;
    let mut table = Vec::new();
    for (method, path) in served.contract.operations() {
        if path.starts_with("/api/webhooks/") {
            continue; // signed, and not by a person; see `webhooks.rs`
        }
        let unknown = asked(&served, &method, &path, As::Nobody).await;
        assert_eq!((unknown.status, unknown.problem()), (401, "unauthenticated"), "{method} {path}");
        for (what, token) in &worthless {
            let refused = asked(&served, &method, &path, As::Token(token)).await;
            assert_eq!(
                (refused.status, refused.problem()),
                (401, "unauthenticated"),
                "{method} {path}: {what}"
            );
        }
        let mut row = format!("{:<7}{path:<42}", method.as_str());
        for (word, caller) in [("viewer", As::Viewer), ("approver", As::Approver), ("operator", As::Operator)]
        {
            let ours = asked(&served, &method, &path, caller).await;
            let signed = issuer.token(word, |_, _| ());
            let theirs = asked(&served, &method, &path, As::Token(&signed)).await;
            assert_eq!(ours.status, theirs.status, "{method} {path}: a JWT counts as a token does");
            assert_ne!(ours.status, 401, "{method} {path}: {ours}");
            write!(row, "{:<9}", ours.status).unwrap();
        }
        table.push(row.trim_end().to_owned());
    }
    table.sort();
    insta::assert_snapshot!(table.join("\n"));
    served.world.assert_settled().await;
}

#[tokio::test]
async fn nothing_but_health_answers_without_a_token() {
    let served = Served::with(Company::new()).await;
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 401),
        ("/api/openapi.json", 401),
        ("/api/plans", 401),
        ("/", 404),
        ("/api/../etc/passwd", 404),
        ("/.env", 404),
    ] {
        assert_eq!(served.get(path).by(As::Nobody).send().await.status, status, "{path}");
    }
    let ready = served.get("/readyz").by(As::Nobody).send().await;
    insta::assert_snapshot!(ready.text, @r#"{"checks":{"migrations":true,"running":true,"source":true,"store":true,"token":true},"ready":true}"#);
    assert_eq!(served.get("/metrics").by(As::Viewer).send().await.status, 200);
}

#[tokio::test]
async fn every_refusal_is_on_record_with_its_reason() {
    let issuer = Issuer::start().await;
    let verifier = issuer.verifier();
    let world = World::with(Company::new().settled(1, "Ana Silva", "Packing", "associate")).await;
    let served = Served::over(world, |it| it.jwt = Some(verifier), Vec::new()).await;
    let worthless = worthless(&served.world, &issuer).await;
    served.get("/api/plans").by(As::Nobody).send().await;
    for token in worthless.values() {
        served.get("/api/plans").by(As::Token(token)).send().await;
    }
    let forbidden = served.post("/api/admin/employees/1/create-auth0").by(As::Viewer).send().await;
    insta::assert_snapshot!(forbidden, @r#"
    403
    content-type: application/problem+json
    {
      "detail": "your role is viewer, and this needs approver or operator",
      "next": "ask an operator for a token with that role",
      "status": 403,
      "title": "Not allowed",
      "type": "urn:rollcall:problem:forbidden"
    }
    "#);
    served.get("/api/tokens").by(As::Approver).send().await;
    let mut said: Vec<String> = Vec::new();
    for event in ["request_refused", "token_refused"] {
        let entries = served.audited(&format!("&event={event}")).await;
        said.extend(entries.iter().map(|it| {
            let why = it["body"]["reason"].as_str().unwrap().split(" on 2").next().unwrap();
            format!("{event} {}: {why}", it["by"].as_str().unwrap())
        }));
    }
    said.sort();
    insta::assert_snapshot!(said.join("\n"), @"
    request_refused approver: GET /api/tokens: the role approver may not, and this needs operator
    request_refused somebody@127.0.0.1: auth0|grace has no role here
    request_refused somebody@127.0.0.1: no token
    request_refused somebody@127.0.0.1: the signature of the token is wrong
    request_refused somebody@127.0.0.1: the token has expired
    request_refused somebody@127.0.0.1: the token is for another audience
    request_refused somebody@127.0.0.1: the token is signed with a key that the tenant does not publish
    request_refused somebody@127.0.0.1: the token is signed with an algorithm that is not allowed for its key
    request_refused somebody@127.0.0.1: the token was issued by another tenant
    request_refused viewer: POST /api/admin/employees/1/create-auth0: the role viewer may not, and this needs approver or operator
    token_refused somebody@127.0.0.1: the token is not known here
    token_refused somebody@127.0.0.1: the token of expired has expired
    token_refused somebody@127.0.0.1: the token of revoked was revoked
    ");
}

#[tokio::test]
async fn an_address_that_shows_bad_tokens_has_to_wait() {
    let world = World::with(Company::new()).await;
    let three = NonZeroU32::new(3).unwrap();
    let served = Served::over(world, |it| it.attempts = (three, Duration::from_mins(10)), Vec::new()).await;
    for _ in 0..3 {
        assert_eq!(served.get("/api/plans").by(As::Token("rct_guess")).send().await.status, 401);
    }
    let waits = served.get("/api/plans").send().await;
    assert!(waits.header("retry-after").parse::<u64>().unwrap() > 0);
    insta::assert_snapshot!(waits.text, @r#"
    {"type":"urn:rollcall:problem:too-many-attempts","title":"Too many failed attempts","status":429,"detail":"this address has shown too many bad tokens","next":"wait, and look whether the token is the one that you were given"}
    "#);
    assert_eq!(served.get("/healthz").by(As::Nobody).send().await.status, 200);
}
