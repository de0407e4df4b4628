//! The process is killed without warning, at every step of its journal and at random moments, and started again
//! until the work is done: nobody is made twice, no link is lost, nothing happens that was not approved.
//!
//! The real program, the real signal, a search that lags and answers that are lost. A dead process holds its
//! lease for fifteen seconds more; here the stored time is moved instead of waiting for it.

mod moments;
mod victim;

use moments::{Dice, Step};
use victim::Victim;

use crate::world::Server;

/// How many random lives each test of them lives. `ROLLCALL_TEST_SEEDS` asks for more.
const SEEDS: u64 = 50;

#[tokio::test]
async fn at_every_call_that_was_about_to_be_made() {
    Box::pin(at_every(Step::Intended, None)).await;
}

#[tokio::test]
async fn at_every_call_that_was_under_way() {
    Box::pin(at_every(Step::Asked, None)).await;
}

#[tokio::test]
async fn at_every_call_whose_answer_was_recorded() {
    Box::pin(at_every(Step::Concluded, None)).await;
}

#[tokio::test]
async fn at_every_call_on_postgresql() {
    Box::pin(at_every(Step::Asked, Some(Server::Postgres))).await;
}

#[tokio::test]
async fn at_every_call_on_mariadb() {
    Box::pin(at_every(Step::Asked, Some(Server::MySql))).await;
}

#[tokio::test]
async fn at_random_moments() {
    Box::pin(at_random(0, SEEDS, None)).await;
}

#[tokio::test]
async fn at_more_random_moments() {
    Box::pin(at_random(1_000, SEEDS, None)).await;
}

#[tokio::test]
async fn at_still_more_random_moments() {
    Box::pin(at_random(2_000, SEEDS, None)).await;
}

#[tokio::test]
async fn at_yet_more_random_moments() {
    Box::pin(at_random(3_000, SEEDS, None)).await;
}

#[tokio::test]
async fn at_random_moments_on_postgresql() {
    Box::pin(at_random(4_000, SEEDS / 2, Some(Server::Postgres))).await;
}

#[tokio::test]
async fn at_random_moments_on_mariadb() {
    Box::pin(at_random(5_000, SEEDS / 2, Some(Server::MySql))).await;
}

/// Killed once, at the first call that has come so far, then at the second, until a run lives to its end.
async fn at_every(step: Step, server: Option<Server>) {
    let Some(whole) = Victim::on(server).await else { return };
    whole.lives_to_its_end().await;
    for calls in 1.. {
        let victim = Victim::on(server).await.expect("there was a database a moment ago");
        victim.plan_and_approve().await;
        let killed = victim.killed_at(step, calls).await;
        victim.finish().await;
        victim.assert_as(&whole, &format!("{step:?} {calls}")).await;
        if !killed {
            assert!(calls > 12, "all calls of the plan were met");
            return;
        }
    }
}

/// Killed as often and whenever the dice say, with lost answers in between.
async fn at_random(first: u64, seeds: u64, server: Option<Server>) {
    let Some(whole) = Victim::on(server).await else { return };
    whole.lives_to_its_end().await;
    for seed in first..first + moments::seeds(seeds) {
        let mut dice = Dice::new(seed);
        let victim = Victim::on(server).await.expect("there was a database a moment ago");
        victim.trouble(dice.faults());
        let words = if dice.one_in(3) { "sync" } else { "apply 1" };
        victim.plan_and_approve().await;
        for _ in 0..=dice.below(4) {
            victim.killed_after(words, dice.moment()).await;
        }
        victim.finish().await;
        victim.assert_as(&whole, &format!("seed {seed}")).await;
    }
}
