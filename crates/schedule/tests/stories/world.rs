//! Schedules, a table of ticks in memory, and replicas that share it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use schedule::{Allowed, Extent, Handling, Name, Runner, Schedule, Skip, Work};
use tokio::sync::watch;

/// A full schedule of that name, for everybody, in that zone.
pub(crate) fn schedule(name: &str, cron: &str, zone: &str) -> Schedule<()> {
    Schedule {
        name: name.parse().unwrap(),
        cron: cron.parse().unwrap(),
        zone: zone.parse().unwrap(),
        work: Extent::Full,
        plan: Handling::Review,
        scope: (),
        freeze: Vec::new(),
        jitter: Duration::ZERO,
        paused: false,
    }
}

pub(crate) fn quick(name: &str, cron: &str) -> Schedule<()> {
    Schedule { work: Extent::Quick, ..schedule(name, cron, "UTC") }
}

pub(crate) fn at(moment: &str) -> DateTime<Utc> {
    format!("{moment}Z").parse().unwrap()
}

/// On the day of the stories that need no date.
pub(crate) fn today(time: &str) -> DateTime<Utc> {
    at(&format!("2026-11-23T{time}"))
}

/// The ticks between the two moments, as the zone's clock shows them.
pub(crate) fn shown<S>(schedule: &Schedule<S>, from: &str, until: &str) -> Vec<String> {
    let ticks = ticks(schedule, at(from), at(until));
    ticks.iter().map(|it| it.with_timezone(&schedule.zone).format("%d %H:%M:%S %z").to_string()).collect()
}

/// The ticks later than the one, and not later than the other.
pub(crate) fn ticks<S>(
    schedule: &Schedule<S>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let next = |it: &DateTime<Utc>| schedule.next_after(*it).filter(|it| *it <= until);
    std::iter::successors(next(&from), next).collect()
}

/// What the database is to real replicas.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Mutex<BTreeMap<(String, DateTime<Utc>), String>>,
    down: AtomicBool,
    /// The next claim is carried out, and its answer is lost.
    loses_an_answer: AtomicBool,
}

/// The database does not answer.
#[derive(Debug, thiserror::Error)]
#[error("reach the database")]
pub(crate) struct Down;

/// One process: its view of the table, and what it did.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) table: Arc<Table>,
    holder: String,
    did: Arc<Mutex<Vec<String>>>,
    /// While this is true, work that was begun goes on.
    working: Arc<watch::Sender<bool>>,
}

impl Table {
    pub(crate) fn down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    pub(crate) fn lose_an_answer(&self) {
        self.loses_an_answer.store(true, Ordering::Relaxed);
    }

    /// All rows: `nightly 23 02:00:00 one ran`.
    pub(crate) fn rows(&self) -> Vec<String> {
        let rows = self.rows.lock().unwrap();
        rows.iter()
            .map(|((name, tick), what)| format!("{name} {} {what}", tick.format("%d %H:%M:%S")))
            .collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    /// What a process did that is not there any more.
    pub(crate) fn took_before(&self, schedule: &str, tick: DateTime<Utc>) {
        self.rows.lock().unwrap().insert((schedule.to_owned(), tick), "earlier ran".to_owned());
    }

    fn ask(&self) -> Result<(), Down> {
        if self.down.load(Ordering::Relaxed) { Err(Down) } else { Ok(()) }
    }

    fn insert(&self, schedule: &Name, tick: DateTime<Utc>, what: &str) -> bool {
        let mut rows = self.rows.lock().unwrap();
        let stands = rows.entry((schedule.to_string(), tick)).or_insert_with(|| what.to_owned());
        *stands == what
    }
}

impl Replica {
    pub(crate) fn new(holder: &str, table: &Arc<Table>) -> Self {
        Self {
            table: Arc::clone(table),
            holder: holder.to_owned(),
            did: Arc::default(),
            working: Arc::new(watch::Sender::new(false)),
        }
    }

    /// From now on work goes on until it is let end.
    pub(crate) fn work_long(&self) {
        self.working.send_replace(true);
    }

    pub(crate) fn let_end(&self) {
        self.working.send_replace(false);
    }

