//! What people read when something between Rollcall and Auth0 speaks for Auth0, or nobody speaks.

use std::time::Duration;

use auth0::{CallError, Config};
use serde_json::json;

use crate::asking::read;
use crate::liar::{Heard, Liar, Raw, Then};
use crate::world::{create, id, update};

const PAGE: &str = "<!DOCTYPE html><html><body>Welcome to the guest network, ada@example.com</body></html>";

/// What a reader is told, with the domain's name for its number.
async fn told(answer: impl Fn(&Heard) -> Raw + Send + Sync + 'static) -> String {
    let short = |it| Config { max_retries: 1, request_timeout: Duration::from_millis(300), ..it };
    let liar = Liar::with(answer, short).await;
    let text = read(&liar.client.users().await.unwrap_err());
    assert!(!text.contains("ada@"), "{text}");
    text.replace(&liar.domain, "DOMAIN")
}

#[tokio::test]
async fn a_page_from_a_proxy() {
    let pages = [
        told(|_| Raw::answer(200, "content-type: text/html\r\n", PAGE)).await,
        told(|_| Raw::answer(502, "content-type: text/html\r\n", PAGE)).await,
        told(|_| Raw::answer(407, "content-type: text/html\r\n", PAGE)).await,
        told(|_| Raw::answer(404, "content-type: text/html\r\n", PAGE)).await,
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[tokio::test]
async fn a_redirect() {
    let redirects = [
        told(|_| {
            Raw::answer(302, "location: https://login.guest.example/?token=hush&to=ada@example.com\r\n", PAGE)
        })
        .await,
        told(|_| Raw::answer(301, "location: /elsewhere\r\n", "")).await,
        told(|_| Raw::answer(307, "location: http://127.0.0.1:1/api/v2/users\r\n", "")).await,
        told(|_| Raw::answer(308, "location: http://[not an address\r\n", "")).await,
        told(|_| Raw::answer(304, "", "")).await,
    ];
    insta::assert_snapshot!(redirects.join("\n"));
}

#[tokio::test]
async fn a_redirect_is_about_the_tenant_and_nothing_was_done() {
    let liar = Liar::new(|_| (307, "location: https://elsewhere.example/\r\n", String::new())).await;
    for request in [create("ada@example.com"), update("auth0|1", "email", json!("ada@example.com"))] {
        let error = liar.client.carry_out(&request, "x", &|| true).await.unwrap_err();
        assert!(matches!(error, CallError::Tenant(auth0::Error::Redirected { .. })), "{error:?}");
    }
    assert_eq!(liar.asked(), 2, "each once");
}

/// With a server that would take the token, were it followed there.
#[tokio::test]
async fn a_redirect_is_followed_nowhere() {
    let other = Liar::new(|_| (200, "", "{}".to_owned())).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://{}/api/v2/users\r\n", other.domain);
        let liar = Liar::about_everything(move |_| Raw::answer(status, &location, ""), |it| it).await;
        let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
        assert!(error.to_string().starts_with("POST /oauth/token: "), "{error}");
        let location = format!("location: http://{}/api/v2/users\r\n", other.domain);
        let liar = Liar::raw(move |_| Raw::answer(status, &location, "")).await;
        liar.client.user(&id("auth0|1")).await.unwrap_err();
        assert_eq!(liar.asked(), 1);
    }
    assert_eq!(other.written(), 0, "nobody came");
}

#[tokio::test]
async fn no_answer_in_time() {
    insta::assert_snapshot!(told(|_| Raw::bytes("").then(Then::Silence)).await);
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    let half = |bytes: &'static str| move |_: &Heard| Raw::bytes(bytes);
    let broken = [
        told(half("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"users\":[")).await,
        told(half("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"use")).await,
        told(half("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"users\":[")).await,
        told(half("HTTP/1.1 20")).await,
        told(half("SSH-2.0-OpenSSH_9.9\r\n")).await,
    ];
    insta::assert_snapshot!(broken.join("\n"));
}

#[tokio::test]
async fn an_answer_that_is_something_else() {
    let others = [
        told(|_| {
            Raw::answer(200, "", json!({ "statusCode": 400, "message": "ada@example.com" }).to_string())
        })
        .await,
        told(|_| Raw::answer(200, "", "")).await,
        told(|_| Raw::answer(200, "", json!({ "users": "ada@example.com", "total": 1 }).to_string())).await,
        told(|_| Raw::answer(200, "", "OK")).await,
    ];
    insta::assert_snapshot!(others.join("\n"));
}
