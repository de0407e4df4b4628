//! Tells people and other systems what needs somebody, once when it begins and once when it is over.
//!
//! ```text
//! turn ─► what was told is restored ─► looks: store, tenant, record ─► Notifier ─► channels
//!                                                                          └─► what was told is kept
//! ```
//!
//! Of several processes one has the turn ([`turn`]), and tells; each of the others takes it within a minute after
//! that one has died, and goes on where it stopped. Nobody waits for any of this: what happens only says that a look
//! is worth while ([`Telling::look_soon`]), and each channel has a task of its own.
//!
//! What cannot be known yet is left as it stands: after a restart the last hour's calls are not known for an hour,
//! and nothing is said to be over because it was forgotten. The figures of calls to Auth0 are those of the process
//! that tells; the runs of another one are seen by what they left in the store.

mod leavers;
mod once;
mod plans;
mod runs;
mod store_looks;
mod tenant_looks;
mod turn;
mod window;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use engine::Engine;
use notify::{Announced, Channel, ChannelStats, Condition, Kind, Notifier, NotifierError, Origin, Subject};
use store::Turn;
use tokio::sync::Notify;

use crate::app::App;
use crate::faults::chain;
use crate::metering;
use once::Once;
pub(crate) use plans::Plans;

/// How long channels may take for what is under way when they are replaced, or the service stops. The rest is kept,
/// and sent by whoever tells next.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// How soon what was told is kept once more, where that failed.
const KEEP_AGAIN: Duration = Duration::from_secs(1);

/// How often the record is asked about. It is read less often.
const RECORD_EVERY: Duration = Duration::from_mins(1);

/// What everybody else says to whoever tells.
#[derive(Default)]
pub(crate) struct Telling {
    soon: Notify,
    anew: Notify,
    stops: AtomicBool,
}

/// What is remembered from one turn to the next.
#[derive(Default)]
struct Memory {
    store: store_looks::Memory,
    tenant: tenant_looks::Memory,
}

/// The newest entry of the audit record, as it was looked up last.
#[derive(Clone, Default)]
struct Head(Arc<Mutex<Option<String>>>);

/// Why a turn ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// There is another configuration.
    Anew,
    /// The service stops.
    Stop,
    /// Somebody else has the turn, or nobody knows.
    Lost,
}

impl Telling {
    /// Something happened after which something may stand or be over: a tick or a run ended, somebody decided.
    pub(crate) fn look_soon(&self) {
        self.soon.notify_one();
    }

    /// The configuration is another one.
    pub(crate) fn begin_anew(&self) {
        self.anew.notify_one();
    }

    /// Nothing is told any more, once what is under way is sent or its time is over.
    pub(crate) fn stop(&self) {
        self.stops.store(true, Ordering::Release);
        self.anew.notify_one();
    }

    /// Until a look is worth while.
    async fn soon(&self) {
        self.soon.notified().await;
    }

    async fn end(&self) -> End {
        self.anew.notified().await;
        if self.stops.load(Ordering::Acquire) { End::Stop } else { End::Anew }
    }
}

