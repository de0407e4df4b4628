//! Whose turn it is to tell: of several processes with one store, one.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use engine::Engine;
use std::sync::Arc;
use store::Turn;

use super::once::Once;
use super::tenant_looks;
use crate::app::App;
use crate::faults::chain;

/// How long a turn lasts that nobody renews. With [`TRY_EVERY`], whoever died is followed within a minute.
const TTL: TimeDelta = TimeDelta::seconds(45);
/// How often it is renewed: it bears a database that is away for half a minute.
const RENEW_EVERY: Duration = Duration::from_secs(10);
/// How often it is asked for.
const TRY_EVERY: Duration = Duration::from_secs(10);

/// Waits until it is our turn. Never, where there is no channel to tell by.
pub(super) async fn taken(app: &App, tenant: &mut tenant_looks::Memory) -> (Arc<Engine>, Turn) {
    let mut trouble = Once::default();
    let (engine, settings) = (app.engine(), app.settings());
    if settings.channels.is_empty() {
        return std::future::pending().await;
    }
    loop {
        // So that the last hour is known when the turn comes.
        tenant.count(&engine);
        match engine.store().take_turn(engine.tenant(), &app.holder, Utc::now(), TTL).await {
            Ok(Some(turn)) => return (engine, turn),
            Ok(None) => trouble = Once::default(),
            Err(error) => trouble.say(|| {
                tracing::warn!(error = chain(&error), "it is not known whose turn it is to send notices");
            }),
        }
        tokio::time::sleep(TRY_EVERY.min(settings.notices_every)).await;
    }
}

/// Holds on to the turn. Ends when it is lost, or has run out because nobody could be asked.
pub(super) async fn kept(engine: &Engine, turn: &Turn) {
    let mut trouble = Once::default();
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        match engine.store().keep_turn(turn, Utc::now()).await {
            Ok(true) => trouble = Once::default(),
            Ok(false) => return,
            Err(error) => {
                trouble.say(|| {
                    tracing::warn!(
                        error = chain(&error),
                        "the turn to send notices could not be renewed yet"
                    );
                });
                if turn.expires_at() <= Utc::now() {
                    return;
                }
            }
        }
    }
}
