//! Tokens, handed out and taken away over HTTP.

use reqwest::Method;
use serde_json::json;

use super::served::{As, Served};
use crate::world::Company;

#[tokio::test]
async fn a_token_is_shown_once_used_and_taken_away() {
    let served = Served::with(Company::new()).await;
    let wanted = json!({ "name": "ci", "role": "viewer" });
    let made = served.post("/api/tokens").json(&wanted).send().await;
    assert_eq!(made.status, 201, "{made}");
    let token = made.body["token"].as_str().unwrap().to_owned();
    assert_eq!(served.get("/api/plans").by(As::Token(&token)).send().await.status, 200);
    let listed = served.get("/api/tokens").send().await;
    assert!(!listed.text.contains(&token), "it is kept nowhere");
    assert!(!served.audited("").await.iter().any(|it| it.to_string().contains(&token)));
    let again = served.post("/api/tokens").json(&wanted).send().await;
    assert_eq!((again.status, again.problem()), (409, "conflict"), "{again}");
    assert_eq!(served.ask(Method::DELETE, "/api/tokens/ci").send().await.status, 204);
    assert_eq!(served.get("/api/plans").by(As::Token(&token)).send().await.status, 401);
    let gone = served.ask(Method::DELETE, "/api/tokens/nobody").send().await;
    assert_eq!((gone.status, gone.problem()), (404, "not-found"), "{gone}");
}

#[tokio::test]
async fn a_token_that_could_not_be_used_is_not_made() {
    let served = Served::with(Company::new()).await;
    let mut said = Vec::new();
    for wanted in [
        json!({ "name": "", "role": "viewer" }),
        json!({ "name": "ci", "role": "king" }),
        json!({ "name": "ci", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z" }),
        json!({ "name": "ci" }),
    ] {
        let refused = served.post("/api/tokens").json(&wanted).send().await;
        said.push(format!("{wanted}\n{} {}", refused.status, refused.body["detail"].as_str().unwrap()));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    {"name":"","role":"viewer"}
    400 "" is no name for a token: write up to 60 letters, digits and . _ - @
    {"name":"ci","role":"king"}
    400 Failed to deserialize the JSON body into the target type: role: unknown variant `king`, expected one of `viewer`, `approver`, `operator` at line 1 column 26
    {"expires_at":"2020-01-01T00:00:00Z","name":"ci","role":"viewer"}
    400 the token would have expired already
    {"name":"ci"}
    400 Failed to deserialize the JSON body into the target type: missing field `role` at line 1 column 13
    "#);
}
