//! What a tenant is set up with, read before anything is done to it.

use auth0::{Client, Config, ConnectionOptions, CustomDomain, EmailProvider, Error, Trouble};
use chrono::TimeDelta;
use diff::{Group, RatePlan};
use serde_json::json;
use simulator::{Options, Switches};

use crate::liar::Liar;
use crate::world::{SECRET, World};

#[tokio::test]
async fn a_connection_whose_options_may_not_be_read_has_none() {
    let reader = json!({ "client_id": "reader", "client_secret": "s", "scopes": ["read:connections"] });
    let world = World::of(json!({ "applications": [reader] })).await;
    let config =
        Config { client_id: "reader".into(), client_secret: "s".into(), ..World::config(&world.simulator) };
    let connection = Client::new(config).unwrap().connection().await.unwrap().unwrap();
    assert_eq!(connection.options, None);
    assert!(connection.enabled_clients.is_some());
}

#[tokio::test]
async fn a_connection_may_let_several_users_have_one_address() {
    let options = |attributes| json!({ "connections": [{ "name": "Username-Password-Authentication", "options": attributes }] });
    for (attributes, unique_email) in [
        (json!({}), true),
        (json!({ "attributes": { "email": { "identifier": { "active": true } } } }), true),
        (json!({ "attributes": { "email": { "unique": false }, "username": {} } }), false),
    ] {
        let world = World::of(options(attributes)).await;
        let connection = world.client.connection().await.unwrap().unwrap();
        let expected = ConnectionOptions { requires_username: false, unique_email };
        assert_eq!(connection.options, Some(expected));
    }
}

#[tokio::test]
async fn custom_domains_come_by_name_with_what_they_are_for() {
    let world = World::of(json!({
        "custom_domains": [
            { "domain": "new.example.com", "status": "pending_verification" },
            { "domain": "login.example.com", "is_default": true },
        ],
    }))
    .await;
    let domain =
        |domain: &str, is_ready, is_default| CustomDomain { domain: domain.into(), is_ready, is_default };
    assert_eq!(
        world.client.custom_domains().await.unwrap(),
        [domain("login.example.com", true, true), domain("new.example.com", false, false)]
    );
    assert_eq!(World::new().await.client.custom_domains().await.unwrap(), []);
}

#[tokio::test]
async fn mails_are_sent_by_a_provider_or_by_auth0() {
    let provider = async |state| World::of(state).await.client.email_provider().await.unwrap();
    assert_eq!(provider(json!({})).await, EmailProvider::BuiltIn);
    let own = |name: &str, enabled| EmailProvider::Own { name: name.into(), enabled };
    assert_eq!(provider(json!({ "email_provider": { "name": "ses" } })).await, own("ses", true));
    let off = json!({ "email_provider": { "name": "smtp", "enabled": false } });
    assert_eq!(provider(off).await, own("smtp", false));
}

#[tokio::test]
async fn a_proxys_not_found_does_not_mean_that_auth0_sends_the_mails() {
    let liar = Liar::new(|_| (404, "", "<html>Not Found</html>".into())).await;
    let error = liar.client.email_provider().await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[tokio::test]
async fn users_are_counted_with_one_call() {
    let world = World::with_users(250).await;
    assert_eq!(world.client.count_users().await.unwrap(), Some(250));
    assert_eq!(world.count("GET /api/v2/users"), 1);
    let many = World::with_users(1_000).await;
    assert_eq!(many.client.count_users().await.unwrap(), None, "which may stand for more");
}

#[tokio::test]
async fn answers_tell_the_time_and_the_limits_beside_what_was_asked() {
    let switches = Switches { clock_ahead_s: -600, ..Switches::default() };
    let options = Options { switches, plan: simulator::RatePlan::Professional, ..Options::default() };
    let world = World::with(json!({}), options).await;
    assert_eq!(world.client.clock_ahead(), None);
    assert!(world.client.declared_sizes().is_empty());
    world.client.roles().await.unwrap();
    world.client.connection().await.unwrap();
    let ahead = world.client.clock_ahead().unwrap();
    assert!((ahead + TimeDelta::minutes(10)).abs() < TimeDelta::seconds(10), "{ahead}");
    let sizes: Vec<_> = world.client.declared_sizes().into_iter().collect();
    assert_eq!(sizes, [(Group::ReadConnections, 5), (Group::Other, 10)]);
    assert_eq!(RatePlan::with(&world.client.limits()), Some(RatePlan::Professional));
}

#[tokio::test]
async fn why_nobody_answered_is_told_apart() {
    let world = World::new().await;
    let trouble = async |domain: &str| {
        let config = Config { max_retries: 0, ..Config::new(domain.parse().unwrap(), "id", SECRET.into()) };
        Client::new(config).unwrap().token_scopes().await.unwrap_err().trouble()
    };
    assert_eq!(trouble("tenant.invalid").await, Some(Trouble::NoSuchName));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(trouble(&free.to_string()).await, Some(Trouble::NobodyListens));
    let plain = world.simulator.url().replace("http:", "https:");
    assert!(matches!(trouble(&plain).await, Some(Trouble::NoTls(_))));
    let wrong = Config { client_secret: "another".into(), ..World::config(&world.simulator) };
    let refused = Client::new(wrong).unwrap().token_scopes().await.unwrap_err();
    assert_eq!(refused.trouble(), None, "somebody did answer");
}
