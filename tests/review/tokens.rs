//! Tokens, and everything that is wrong with one.

use diff::Approver;
use engine::TokenError;
use insta::assert_snapshot;
use secrecy::SecretString;
use store::{Act, AuditFilter, NewToken, TokenRole};

use crate::world::{Company, World, person};

fn seen() -> Approver {
    Approver::Unverified { name: "op@host".to_owned() }
}

async fn token(world: &World, name: &str, role: TokenRole, expires_at: Option<&str>) -> SecretString {
    let expires_at = expires_at.map(|it| it.parse().unwrap());
    let token = NewToken { name: name.parse().unwrap(), role, expires_at };
    world.engine.create_token(&token, &seen()).await.unwrap()
}

async fn said(world: &World, secret: &SecretString, act: Act) -> String {
    match world.engine.identify(secret, act, &seen()).await {
        Ok(by) => by.to_string(),
        Err(refused) => world.chain(&refused),
    }
}

#[tokio::test]
async fn a_token_says_who_somebody_is_until_it_expires_or_is_revoked() {
    let mut world = World::with(Company::new()).await;
    let grace = token(&world, "grace", TokenRole::Approver, Some("2026-11-23T09:00:00Z")).await;
    let hal = token(&world, "hal", TokenRole::Operator, None).await;
    let ida = token(&world, "ida", TokenRole::Viewer, None).await;
    assert_eq!(world.engine.identify(&grace, Act::Decide, &seen()).await.unwrap(), person("grace"));
    assert_eq!(said(&world, &hal, Act::Administer).await, "hal");
    assert_snapshot!(said(&world, &grace, Act::Administer).await, @"the token of grace has the role approver, and this needs operator");
    assert_snapshot!(said(&world, &ida, Act::Decide).await, @"the token of ida has the role viewer, and this needs approver or operator");
    assert_snapshot!(said(&world, &"rct_guessed".to_owned().into(), Act::Decide).await, @"the token is not known here");
    world.engine.revoke_token("hal", &seen()).await.unwrap();
    assert_snapshot!(said(&world, &hal, Act::Decide).await, @"the token of hal was revoked on 2026-11-23 at 08:00 UTC");
    world.clock("2026-11-23T09:00:00Z");
    let expired = world.engine.identify(&grace, Act::Decide, &seen()).await.unwrap_err();
    assert!(matches!(expired, TokenError::Expired { .. }));
    assert_snapshot!(world.chain(&expired), @"the token of grace has expired on 2026-11-23 at 09:00 UTC");
    let rows = world.engine.store().audit_entries(&AuditFilter::default()).await.unwrap();
    let line = |it: &store::AuditRow| {
        let (token, why) = (&it.entry.body["token"], it.entry.body["reason"].as_str().unwrap_or_default());
        format!("{} by {}: {} {why}", it.entry.event, it.entry.by, token.as_str().unwrap_or("?"))
    };
    let told: Vec<String> = rows.iter().map(|it| line(it).trim_end().to_owned()).collect();
    assert_snapshot!(told.join("\n"), @"
    token_created by op@host (unverified): grace
    token_created by op@host (unverified): hal
    token_created by op@host (unverified): ida
    token_refused by op@host (unverified): grace the token of grace has the role approver, and this needs operator
    token_refused by op@host (unverified): ida the token of ida has the role viewer, and this needs approver or operator
    token_refused by op@host (unverified): ? the token is not known here
    token_revoked by op@host (unverified): hal
    token_refused by op@host (unverified): hal the token of hal was revoked on 2026-11-23 at 08:00 UTC
    token_refused by op@host (unverified): grace the token of grace has expired on 2026-11-23 at 09:00 UTC
    ");
    let record = format!("{rows:?} {:?}", world.engine.store().tokens().await.unwrap());
    for secret in [&grace, &hal, &ida] {
        assert!(!record.contains(secrecy::ExposeSecret::expose_secret(secret)), "a token is kept nowhere");
    }
}
