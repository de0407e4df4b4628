//! Encrypted, where a certificate is configured.

use std::path::PathBuf;

use super::served::{Served, token};
use crate::world::{Company, World};

#[tokio::test]
async fn a_certificate_makes_it_speak_tls_and_nothing_else() {
    let file = |name: &str| PathBuf::from(format!("{}/../fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR")));
    let mut world = World::with(Company::new()).await;
    world.by_the_wall();
    let token = token(&world, "grace", store::TokenRole::Viewer).await;
    let tls = Some((file("localhost.crt"), file("localhost.key")));
    let service = Served::start(&world, "host:1", |it| it.tls = tls, Vec::new()).await;
    assert!(service.url().starts_with("https://127.0.0.1:"), "{}", service.url());
    let certificate = reqwest::Certificate::from_pem(&std::fs::read(file("localhost.crt")).unwrap()).unwrap();
    let trusting = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap();
    let answer =
        trusting.get(format!("{}/api/plans", service.url())).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let plain = service.url().replacen("https", "http", 1);
    assert!(trusting.get(format!("{plain}/healthz")).send().await.is_err(), "it does not speak plain HTTP");
    assert!(service.stop().await);
}
