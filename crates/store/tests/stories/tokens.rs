//! Tokens, known by their hashes.

use diff::Approver;
use store::{Act, Error, NewToken, SourceOptions, StoredToken, TokenName, TokenRole};

use crate::world::{at, everywhere, grace};

fn token(name: &str) -> NewToken {
    NewToken { name: name.parse().unwrap(), role: TokenRole::Approver, expires_at: None }
}

#[tokio::test]
async fn a_token_is_known_by_its_hash_until_it_is_revoked() {
    everywhere(|world| async move {
        let store = world.store().await;
        store.create_token(&token("grace"), "h1", &grace(), at("08:00:00")).await.unwrap();
        assert_eq!(store.show_token("h2", at("08:01:00")).await.unwrap(), None);
        let shown = store.show_token("h1", at("08:01:00.1234")).await.unwrap().unwrap();
        let made = StoredToken {
            name: "grace".to_owned(),
            role: TokenRole::Approver,
            created_at: at("08:00:00"),
            created_by: "grace@host (unverified)".to_owned(),
            expires_at: None,
            revoked_at: None,
            used_at: None,
        };
        assert_eq!(shown, made);
        let used = StoredToken { used_at: Some(at("08:01:00.123")), ..made.clone() };
        assert_eq!(store.tokens().await.unwrap(), std::slice::from_ref(&used));
        store.revoke_token("grace", at("08:02:00")).await.unwrap();
        let revoked = store.show_token("h1", at("08:03:00")).await.unwrap().unwrap();
        assert_eq!(revoked, StoredToken { revoked_at: Some(at("08:02:00")), ..used });
        let none = store.revoke_token("grace", at("08:04:00")).await.unwrap_err();
        assert_eq!(none.to_string(), "revoke the token of grace: there is none in use");
    })
    .await;
}

#[tokio::test]
async fn a_name_has_one_token_in_use() {
    everywhere(|world| async move {
        let store = world.store().await;
        let passing = NewToken { expires_at: Some(at("09:00:00")), ..token("grace") };
        store.create_token(&passing, "h1", &grace(), at("08:00:00")).await.unwrap();
        store.create_token(&token("Grace"), "h2", &grace(), at("08:00:00")).await.unwrap();
        let twice = store.create_token(&token("grace"), "h3", &grace(), at("08:59:59")).await.unwrap_err();
        assert!(matches!(&twice, Error::TokenInUse(name) if name == "grace"), "{twice:?}");
        assert_eq!(twice.to_string(), "make a token for grace: one of that name is in use");
        store.create_token(&token("grace"), "h3", &grace(), at("09:00:00")).await.unwrap();
        let old = store.show_token("h1", at("09:00:01")).await.unwrap().unwrap();
        assert!(old.revoked_at.is_some() && old.is_expired(at("09:00:01")));
        let other = world.open(SourceOptions::default()).await;
        let (a, b) = tokio::join!(
            store.revoke_token("grace", at("09:01:00")),
            other.revoke_token("grace", at("09:01:00"))
        );
        assert!(a.is_ok() || b.is_ok());
        assert!(store.show_token("h3", at("09:02:00")).await.unwrap().unwrap().revoked_at.is_some());
    })
    .await;
}

#[test]
fn a_name_is_one_that_a_list_can_show_and_not_the_policys() {
    let said = |name: &str| name.parse::<TokenName>().map_err(|it| it.to_string());
    for fine in ["grace", "grace.hopper@example.com", "nightly_sync-2", "Zoë"] {
        assert!(said(fine).is_ok(), "{fine}");
    }
    assert_eq!(
        said("grace (unverified)").unwrap_err(),
        "\"grace (unverified)\" is no name for a token: write up to 60 letters, digits and . _ - @"
    );
    assert!(said("").is_err() && said(&"x".repeat(61)).is_err() && said("a\nb").is_err());
    assert_eq!(
        said(Approver::POLICY).unwrap_err(),
        "\"policy\" is the name by which the policy itself approves: choose another"
    );
}

#[test]
fn a_role_may_what_it_says() {
    let may = |act: Act| TokenRole::ALL.map(|it| it.may(act));
    assert_eq!(may(Act::Decide), [false, true, true]);
    assert_eq!(may(Act::Administer), [false, false, true]);
}
