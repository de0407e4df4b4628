//! How often the tenant is asked for its keys, and who waits for the answer.

use std::collections::BTreeSet;
use std::time::Duration;

use access::Verifier;
use access::jwt::KeyTimes;
use futures_util::future::join_all;
use serde_json::json;

use super::publisher::{Answer, Publisher, in_time};
use super::tenant::{By, Tenant, refusal};

const UNKNOWN: &str = "the token is signed with a key that the tenant does not publish";

/// A tenant whose keys are published elsewhere, the elliptic one first.
struct World {
    tenant: Tenant,
    keys: Publisher,
    verifier: Verifier,
}

impl World {
    async fn new() -> Self {
        Self::with(KeyTimes::default()).await
    }

    async fn with(times: KeyTimes) -> Self {
        let tenant = Tenant::start().await;
        let keys = Publisher::answering(Answer::Keys(json!({ "keys": [tenant.ec_jwk("ec")] }))).await;
        let verifier = tenant.verifier_with(|it| {
            it.jwks_url = Some(keys.url.clone());
            it.key_times = times;
        });
        Self { tenant, keys, verifier }
    }

    /// A token that lasts as long as a story, by the key of that id.
    fn token(&self, id: &str) -> String {
        self.tenant.token_with(By::Es256, |header, claims| {
            header["kid"] = json!(id);
            claims["exp"] = json!(super::tenant::BEGIN + 10_000_000);
        })
    }

    async fn good(&self, token: &str) {
        in_time(self.verifier.verify(&token.into())).await.unwrap();
    }

    async fn refused(&self, token: &str) -> String {
        in_time(refusal(&self.verifier, token)).await
    }

    /// Publishes these instead.
    fn publish(&self, ids: &[&str]) {
        let keys: Vec<_> = ids.iter().map(|it| self.tenant.ec_jwk(it)).collect();
        self.keys.answer(Answer::Keys(json!({ "keys": keys })));
    }
}

#[tokio::test]
async fn nobody_is_asked_before_there_is_a_token() {
    let world = World::new().await;
    assert_eq!(world.keys.asked(), 0);
    world.good(&world.token("ec")).await;
    assert_eq!(world.keys.asked(), 1);
}

