//! The runner: asks what is due, claims it, has it worked on.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use tokio::sync::watch;

use crate::beat::{BeatError, Heart};
use crate::book::{Book, Due, Fell, NamedTwice, Standing};
use crate::name::Name;
use crate::schedule::Schedule;
use crate::turn::{Manners, Turn, Turns, manners};
use crate::work::{Going, Skip, Work};

/// Runs schedules in this process, beside other processes that do the same. Clones are the same runner.
///
/// [`Self::start`] gives it a heartbeat; without one it does what [`Self::poll`] makes it do, at the times that
/// it is given, which is how tests drive it.
pub struct Runner<W: Work>(Arc<Inner<W>>);

struct Inner<W: Work> {
    work: W,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    book: Mutex<Book<W::Scope>>,
    turns: Turns,
    /// One beat at a time: while a slow database is waited for, the next ones pass.
    beating: tokio::sync::Mutex<()>,
    heart: tokio::sync::Mutex<Option<Heart>>,
    /// Whether the table's last answer was an error: said once, and not at each beat.
    troubled: AtomicBool,
}

/// There is no schedule of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find the schedule {0:?}: there is none of that name")]
pub struct Unknown(pub String);

/// Why a schedule was not run by hand.
#[derive(Debug, thiserror::Error)]
pub enum RunNowError<E: Error + 'static> {
    /// There is none of that name.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// One thing at a time.
    #[error("run the schedule: {0} is still going, wait for its end")]
    Busy(Going),
    /// The process ends.
    #[error("run the schedule: this process is being stopped")]
    Stopping,
    /// Another process ran it at this very moment.
    #[error("run the schedule: another process has just begun to")]
    Taken,
    /// The table of ticks.
    #[error("run the schedule: its tick could not be recorded")]
    Claim(#[source] E),
}

/// The time to stop in was over, and this was still going. Nobody has interrupted it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wait for the end of the work: {0} is still going")]
pub struct StillGoing(pub Going);

/// Why there is no turn.
enum NoTurn {
    Behind(Going),
    Stopping,
}

