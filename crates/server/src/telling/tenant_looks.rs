//! Looks at the tenant: whether it gives a token, and what the last calls were like.

use std::time::Duration;

use engine::Engine;
use notify::{Condition, Kind, Notifier, Subject};
use tokio::time::Instant;

use super::window::{Said, Window};
use crate::faults::chain;

/// One may be a network that was away for a moment; and each has been tried several times already.
const TOKEN_FAILURES: u64 = 2;

/// What is remembered of the tenant.
#[derive(Default)]
pub(super) struct Memory {
    calls: Window,
    /// How often in a row there was no token.
    no_token: u64,
}

impl Memory {
    /// Counts the calls of the last moments.
    pub(super) fn count(&mut self, engine: &Engine) {
        self.calls.count(&engine.usage(), Instant::now());
    }
}

/// Looks again and again. It may take a while, since a tenant that does not answer is waited for.
pub(super) async fn look(engine: &Engine, notifier: &Notifier, memory: &mut Memory, every: Duration) {
    loop {
        token(engine, notifier, memory).await;
        memory.count(engine);
        let (calls, now) = (&memory.calls, Instant::now());
        observe(notifier, Kind::FailureRate, &calls.failing(now));
        observe(notifier, Kind::ApiSlow, &calls.slow(now));
        observe(notifier, Kind::RateLimited, &calls.refused(now));
        tokio::time::sleep(every).await;
    }
}

async fn token(engine: &Engine, notifier: &Notifier, memory: &mut Memory) {
    match engine.check_token().await {
        Ok(()) => memory.no_token = 0,
        Err(error) => {
            memory.no_token += 1;
            if memory.no_token == 1 {
                tracing::warn!(error = chain(&error), "Auth0 gives no token");
            }
        }
    }
    let failures = memory.no_token;
    let said = match failures {
        0 => Said::Over,
        // It may stand from before a restart.
        1..TOKEN_FAILURES => Said::Nothing,
        TOKEN_FAILURES.. => Said::Stands(Condition::TokenFailures { failures }),
    };
    observe(notifier, Kind::TokenFailures, &said);
}

fn observe(notifier: &Notifier, kind: Kind, said: &Said) {
    match said {
        Said::Stands(condition) => notifier.raise(condition),
        Said::Over => notifier.clear(kind, &Subject::tenant()),
        Said::Nothing => {}
    }
}