#[tokio::test]
async fn clones_share_what_was_fetched() {
    let world = World::new().await;
    world.good(&world.token("ec")).await;
    let other = world.verifier.clone();
    assert!(other.verify(&world.token("ec").into()).await.is_ok());
    assert_eq!(world.keys.asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_many_threads_the_first_hundred_callers_are_one_question() {
    let world = World::new().await;
    let callers = (0..100).map(|_| {
        let (verifier, token) = (world.verifier.clone(), world.token("ec"));
        tokio::spawn(async move { verifier.verify(&token.into()).await.is_ok() })
    });
    let let_in = in_time(join_all(callers)).await;
    assert!(let_in.into_iter().all(Result::unwrap));
    assert_eq!(world.keys.asked(), 1);
}

#[tokio::test]
async fn whoever_comes_while_the_tenant_is_asked_waits_for_that_answer() {
    let world = World::new().await;
    world.keys.hold();
    let callers = join_all((0..50).map(|number| {
        let (verifier, keys) = (world.verifier.clone(), world.keys.clone());
        // Each names another key, half of them one that is published.
        let token = if number % 2 == 0 { world.token("ec") } else { world.token(&format!("guess-{number}")) };
        tokio::spawn(async move {
            let identity = verifier.verify(&token.into()).await;
            (identity.map_err(|it| it.to_string()).map(|_| ()), keys.asked())
        })
    }));
    world.keys.was_asked(1).await;
    world.keys.release();
    let outcomes: BTreeSet<_> = in_time(callers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes, [(Ok(()), 1), (Err(UNKNOWN.to_owned()), 1)].into());
}

#[tokio::test]
async fn a_caller_who_hangs_up_takes_the_question_from_nobody_else() {
    let world = World::new().await;
    world.keys.hold();
    let (verifier, token) = (world.verifier.clone(), world.token("ec"));
    let caller = tokio::spawn(async move { verifier.verify(&token.into()).await.is_ok() });
    world.keys.was_asked(1).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let (verifier, token) = (world.verifier.clone(), world.token("ec"));
    let second = tokio::spawn(async move { verifier.verify(&token.into()).await.is_ok() });
    world.keys.release();
    assert!(in_time(second).await.unwrap());
    assert_eq!(world.keys.asked(), 1);
}

#[tokio::test]
async fn a_key_that_is_not_held_is_asked_for_once_in_so_much_time() {
    let world = World::new().await;
    world.good(&world.token("ec")).await;
    for (seconds, asked) in [(0, 1), (29, 1), (1, 2), (29, 2), (1, 3)] {
        world.tenant.pass(seconds);
        let guesses = (0..20).map(|it| format!("guess-{it}")).map(|it| world.token(&it));
        for said in join_all(guesses.map(|it| {
            let world = &world;
            async move { world.refused(&it).await }
        }))
        .await
        {
            assert_eq!(said, UNKNOWN);
        }
        assert_eq!(world.keys.asked(), asked);
    }
    world.good(&world.token("ec")).await;
}

#[tokio::test]
async fn what_was_guessed_before_does_not_keep_a_new_key_out() {
    let world = World::new().await;
    assert_eq!(world.refused(&world.token("next")).await, UNKNOWN);
    world.publish(&["ec", "next"]);
    assert_eq!(world.refused(&world.token("next")).await, UNKNOWN, "the answer is as it was");
    world.tenant.pass(30);
    world.good(&world.token("next")).await;
    world.good(&world.token("ec")).await;
    assert_eq!(world.keys.asked(), 2);
}

#[tokio::test]
async fn keys_that_are_stale_are_used_while_new_ones_are_fetched() {
    let world = World::new().await;
    world.good(&world.token("ec")).await;
    world.publish(&["next"]);
    world.tenant.pass(599);
    world.good(&world.token("ec")).await;
    assert_eq!(world.keys.asked(), 1);
    world.tenant.pass(1);
    world.keys.hold();
    for _ in 0..20 {
        world.good(&world.token("ec")).await;
    }
    world.keys.was_asked(2).await;
    world.good(&world.token("ec")).await;
    world.keys.release();
    // This one waits for what is under way.
    world.good(&world.token("next")).await;
    assert_eq!(world.refused(&world.token("ec")).await, UNKNOWN, "what was taken back is gone");
    assert_eq!(world.keys.asked(), 2);
}

#[tokio::test]
async fn the_times_are_what_was_configured() {
    let times = KeyTimes {
        between_fetches: Duration::from_secs(5),
        stale_after: Duration::from_secs(5),
        dead_after: Duration::from_secs(6),
    };
    let world = World::with(times).await;
    world.good(&world.token("ec")).await;
    world.tenant.pass(4);
    world.good(&world.token("ec")).await;
    assert_eq!(world.keys.asked(), 1);
    world.keys.answer(Answer::Says(500, "".into()));
    world.tenant.pass(1);
    world.good(&world.token("ec")).await;
    assert_eq!(world.refused(&world.token("guess")).await, "no keys: the tenant answered with status 500");
    assert_eq!(world.keys.asked(), 2);
    world.tenant.pass(1);
    assert_eq!(world.refused(&world.token("ec")).await, "no keys: the tenant answered with status 500");
    assert_eq!(world.keys.asked(), 2, "they died within the time between two questions");
}

#[tokio::test]
async fn a_clock_that_is_set_back_costs_one_question() {
    let world = World::new().await;
    world.good(&world.token("ec")).await;
    world.tenant.pass(-3000);
    let token = world.tenant.token_with(By::Es256, |_, claims| claims["iat"] = json!(0));
    for _ in 0..20 {
        world.good(&token).await;
    }
    world.keys.was_asked(2).await;
    let guess = world.tenant.token_with(By::Es256, |header, _| header["kid"] = json!("guess"));
    assert_eq!(world.refused(&guess).await, UNKNOWN);
    world.good(&token).await;
    assert_eq!(world.keys.asked(), 2);
}