impl<W: Work> Runner<W> {
    /// A runner of these schedules. Nothing happens yet.
    pub fn new(
        work: W,
        schedules: Vec<Schedule<W::Scope>>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, NamedTwice> {
        Ok(Self(Arc::new(Inner {
            book: Mutex::new(Book::of(schedules, clock())?),
            work,
            clock: Box::new(clock),
            turns: Arc::new(watch::Sender::new(None)),
            beating: tokio::sync::Mutex::new(()),
            heart: tokio::sync::Mutex::new(None),
            troubled: AtomicBool::new(false),
        })))
    }

    /// Starts the heartbeat: from now on each second is looked at. A second start is none.
    pub async fn start(&self) -> Result<(), BeatError> {
        let mut heart = self.0.heart.lock().await;
        if heart.is_none() && !self.book().stopping {
            // Weak, because the heart is in what it would hold.
            let inner = Arc::downgrade(&self.0);
            let beat = move || {
                let inner = inner.upgrade();
                async move {
                    if let Some(inner) = inner {
                        let now = (inner.clock)();
                        Self(inner).poll(now).await;
                    }
                }
            };
            *heart = Some(Heart::start(beat).await?);
        }
        Ok(())
    }

    /// One beat: what is due at that moment is claimed and begun, or skipped and recorded. Work that was begun
    /// goes on by itself. A beat that finds another one at it leaves it to that.
    pub async fn poll(&self, now: DateTime<Utc>) {
        let Ok(_alone) = self.0.beating.try_lock() else { return };
        if self.book().stopping {
            return;
        }
        self.recall().await;
        let due = self.book().due(now);
        for it in due {
            self.meet(it, now).await;
        }
    }

    /// Asks the table where each schedule stands of which that is not known.
    async fn recall(&self) {
        let unknown = self.book().unknown();
        for name in unknown {
            let last = self.0.work.last(&name).await;
            if let Some(last) = self.heard(&name, last) {
                self.book().recall(&name, last);
            }
        }
    }

    async fn meet(&self, due: Due<W::Scope>, now: DateTime<Utc>) {
        let Due { schedule, tick, fell } = due;
        if fell == Fell::Pause {
            return self.skip(&schedule.name, tick, &Skip::Paused).await;
        }
        match self.turn(&schedule, tick) {
            Ok(turn) => self.claim(turn, schedule, tick, now).await,
            Err(NoTurn::Stopping) => {}
            Err(NoTurn::Behind(going)) => match manners(&schedule, &going) {
                Manners::Yield => self.skip(&schedule.name, tick, &Skip::Busy(going)).await,
                Manners::Wait => {}
            },
        }
    }

    /// The turn is taken before the tick is, so that nobody holds a tick and has to wait.
    async fn claim(
        &self,
        turn: Turn,
        schedule: Arc<Schedule<W::Scope>>,
        tick: DateTime<Utc>,
        now: DateTime<Utc>,
    ) {
        let name = &schedule.name;
        let claimed = self.0.work.claim(name, tick).await;
        let Some(is_ours) = self.heard(name, claimed) else { return };
        self.book().dealt_with(name, tick);
        if is_ours {
            self.begin(turn, schedule, tick, now);
        }
    }

    fn begin(&self, turn: Turn, schedule: Arc<Schedule<W::Scope>>, tick: DateTime<Utc>, now: DateTime<Utc>) {
        let inner = Arc::clone(&self.0);
        tracing::info!(schedule = %schedule.name, %tick, "a tick of a schedule is worked on");
        tokio::spawn(async move {
            let _turn = turn;
            inner.work.run(&schedule, tick, schedule.allowed(now)).await;
        });
    }

    async fn skip(&self, name: &Name, tick: DateTime<Utc>, why: &Skip) {
        let skipped = self.0.work.skipped(name, tick, why).await;
        if self.heard(name, skipped).is_some() {
            tracing::info!(schedule = %name, %tick, "a tick of a schedule is skipped: {why}");
            self.book().dealt_with(name, tick);
        }
    }

    /// Runs the schedule now, beside its ticks, also where it is paused. The moment that is returned is what
    /// was claimed; the work goes on by itself.
    pub async fn run_now(&self, name: &str) -> Result<DateTime<Utc>, RunNowError<W::Error>> {
        let schedule = self.book().schedule(name).ok_or_else(|| Unknown(name.to_owned()))?;
        let now = (self.0.clock)();
        // What every database keeps of a moment.
        let tick = now.trunc_subsecs(3);
        let turn = self.turn(&schedule, tick).map_err(|it| match it {
            NoTurn::Behind(going) => RunNowError::Busy(going),
            NoTurn::Stopping => RunNowError::Stopping,
        })?;
        if !self.0.work.claim(&schedule.name, tick).await.map_err(RunNowError::Claim)? {
            return Err(RunNowError::Taken);
        }
        self.begin(turn, schedule, tick, now);
        Ok(tick)
    }

    /// Pauses the schedule in this process. Tells whether it was not paused already.
    pub fn pause(&self, name: &str) -> Result<bool, Unknown> {
        let now = (self.0.clock)();
        self.book().pause(name, true, now).ok_or_else(|| Unknown(name.to_owned()))
    }

    /// Has the schedule go on in this process, unless the configuration has it rest. What came due meanwhile
    /// is not caught up: the last of it is recorded as skipped. Tells whether it was paused.
    pub fn resume(&self, name: &str) -> Result<bool, Unknown> {
        let now = (self.0.clock)();
        self.book().pause(name, false, now).ok_or_else(|| Unknown(name.to_owned()))
    }

    /// Exactly these are paused by somebody: for what all replicas read from the database, before they start and
    /// now and then.
    pub fn pause_only(&self, names: &BTreeSet<String>) {
        let now = (self.0.clock)();
        self.book().pause_only(names, now);
    }

    /// Takes a new list of schedules. A schedule that keeps its name goes on where it was, and work under way
    /// goes on as it began. With two of one name the old list stays.
    pub fn reload(&self, schedules: Vec<Schedule<W::Scope>>) -> Result<(), NamedTwice> {
        let now = (self.0.clock)();
        self.book().replace(schedules, now)
    }

    /// How each schedule stands, by name.
    pub fn schedules(&self) -> Vec<Standing<W::Scope>> {
        let now = (self.0.clock)();
        self.book().standings(now)
    }

    /// What is under way.
    pub fn going(&self) -> Option<Going> {
        self.0.turns.borrow().clone()
    }

    /// Waits until nothing is under way.
    pub async fn idle(&self) {
        // The sender lives as long as the runner, so there is nothing else that it could end with.
        let _ = self.0.turns.subscribe().wait_for(Option::is_none).await;
    }

    /// Begins nothing more, and waits for what is under way, but no longer than this. It is not interrupted:
    /// what becomes of it then is the caller's to decide.
    pub async fn stop(&self, within: Duration) -> Result<(), StillGoing> {
        self.book().stopping = true;
        if let Some(heart) = self.0.heart.lock().await.take() {
            heart.stop().await;
        }
        let in_time = tokio::time::timeout(within, self.idle()).await;
        match self.going().filter(|_| in_time.is_err()) {
            Some(going) => Err(StillGoing(going)),
            None => Ok(()),
        }
    }

    /// Whoever gets it has it before [`Self::stop`] looks, or not at all: both hold the book.
    fn turn(&self, schedule: &Schedule<W::Scope>, tick: DateTime<Utc>) -> Result<Turn, NoTurn> {
        let book = self.book();
        if book.stopping {
            return Err(NoTurn::Stopping);
        }
        let going = Going { schedule: schedule.name.clone(), work: schedule.work, tick };
        Turn::take(&self.0.turns, going).map_err(NoTurn::Behind)
    }

    /// An answer of the table; none where it failed, which the next beat makes good.
    fn heard<T>(&self, schedule: &Name, answer: Result<T, W::Error>) -> Option<T> {
        let was_troubled = self.0.troubled.swap(answer.is_err(), Ordering::Relaxed);
        match answer {
            Ok(it) => {
                if was_troubled {
                    tracing::info!(%schedule, "the table of ticks answers again");
                }
                Some(it)
            }
            Err(error) => {
                if !was_troubled {
                    let error = &error as &(dyn Error + 'static);
                    tracing::warn!(%schedule, error, "the table of ticks could not be asked; each beat tries again");
                }
                None
            }
        }
    }

    fn book(&self) -> MutexGuard<'_, Book<W::Scope>> {
        // Whoever panicked with it has changed one entry or none.
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Work> Clone for Runner<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: Work> fmt::Debug for Runner<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("book", &*self.book())
            .field("going", &self.going())
            .finish_non_exhaustive()
    }
}
