//! What the notifier and the tasks of its channels share. The lock is held for a look at the board, and never
//! while anything is waited for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::board::{Board, End, Moment};
use crate::errand::Errand;
use crate::kind::Kind;
use crate::message::Message;
use crate::notice::{Announced, Key, Notice};
use crate::patience::Patience;
use crate::settings::{Origin, Settings};

pub(crate) struct Shared {
    pub(crate) patience: Patience,
    origin: Origin,
    board: Mutex<Board>,
    /// One a channel.
    wake: Vec<Notify>,
    changed: watch::Sender<()>,
    closing: AtomicBool,
}

impl Shared {
    pub(crate) fn new(origin: Origin, settings: Settings, channels: Vec<String>) -> Self {
        let Settings { room, patience } = settings;
        Self {
            patience,
            origin,
            wake: channels.iter().map(|_| Notify::new()).collect(),
            board: Mutex::new(Board::new(channels, room)),
            changed: watch::Sender::new(()),
            closing: AtomicBool::new(false),
        }
    }

    /// A panic elsewhere leaves the board as it was between two changes, so it is used on.
    pub(crate) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn raise(&self, notice: Notice) {
        let moment = self.moment();
        if self.board().raise(notice, moment) {
            self.tell_all();
        }
    }

    pub(crate) fn clear(&self, key: &Key) {
        let moment = self.moment();
        if self.board().clear(key, moment) {
            self.tell_all();
        }
    }

    pub(crate) fn restore(&self, announced: Vec<Announced>) {
        let now = Instant::now();
        {
            let mut board = self.board();
            for it in announced {
                board.restore(it, now);
            }
        }
        self.tell_all();
    }

    pub(crate) fn standing(&self, kind: Kind) -> Vec<Key> {
        self.board().standing(kind)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Channels that have nothing to do end.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.tell_all();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Until the channel may have something else to do.
    pub(crate) async fn woken(&self, lane: usize) {
        self.wake[lane].notified().await;
    }

    pub(crate) fn next(&self, lane: usize) -> Option<Errand> {
        self.board().next(lane)
    }

    /// What an errand has to say now; None where its reason is gone.
    pub(crate) fn message(&self, lane: usize, errand: &Errand) -> Option<Message> {
        let told = self.board().told(lane, errand)?;
        Some(Message { told, tenant: self.origin.tenant.clone() })
    }

    pub(crate) fn perhaps(&self, lane: usize, errand: &Errand) {
        self.board().perhaps(lane, errand);
    }

    pub(crate) fn end(&self, lane: usize, errand: &Errand, end: End) {
        self.board().end(lane, errand, end, Instant::now());
        self.changed.send_replace(());
    }

    /// Asked outside the lock: what it asks is the service's.
    fn moment(&self) -> Moment {
        let Origin { tenant: _, now, audit_head } = &self.origin;
        Moment { at: now(), audit_head: audit_head(), instant: Instant::now() }
    }

    fn tell_all(&self) {
        self.wake.iter().for_each(Notify::notify_one);
        self.changed.send_replace(());
    }
}
