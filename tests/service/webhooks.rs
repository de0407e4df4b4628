//! An HR system tells of changed employees: signed, of this moment, and each once.

use std::sync::Arc;

use access::Webhooks;
use access::signature::{SIGNATURE, TIMESTAMP};
use chrono::Utc;
use diff::Automatic;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::served::{Answer, As, Served, linked};
use crate::world::{Company, World};

const PATH: &str = "/api/webhooks/employees";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

async fn served(company: Company) -> Served {
    let webhooks = Webhooks::new(vec![SECRET.to_owned().into()]).unwrap();
    Served::over(World::with(company).await, |it| it.webhooks = Some(Arc::new(webhooks)), Vec::new()).await
}

fn signed(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let code = mac.finalize().into_bytes();
    code.iter().fold("sha256=".to_owned(), |all, it| format!("{all}{it:02x}"))
}

async fn told(served: &Served, timestamp: i64, signature: &str, body: &str) -> Answer {
    let asking = served.post(PATH).by(As::Nobody).header("content-type", "application/json");
    let asking = asking.header(TIMESTAMP, &timestamp.to_string()).header(SIGNATURE, signature);
    asking.raw(body).send().await
}

#[tokio::test]
async fn a_leaver_is_out_at_once_where_the_policy_has_it_so() {
    let company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .staff(5)
        .policy(|it| it.review.auto_approve = [Automatic::Block, Automatic::Revoke].into());
    let served = served(company).await;
    served.world.hr(1, "status", "terminated").await;
    let (now, body) = (Utc::now().timestamp(), json!({ "employees": ["1"] }).to_string());
    let signature = signed(SECRET, &now.to_string(), &body);
    let heard = told(&served, now, &signature, &body).await;
    assert_eq!((heard.status, &heard.body), (202, &json!({ "employees": 1 })), "{heard}");
    let done = served.until("/api/runs", |it| it.items().iter().any(|it| it["state"] == "applied")).await;
    assert_eq!(done.items()[0]["employee"], "1", "{done}");
    let again = told(&served, now, &signature, &body).await;
    assert_eq!(
        (again.status, again.problem()),
        (401, "unauthenticated"),
        "the same is not heard twice: {again}"
    );
    served.world.assert_settled().await;
}

#[tokio::test]
async fn what_the_policy_does_not_let_through_waits_for_a_person() {
    let served = served(Company::new().row(1, "Ana Silva", "Packing", "associate").staff(5)).await;
    let (now, body) = (Utc::now().timestamp(), json!({ "employees": ["1"] }).to_string());
    told(&served, now, &signed(SECRET, &now.to_string(), &body), &body).await;
    let plans = served.until("/api/plans", |it| !it.items().is_empty()).await;
    assert_eq!(plans.items()[0]["state"], "proposed", "{plans}");
    assert_eq!(linked(&served.world, 1).await, None);
}

#[tokio::test]
async fn what_is_not_signed_by_the_secret_of_this_moment_is_refused_and_on_record() {
    let served = served(Company::new().row(1, "Ana Silva", "Packing", "associate").staff(5)).await;
    let body = json!({ "employees": ["1"] }).to_string();
    let now = Utc::now().timestamp();
    let good = |at: i64| signed(SECRET, &at.to_string(), &body);
    for (at, signature, sent) in [
        (now, signed("another secret, and as long as it", &now.to_string(), &body), body.as_str()),
        (now, good(now), "{\"employees\":[\"2\"]}"),
        (now, good(now - 1), &body),
        (now - 600, good(now - 600), &body),
        (now + 600, good(now + 600), &body),
        (now, "sha256=".to_owned(), &body),
        (now, "md5=00".to_owned(), &body),
    ] {
        let refused = told(&served, at, &signature, sent).await;
        assert_eq!((refused.status, refused.problem()), (401, "unauthenticated"), "{refused}");
    }
    let bare = served.post(PATH).by(As::Operator).json(&json!({ "employees": ["1"] })).send().await;
    insta::assert_snapshot!(bare, @r#"
    401
    content-type: application/problem+json
    www-authenticate: Bearer
    {
      "detail": "the signature is not good",
      "next": "sign the timestamp, a dot and the very bytes of the body, with the configured secret",
      "status": 401,
      "title": "Say who you are",
      "type": "urn:rollcall:problem:unauthenticated"
    }
    "#);
    let reasons: Vec<String> = served
        .audited("&event=request_refused")
        .await
        .iter()
        .rev()
        .map(|it| it["body"]["reason"].as_str().unwrap().split(" at ").next().unwrap().to_owned())
        .collect();
    assert_eq!(reasons.len(), 8, "{reasons:#?}");
    assert_eq!(linked(&served.world, 1).await, None, "nothing was done");
}

#[tokio::test]
async fn what_is_signed_and_makes_no_sense_is_told_so() {
    let served = served(Company::new()).await;
    let now = Utc::now().timestamp();
    let many = json!({ "employees": (0..101).map(|it| it.to_string()).collect::<Vec<_>>() }).to_string();
    for body in ["{", "{}", "{\"employees\":[]}", "{\"employees\":[\"1\"],\"more\":1}", &many] {
        let refused = told(&served, now, &signed(SECRET, &now.to_string(), body), body).await;
        assert_eq!((refused.status, refused.problem()), (400, "bad-request"), "{body}: {refused}");
    }
}

#[tokio::test]
async fn without_a_secret_there_is_no_webhook() {
    let served = Served::with(Company::new()).await;
    let none = served.post(PATH).by(As::Nobody).raw("{}").send().await;
    insta::assert_snapshot!(none, @r#"
    404
    content-type: application/problem+json
    {
      "detail": "no webhook is configured",
      "next": "set ROLLCALL_WEBHOOK_SECRET, or webhook_secret_file in [server]",
      "status": 404,
      "title": "Not found",
      "type": "urn:rollcall:problem:not-found"
    }
    "#);
}