impl Head {
    fn set(&self, head: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How many people's rows say that they left, who are linked, and whose block is planned, failed or begun, and not
/// done.
pub(crate) async fn leavers_with_access(engine: &Engine, plans: &mut Plans) -> Result<usize, store::Error> {
    let open = plans.open(engine).await?;
    leavers::count(engine, &open, plans).await
}

/// Whether each channel has a name of its own.
pub(crate) fn distinct(channels: &[Channel]) -> Result<(), NotifierError> {
    let mut names = std::collections::BTreeSet::new();
    match channels.iter().find(|it| !names.insert(it.name())) {
        Some(twice) => Err(NotifierError::TwoOfOneName(twice.name().to_owned())),
        None => Ok(()),
    }
}

/// Tells, whenever the turn is ours, until the service stops.
pub(crate) async fn tell(app: Arc<App>) {
    let mut memory = Memory::default();
    loop {
        let end = tokio::select! {
            end = app.telling.end() => end,
            (engine, turn) = turn::taken(&app, &mut memory.tenant) => {
                tell_in_turn(&app, &engine, turn, &mut memory).await
            }
        };
        if end == End::Stop {
            return;
        }
    }
}

async fn tell_in_turn(app: &App, engine: &Engine, turn: Turn, memory: &mut Memory) -> End {
    let (settings, head) = (app.settings(), Head::default());
    let (notifier, told) = match begin(engine, &turn, settings.channels.clone(), &head).await {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(error, "notices cannot be sent yet");
            return End::Lost; // the turn runs out, and then it is tried again
        }
    };
    let (every, mut counted) = (settings.notices_every, BTreeMap::new());
    let end = tokio::select! {
        end = app.telling.end() => end,
        () = turn::kept(engine, &turn) => End::Lost,
        () = keep(engine, &turn, &notifier, told, &mut counted) => End::Lost,
        () = store_looks::look(app, engine, &notifier, &head, &mut memory.store, every) => End::Lost,
        () = tenant_looks::look(engine, &notifier, &mut memory.tenant, every) => End::Lost,
        () = look_at_record(app, engine, &notifier) => End::Lost,
    };
    if end == End::Lost {
        tracing::info!("this process does not send the notices any more");
        return end;
    }
    // Half of a stop's time, so that what was not sent can be kept in the rest.
    notifier.close(CLOSE_WITHIN.min(settings.stop_within / 2)).await;
    count(&notifier, &mut counted);
    let kept = engine.store().keep_told(&turn, &notifier.announced()).await;
    if let Err(error) = kept {
        tracing::warn!(error = chain(&error), "which notices were sent is not kept; some may be sent again");
    }
    if let Err(error) = engine.store().end_turn(turn).await {
        tracing::warn!(
            error = chain(&error),
            "the turn to send notices is not given back; it runs out by itself"
        );
    }
    end
}

/// A notifier that knows what was told, and what that is.
async fn begin(
    engine: &Engine,
    turn: &Turn,
    channels: Vec<Channel>,
    head: &Head,
) -> Result<(Notifier, Vec<Announced>), String> {
    let told: Vec<Announced> = match engine.store().told(turn).await {
        Ok(told) => told,
        Err(error @ store::Error::Broken { .. }) => {
            tracing::error!(
                error = chain(&error),
                "which notices were sent cannot be read; they are sent again"
            );
            Vec::new()
        }
        Err(error) => return Err(chain(&error)),
    };
    let heads = head.clone();
    let origin =
        Origin::new(engine.tenant().as_str()).with_clock(Utc::now).with_audit_head(move || heads.get());
    let notifier = Notifier::new(origin, notify::Settings::default(), channels).map_err(|it| chain(&it))?;
    notifier.restore(told.clone());
    Ok((notifier, told))
}

/// Keeps what was told whenever it is something else, and counts what was sent. Ends when the turn is lost.
async fn keep(
    engine: &Engine,
    turn: &Turn,
    notifier: &Notifier,
    mut kept: Vec<Announced>,
    counted: &mut BTreeMap<String, ChannelStats>,
) {
    let (mut changes, mut trouble) = (notifier.changes(), Once::default());
    loop {
        count(notifier, counted);
        let told = notifier.announced();
        if told != kept {
            match engine.store().keep_told(turn, &told).await {
                Ok(true) => (kept, trouble) = (told, Once::default()),
                Ok(false) => return,
                Err(error) => {
                    trouble.say(|| {
                        tracing::warn!(
                            error = chain(&error),
                            "which notices were sent could not be kept yet"
                        );
                    });
                    tokio::time::sleep(KEEP_AGAIN).await;
                    continue;
                }
            }
        }
        if changes.changed().await.is_err() {
            return; // it cannot be: the notifier is there
        }
    }
}

fn count(notifier: &Notifier, counted: &mut BTreeMap<String, ChannelStats>) {
    for (channel, now) in notifier.stats() {
        let before = counted.insert(channel.clone(), now).unwrap_or_default();
        metering::noticed(&channel, before, now);
    }
}

async fn look_at_record(app: &App, engine: &Engine, notifier: &Notifier) {
    loop {
        // Never read is not whole, and not broken either.
        if let Some(entries) = app.chain.misfits(engine).await {
            let broken = (entries > 0).then_some(Condition::AuditBroken { entries });
            notifier.observe(Kind::AuditBroken, &Subject::audit(), broken.as_ref());
        }
        tokio::time::sleep(RECORD_EVERY).await;
    }
}
