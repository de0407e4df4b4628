//! Looks at the store: plans, the last run, leavers.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::Utc;
use engine::Engine;
use notify::{Kind, Notifier, State, Subject};

use super::leavers::Leavers;
use super::once::Once;
use super::plans::{Plans, SETTLES};
use super::{Head, runs};
use crate::app::App;
use crate::faults::chain;

/// What is remembered of the store.
#[derive(Default)]
pub(super) struct Memory {
    plans: Plans,
    leavers: Leavers,
}

/// What stands as far as was told.
pub(super) struct Standing(BTreeSet<(Kind, Subject)>);

impl Standing {
    fn of(notifier: &Notifier) -> Self {
        let raised = notifier.announced().into_iter().filter(|it| it.state == State::Raised);
        Self(raised.map(|it| (it.notice.kind(), it.notice.subject().clone())).collect())
    }

    pub(super) fn has(&self, kind: Kind, subject: Subject) -> bool {
        self.0.contains(&(kind, subject))
    }
}

/// Looks again and again, and at once when something happened.
pub(super) async fn look(
    app: &App,
    engine: &Engine,
    notifier: &Notifier,
    head: &Head,
    memory: &mut Memory,
    every: Duration,
) {
    let mut trouble = Once::default();
    loop {
        let wait = match look_once(engine, notifier, head, memory, every).await {
            Ok(wait) => {
                trouble = Once::default();
                wait
            }
            Err(error) => {
                trouble.say(|| {
                    tracing::warn!(error = chain(&error), "what needs somebody could not be looked for");
                });
                every
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.telling.soon() => {}
        }
    }
}

/// Tells how soon to look again. Where something cannot be read, all that is read after it stays as it stands.
async fn look_once(
    engine: &Engine,
    notifier: &Notifier,
    head: &Head,
    memory: &mut Memory,
    every: Duration,
) -> Result<Duration, store::Error> {
    let (store, tenant, now) = (engine.store(), engine.tenant(), Utc::now());
    let standing = Standing::of(notifier);
    head.set(store.newest_audit_head(tenant).await?.map(|it| it.to_string()));
    store.expire_plans(now).await?;
    let Memory { plans, leavers } = memory;
    let open = plans.open(engine).await?;
    let waiting = plans.waiting(&open, &standing, now);
    notifier.observe_all(Kind::PlanWaits, &waiting.within_limits);
    notifier.observe_all(Kind::LimitBreached, &waiting.breached);
    let incomplete = runs::incomplete(store.last_ended_run(tenant).await?, &open, plans);
    notifier.observe_all(Kind::RunIncomplete, incomplete.as_slice());
    let pending = leavers.pending(engine, &open, plans, &standing, every).await?;
    notifier.observe_all(Kind::LeaverPending, &pending);
    Ok(if waiting.more_soon { every.min(SETTLES) } else { every })
}