    /// What it did since it was asked last.
    pub(crate) fn did(&self) -> Vec<String> {
        std::mem::take(&mut self.did.lock().unwrap())
    }

    fn note(&self, what: String) {
        self.did.lock().unwrap().push(what);
    }
}

impl Work for Replica {
    type Scope = ();
    type Error = Down;

    async fn last(&self, schedule: &Name) -> Result<Option<DateTime<Utc>>, Down> {
        self.table.ask()?;
        let rows = self.table.rows.lock().unwrap();
        Ok(rows.keys().filter(|(name, _)| name == schedule.as_str()).map(|(_, tick)| *tick).max())
    }

    async fn claim(&self, schedule: &Name, tick: DateTime<Utc>) -> Result<bool, Down> {
        self.table.ask()?;
        let is_ours = self.table.insert(schedule, tick, &format!("{} ran", self.holder));
        if self.table.loses_an_answer.swap(false, Ordering::Relaxed) { Err(Down) } else { Ok(is_ours) }
    }

    async fn run(&self, schedule: &Schedule<()>, tick: DateTime<Utc>, allowed: Allowed) {
        let how = match allowed {
            Allowed::Everything => "ran".to_owned(),
            Allowed::OnlyTakingAway { until } => format!("took away until {}", until.format("%H:%M")),
        };
        self.note(format!("{how} {} {}", schedule.name, tick.format("%H:%M:%S")));
        assert_ne!(schedule.name.as_str(), "panics", "this one always does");
        let _ = self.working.subscribe().wait_for(|working| !working).await;
    }

    async fn skipped(&self, schedule: &Name, tick: DateTime<Utc>, why: &Skip) -> Result<(), Down> {
        self.table.ask()?;
        if self.table.insert(schedule, tick, &format!("{} skipped", self.holder)) {
            self.note(format!("skipped {schedule} {}: {why}", tick.format("%H:%M:%S")));
        }
        Ok(())
    }
}

/// A runner over a replica, and a clock that the story moves.
pub(crate) struct World {
    pub(crate) replica: Replica,
    pub(crate) runner: Runner<Replica>,
    clock: Arc<AtomicI64>,
}

impl World {
    /// One process, of a table of its own, that starts at that time.
    pub(crate) fn of(schedules: Vec<Schedule<()>>, time: &str) -> Self {
        Self::beside("one", &Arc::default(), schedules, today(time))
    }

    /// One process of several.
    pub(crate) fn beside(
        holder: &str,
        table: &Arc<Table>,
        schedules: Vec<Schedule<()>>,
        now: DateTime<Utc>,
    ) -> Self {
        let clock = Arc::new(AtomicI64::new(now.timestamp_millis()));
        let replica = Replica::new(holder, table);
        let reads = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp_millis(reads.load(Ordering::Relaxed)).unwrap();
        let runner = Runner::new(replica.clone(), schedules, now).unwrap();
        Self { replica, runner, clock }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    /// Moves the clock, without a beat.
    pub(crate) fn set(&self, now: DateTime<Utc>) {
        self.clock.store(now.timestamp_millis(), Ordering::Relaxed);
    }

    /// One beat at that time of the day; work that is not long is done.
    pub(crate) async fn beat(&self, time: &str) -> Vec<String> {
        self.beat_at(today(time)).await
    }

    pub(crate) async fn beat_at(&self, now: DateTime<Utc>) -> Vec<String> {
        self.set(now);
        self.runner.poll(now).await;
        if !*self.replica.working.borrow() {
            self.runner.idle().await;
        }
        // Work that was begun gets as far as it can.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.replica.did()
    }

    /// A beat each so long, up to a time of the day.
    pub(crate) async fn beat_until(&self, time: &str, each: TimeDelta) -> Vec<String> {
        let mut did = Vec::new();
        while self.now() + each <= today(time) {
            did.extend(self.beat_at(self.now() + each).await);
        }
        did
    }

    /// Long work ends.
    pub(crate) async fn let_end(&self) {
        self.replica.let_end();
        self.runner.idle().await;
    }
}
